"""DISFA+: `Labels/SN001/A1_AU1_TrailNo_1/AU1.txt`, twelve files a trial, each a line `000.jpg     0` a picture.

The first column is the picture's file name; pictures count from 000. Intensities are 0 to 5, there is no code for
unknown; a file may lack frames that others of its trial have: there its AU is unknown. Lines that begin with # are
comments. Which intensity counts as present is not agreed on (readers take 1 or 3): 2 is ours, as of DISFA, of whose
persons these nine are some.

Sources: Mavadati et al. 2016, and the files as public readers take them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from emotionet_tf.au_sets import AU_SETS
from emotionet_tf.label_lists.datasets.coded_sequences import CodedSequence, DatasetFormat, ReadingLog
from emotionet_tf.label_lists.datasets.grammars.frame_values import (
    align_frames,
    files_by_au,
    read_frame_values,
)
from emotionet_tf.label_lists.datasets.label_folders import LabelFolder
from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions

AUS = AU_SETS["disfa"]
_FILE = re.compile(r"/(SN\d{3})/([^/]+)/AU(\d{1,3})\.txt$", re.IGNORECASE)
_PICTURE = re.compile(r"(?:^|/)(SN\d{3})/([^/]+)/(\d{1,9})\.[^./]+$", re.IGNORECASE)


def _read(folder: LabelFolder, options: ReaderOptions, log: ReadingLog) -> Iterator[CodedSequence]:
    found = [
        ((file.groups[0].upper(), file.groups[1]), int(file.groups[2]), file)
        for file in folder.matching(_FILE)
    ]
    for (person, trial), files in files_by_au(found, AUS, log).items():
        values = {
            au: read_frame_values(file, separator=None, allowed=range(6), log=log, first_frame=0)
            for au, file in files.items()
        }
        name = f"{person}/{trial}"
        frames, lines, intensities = align_frames(name, AUS, values, log)
        place = next(iter(files.values())).folder
        yield CodedSequence(person, name, place, AUS, frames, lines, intensities=intensities)


def _picture_of(photo: str) -> tuple[str, int] | None:
    found = _PICTURE.search(photo)
    return (f"{found[1].upper()}/{found[2]}", int(found[3])) if found else None


DISFA_PLUS = DatasetFormat(
    "disfa_plus",
    "DISFA+",
    "a folder with files such as SN001/A1_AU1_TrailNo_1/AU12.txt",
    _FILE,
    _read,
    picture_of=_picture_of,
    picture_name=lambda sequence, number: f"{sequence.name}/{number:03d}.jpg",
    offset=-1,
    offset_is_published=True,
    positive_from=2,
)
