"""CK+: `FACS/S005/001/S005_001_00000011_facs.txt`, the codes of a sequence's last frame, the peak, and of no other.

A line an AU, `AU intensity`; an intensity of 0 says that the AU is present and its intensity is not scored. AUs that
are not listed are absent; an empty file is a face without any. The first frame is neutral by construction: it is a row
only on request.

Source: Lucey et al. 2010, and the files as public readers take them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from emotionet_tf.action_units import is_action_unit
from emotionet_tf.label_lists.datasets.coded_sequences import (
    CodedSequence,
    DatasetFormat,
    PublishedCounts,
    ReadingLog,
)
from emotionet_tf.label_lists.datasets.grammars.code_tables import read_code_table
from emotionet_tf.label_lists.datasets.grammars.listed_codes import ListedFrame, listed_sequences
from emotionet_tf.label_lists.datasets.label_folders import LabelFile, LabelFolder
from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions

_FILE = re.compile(r"/(S\d{3})_(\d{3})_(\d{8})_facs\.txt$", re.IGNORECASE)
_PICTURE = re.compile(r"(?:^|/)(S\d{3})_(\d{3})_(\d{8})\.[^./]+$", re.IGNORECASE)


def _read(folder: LabelFolder, options: ReaderOptions, log: ReadingLog) -> Iterator[CodedSequence]:
    frames: list[ListedFrame] = []
    peaks: dict[str, LabelFile] = {}
    for file in folder.matching(_FILE):
        person, video, peak = file.groups[0].upper(), _video(*file.groups[:2]), int(file.groups[2])
        if video in peaks:
            log.reject(file.name, 1, video, f"a second peak: {peaks[video].name} has codes of this sequence")
            continue
        table = read_code_table(file, 2, f"{video}, frame {peak}", log)
        if not table.is_whole:
            continue
        peaks[video] = file
        if not table.codes:
            log.count("empty files, which are faces without an AU", file.name)
        for au in [au for au in table.codes if not is_action_unit(au)]:
            log.count(f"lines of code {au}, which is not an AU and is left out", file.name)
            del table.codes[au]
        codes = {au: value or np.nan for au, value in table.codes.items()}
        frames.append(ListedFrame(person, video, peak, file.name, 1, codes, span=(1, peak)))
        if options.neutral_frames and peak > 1:
            frames.append(ListedFrame(person, video, 1, file.name, 1, {}))
    yield from listed_sequences(frames, {au for one in frames for au in one.codes})


def _video(person: str, number: str) -> str:
    return f"{person.upper()}/{number}"


def _picture_of(photo: str) -> tuple[str, int] | None:
    found = _PICTURE.search(photo)
    return (_video(found[1], found[2]), int(found[3])) if found else None


def _picture_name(sequence: CodedSequence, number: int) -> str:
    return f"{sequence.name}/{sequence.name.replace('/', '_')}_{number:08d}.png"


CK_PLUS = DatasetFormat(
    "ck_plus",
    "CK+",
    "a folder with files such as S005/001/S005_001_00000011_facs.txt",
    _FILE,
    _read,
    picture_of=_picture_of,
    picture_name=_picture_name,
    offset_is_published=True,
    published=PublishedCounts(123, num_sequences=593),
)
