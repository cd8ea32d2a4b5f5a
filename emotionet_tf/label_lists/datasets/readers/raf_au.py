"""RAF-AU: `RAFAU_label.txt`, a line a photo: `0001.jpg 1+2+25`, `0002.jpg null`, `0003.jpg L12+14+R4 `.

Fields are separated by blanks, of which some lines have one at their end. `null` is a neutral face, one without an AU.
AUs that are not listed are absent; intensities are not coded. A code of one side (L12) makes the AU present, and its
sides are columns of their own (AU12L, AU12R). A code that is not understood but has an AU's number makes that AU
unknown.

Source: Yan et al. 2020, and the file as public readers take it. The photos are RAF-ML's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from emotionet_tf.label_lists.datasets.coded_sequences import CodedSequence, DatasetFormat, ReadingLog
from emotionet_tf.label_lists.datasets.grammars.code_strings import Codes, columns_of_codes, parse_codes
from emotionet_tf.label_lists.datasets.grammars.listed_codes import ListedFrame, listed_sequences
from emotionet_tf.label_lists.datasets.label_folders import LabelFolder
from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions
from emotionet_tf.label_lists.tables.text_lines import read_lines

_FILE = re.compile(r"/RAFAU_label\.txt$", re.IGNORECASE)
_PHOTO = re.compile(r"(?:^|/)(\d{1,9})(?:_aligned)?\.[^./]+$", re.IGNORECASE)
_NEUTRAL = "null"


def _read(folder: LabelFolder, options: ReaderOptions, log: ReadingLog) -> Iterator[CodedSequence]:
    found: dict[int, tuple[str, int, Codes]] = {}
    for file in folder.matching(_FILE):
        for line in read_lines(file.path):
            photo, *fields = line.text.strip(" \t\ufeff\r").split() or [""]
            if not photo:
                continue
            place = f"{file.name}, line {line.number}"
            try:
                key = _PHOTO.search(photo)
                if not key:
                    raise ValueError(f"'{photo[:40]}' is not a photo such as 0001.jpg")
                if first := found.get(int(key[1])):
                    raise ValueError(f"duplicate photo, as line {first[1]} of {first[0]}")
                if len(fields) != 1:
                    raise ValueError(f"{len(fields)} fields behind the photo instead of one")
                codes = Codes() if fields[0].lower() == _NEUTRAL else parse_codes(fields[0])
            except ValueError as error:
                log.reject(file.name, line.number, photo[:100], str(error))
                continue
            for code in codes.odd:
                log.count(f"code '{code[:20]}' is not understood", place)
            found[int(key[1])] = (file.name, line.number, codes)
    frames = [
        ListedFrame("", "", photo, file, line, codes.present, frozenset(codes.unknown))
        for photo, (file, line, codes) in found.items()
    ]
    columns = columns_of_codes([codes for _, _, codes in found.values()])
    yield from listed_sequences(frames, columns, has_intensities=False)


def _picture_of(photo: str) -> tuple[str, int] | None:
    found = _PHOTO.search(photo)
    return ("", int(found[1])) if found else None


RAF_AU = DatasetFormat(
    "raf_au",
    "RAF-AU",
    "a file RAFAU_label.txt with lines such as 0001.jpg 1+2+25, or its folder",
    _FILE,
    _read,
    picture_of=_picture_of,
    picture_name=lambda _, number: f"{number:04d}.jpg",
    offset_is_published=True,
)
