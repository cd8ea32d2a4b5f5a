"""CASME II: `CASME2-coding-20140508.xlsx`, a row a clip; pictures `sub01/EP02_01f/img46.jpg`, or `reg_img46.jpg`.

Two columns have no name. 21 rows have no apex (`/`) and are rejected. Codes are such as `4+L10`, a bare number, or `?`.
Frames are the numbers of the pictures. Known slip: the 61st row's offset frame, which must be 91.

Sources: Yan et al. 2014, and the workbook as public readers take it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from emotionet_tf.label_lists.datasets.coded_sequences import CodedSequence, DatasetFormat, ReadingLog
from emotionet_tf.label_lists.datasets.grammars.clip_workbooks import is_clip_workbook, read_clip_workbooks
from emotionet_tf.label_lists.datasets.label_folders import LabelFolder
from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions

_FILE = re.compile(r"/[^/]*CASME(?:2|_?II)[^/]*\.(?:xlsx|csv)$", re.IGNORECASE)
_PICTURE = re.compile(r"(?:^|/)(sub\d{1,3})/([^/]+)/(?:reg_)?img(\d{1,9})\.[^./]+$", re.IGNORECASE)


def _read(folder: LabelFolder, options: ReaderOptions, log: ReadingLog) -> Iterator[CodedSequence]:
    return read_clip_workbooks(folder.matching(_FILE), "CASME II", _name_of, options, log)


def _name_of(subject: str, clip: str) -> tuple[str, str]:
    """Returns person and clip as the pictures' folders are called."""
    person = f"sub{subject.removesuffix('.0').removeprefix('sub'):0>2}"
    return person, f"{person}/{clip}"


def _picture_of(photo: str) -> tuple[str, int] | None:
    found = _PICTURE.search(photo)
    return (f"{found[1].lower()}/{found[2]}", int(found[3])) if found else None


CASME2 = DatasetFormat(
    "casme2",
    "CASME II",
    "a workbook such as CASME2-coding-20140508.xlsx, or its folder",
    _FILE,
    _read,
    picture_of=_picture_of,
    picture_name=lambda sequence, number: f"{sequence.name}/img{number}.jpg",
    is_its=is_clip_workbook,
    offset_is_published=True,
)
