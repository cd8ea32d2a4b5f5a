"""DISFA: `ActionUnit_Labels/SN001/SN001_au1.txt`, twelve files a person, each a line `frame,intensity` a frame.

Frames count from 1, intensities from 0 to 5; there is no code for unknown. Videos have a row for every frame; pictures
are made by the users, of whom some count from 0.

Sources: Mavadati et al. 2013, and the files as public readers take them. Shares of positives: FG-Net's list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from emotionet_tf.au_sets import AU_SETS
from emotionet_tf.label_lists.datasets.coded_sequences import (
    CodedSequence,
    DatasetFormat,
    PublishedCounts,
    ReadingLog,
)
from emotionet_tf.label_lists.datasets.frame_values import FrameValues, align_frames, read_frame_values
from emotionet_tf.label_lists.datasets.layout import files_below, folder_of
from emotionet_tf.label_lists.datasets.pictures import numbered

AUS = AU_SETS["disfa"]
_FILE = re.compile(r"(SN\d{3})_au(\d+)\.txt", re.IGNORECASE)
_PERSON = re.compile(r"SN\d{3}", re.IGNORECASE)


def _files(root: Path) -> list[Path]:
    return files_below(root, _FILE)


def _read(root: Path, log: ReadingLog) -> Iterator[CodedSequence]:
    by_person: dict[str, dict[int, Path]] = {}
    for path in _files(root):
        found = _FILE.fullmatch(path.name)
        assert found
        person, au = found[1].upper(), int(found[2])
        name = str(path.relative_to(folder_of(root)))
        if au not in AUS:
            log.remark(f"{name}: skipped, DISFA codes no AU{au}")
        elif au in by_person.setdefault(person, {}):
            log.remark(f"{name}: skipped, AU{au} of {person} has another file")
        else:
            by_person[person][au] = path
    for person, paths in by_person.items():
        yield _sequence(root, person, paths, log)


def _sequence(root: Path, person: str, paths: dict[int, Path], log: ReadingLog) -> CodedSequence:
    values: dict[int, FrameValues] = {}
    for au, path in sorted(paths.items()):
        name = str(path.relative_to(folder_of(root)))
        values[au] = read_frame_values(path, name, separator=",", allowed=range(6), log=log)
    frames, lines, intensities = align_frames(person, AUS, values, log)
    folder = str(next(iter(paths.values())).parent.relative_to(folder_of(root)))
    return CodedSequence(person, person, folder, AUS, frames, lines, intensities=intensities)


def _picture_of(photo: str) -> tuple[str, int] | None:
    parts = numbered(photo)
    persons = _PERSON.findall(parts[0]) if parts else ()
    return (persons[-1].upper(), parts[1]) if parts and persons else None


DISFA = DatasetFormat(
    "disfa",
    "DISFA",
    "a folder with files such as SN001/SN001_au12.txt",
    recognizes=lambda path: path.is_dir() and bool(_files(path)),
    files=_files,
    aus_of=lambda _: AUS,
    read=_read,
    picture_of=_picture_of,
    picture_name=lambda person, number: f"{person}/{number}.jpg",
    offset=-1,
    positive_from=2,
    published=PublishedCounts(
        27,
        130_814,
        {1: 0.050, 2: 0.040, 4: 0.150, 6: 0.079, 9: 0.042, 12: 0.129, 25: 0.278, 26: 0.089},
    ),
)
