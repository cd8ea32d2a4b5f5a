"""SAMM: `SAMM_Micro_FACS_Codes_v2.xlsx`, a row a clip behind 13 lines of text; pictures `006/006_1_2/006_05562.jpg`.

Persons have leading zeros, which a spreadsheet may have dropped. Codes have a side in front and an intensity behind
(`R12B + 6A`); five rows leave the side open (`L14 or R14`): the AU is present, its sides are unknown. Three rows lack
an apex and are rejected. Frames are the numbers of the pictures. Known slip: the 57th row's offset frame, which must be
5739.

Sources: Davison et al. 2018, and the workbook as public readers take it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from emotionet_tf.label_lists.datasets.coded_sequences import CodedSequence, DatasetFormat, ReadingLog
from emotionet_tf.label_lists.datasets.grammars.clip_workbooks import is_clip_workbook, read_clip_workbooks
from emotionet_tf.label_lists.datasets.label_folders import LabelFolder
from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions

_FILE = re.compile(r"/[^/]*SAMM[^/]*\.(?:xlsx|csv)$", re.IGNORECASE)
_PICTURE = re.compile(r"(?:^|/)(\d{3})/(\d{3}_[^/]+)/(?:\d{3}_)?(\d{1,9})\.[^./]+$")


def _read(folder: LabelFolder, options: ReaderOptions, log: ReadingLog) -> Iterator[CodedSequence]:
    return read_clip_workbooks(folder.matching(_FILE), "SAMM", _name_of, options, log)


def _name_of(subject: str, clip: str) -> tuple[str, str]:
    """Returns person and clip as the pictures' folders are called."""
    person = f"{subject.removesuffix('.0'):0>3}"
    return person, f"{person}/{clip}"


def _picture_of(photo: str) -> tuple[str, int] | None:
    found = _PICTURE.search(photo)
    return (f"{found[1]}/{found[2]}", int(found[3])) if found else None


SAMM = DatasetFormat(
    "samm",
    "SAMM",
    "a workbook such as SAMM_Micro_FACS_Codes_v2.xlsx, or its folder",
    _FILE,
    _read,
    picture_of=_picture_of,
    picture_name=lambda sequence, number: f"{sequence.name}/{sequence.person}_{number:05d}.jpg",
    is_its=is_clip_workbook,
    offset_is_published=True,
)
