"""Aff-Wild2, the AU track of all years: `AU_Detection_Challenge/Train_Set/VIDEO.txt`, or `AU_Set/...` until 2021.

A header that names the AUs (8 in 2020, 12 since), then a line a frame without its number: line n behind the header is
frame n and picture n, which count from 1. Cells are 0, 1 or -1, unknown, AU by AU. Pictures are missing where no face
was found. A video's second person has the video's name and `_left` or `_right`.

Sources: Kollias and Zafeiriou 2019 and the ABAW challenges, and the files as public readers take them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from emotionet_tf.action_units import is_action_unit, parse_au_name, table_order
from emotionet_tf.label_lists.datasets.coded_sequences import CodedSequence, DatasetFormat, ReadingLog
from emotionet_tf.label_lists.datasets.label_folders import LabelFile, LabelFolder
from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions
from emotionet_tf.label_lists.tables.text_lines import TextLine, read_lines

VALUES = {"0": 0.0, "1": 1.0, "-1": np.nan}
_FILE = re.compile(r"/(?:AU_Set|AU_Detection_Challenge)/(?:[^/]+/)?([^/]+)\.txt$", re.IGNORECASE)
_PICTURE = re.compile(r"(?:^|/)([^/]+)/(\d{1,9})\.[^./]+$")


def aus_of_header(header: str) -> tuple[int, ...]:
    """Returns the AUs that a header such as "AU1,AU2" names, in its order; () for any other line."""
    aus = [parse_au_name(cell.strip()) for cell in header.split(",")]
    known = tuple(au for au in aus if au is not None and is_action_unit(au))
    return known if len(known) == len(aus) == len(set(known)) else ()


def au_values(cells: Sequence[str]) -> list[float]:
    """Returns values, NaN where unknown; raises ValueError for a cell that is none."""
    odd = next((cell for cell in cells if cell.strip() not in VALUES), None)
    if odd is not None:
        raise ValueError(f"'{odd[:40]}' is none of 0, 1, -1")
    return [VALUES[cell.strip()] for cell in cells]


def _read(folder: LabelFolder, options: ReaderOptions, log: ReadingLog) -> Iterator[CodedSequence]:
    for file in folder.matching(_FILE):
        lines = list(read_lines(file.path))
        while lines and not lines[-1].text.strip():
            lines.pop()
        aus = aus_of_header(lines[0].text.strip(" \ufeff")) if lines else ()
        if aus:
            yield _sequence(file, aus, lines[1:], log)
        elif not lines:
            log.remark(f"{file.name}: empty, no frame is coded")
        else:
            reason = f"the header names no AUs: the file's {len(lines):,} lines are left out"
            log.reject(file.name, 1, file.groups[0], reason)


def _sequence(
    file: LabelFile, aus: tuple[int, ...], lines: Sequence[TextLine], log: ReadingLog
) -> CodedSequence:
    rows: list[tuple[int, int, list[float]]] = []
    for frame, line in enumerate(lines, start=1):
        cells = line.text.split(",")
        try:
            if len(cells) != len(aus):
                raise ValueError(f"{len(cells)} cells instead of {len(aus)}")
            rows.append((frame, line.number, au_values(cells)))
        except ValueError as error:
            log.reject(file.name, line.number, f"{file.groups[0]}, frame {frame}", str(error))
    columns = table_order(aus)
    values = np.array([row[2] for row in rows], np.float32).reshape(len(rows), len(aus))
    if not rows:
        log.remark(f"{file.name}: no frame is coded in this file")
    return CodedSequence(
        file.groups[0],
        file.groups[0],
        file.name,
        columns,
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        values[:, [aus.index(au) for au in columns]],
        span=(1, max(len(lines), 1)),
    )


def picture_of(photo: str) -> tuple[str, int] | None:
    """Returns the video and number of a picture such as "VIDEO/00001.jpg"."""
    found = _PICTURE.search(photo)
    return (found[1], int(found[2])) if found else None


def picture_name(sequence: CodedSequence, number: int) -> str:
    """Returns what a video's picture is called."""
    return f"{sequence.name}/{number:05d}.jpg"


AFF_WILD2 = DatasetFormat(
    "aff_wild2",
    "Aff-Wild2 (AUs)",
    "a folder AU_Detection_Challenge or AU_Set with files such as Train_Set/VIDEO.txt that begin with names of AUs",
    _FILE,
    _read,
    picture_of=picture_of,
    picture_name=picture_name,
    is_its=lambda files: any(aus_of_header(file.first_line()) for file in files[:20]),
    offset_is_published=True,
    spare_pictures=1,
)
