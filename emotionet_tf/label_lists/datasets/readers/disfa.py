"""DISFA: `ActionUnit_Labels/SN001/SN001_au1.txt`, twelve files a person, each a line `frame,intensity` a frame.

Frames count from 1, intensities from 0 to 5; there is no code for unknown. Videos have a row for every frame, give or
take the last one; pictures are made by the users, of whom some count from 0.

Sources: Mavadati et al. 2013, and the files as public readers take them. Shares of positives: FG-Net's list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from emotionet_tf.au_sets import AU_SETS
from emotionet_tf.label_lists.datasets.coded_sequences import (
    CodedSequence,
    DatasetFormat,
    PublishedCounts,
    ReadingLog,
)
from emotionet_tf.label_lists.datasets.grammars.frame_values import (
    align_frames,
    files_by_au,
    read_frame_values,
)
from emotionet_tf.label_lists.datasets.label_folders import LabelFolder
from emotionet_tf.label_lists.datasets.pictures import numbered
from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions

AUS = AU_SETS["disfa"]
_FILE = re.compile(r"/(SN\d{3})_au(\d{1,3})\.txt$", re.IGNORECASE)
_PERSON = re.compile(r"SN\d{3}", re.IGNORECASE)


def _read(folder: LabelFolder, options: ReaderOptions, log: ReadingLog) -> Iterator[CodedSequence]:
    found = [((file.groups[0].upper(),), int(file.groups[1]), file) for file in folder.matching(_FILE)]
    for (person,), files in files_by_au(found, AUS, log).items():
        values = {
            au: read_frame_values(file, separator=",", allowed=range(6), log=log)
            for au, file in files.items()
        }
        frames, lines, intensities = align_frames(person, AUS, values, log)
        place = next(iter(files.values())).folder
        yield CodedSequence(person, person, place, AUS, frames, lines, intensities=intensities)


def _picture_of(photo: str) -> tuple[str, int] | None:
    parts = numbered(photo)
    persons = _PERSON.findall(parts[0]) if parts else ()
    return (persons[-1].upper(), parts[1]) if parts and persons else None


DISFA = DatasetFormat(
    "disfa",
    "DISFA",
    "a folder with files such as SN001/SN001_au12.txt",
    _FILE,
    _read,
    picture_of=_picture_of,
    picture_name=lambda sequence, number: f"{sequence.name}/{number}.jpg",
    offset=-1,
    spare_pictures=1,
    positive_from=2,
    published=PublishedCounts(
        27,
        130_814,
        shares={1: 0.050, 2: 0.040, 4: 0.150, 6: 0.079, 9: 0.042, 12: 0.129, 25: 0.278, 26: 0.089},
    ),
)
