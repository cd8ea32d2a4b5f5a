"""Workbooks of micro-expressions: a row a clip, with its onset, apex and offset frame and its codes in one text.

The codes hold for the clip. They are taken for the apex frame, and the onset frame is neutral by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from emotionet_tf.label_lists.datasets.coded_sequences import CodedSequence, ReadingLog
from emotionet_tf.label_lists.datasets.grammars.code_strings import Codes, columns_of_codes, parse_codes
from emotionet_tf.label_lists.datasets.grammars.listed_codes import ListedFrame, listed_sequences
from emotionet_tf.label_lists.datasets.grammars.numbers import whole_number
from emotionet_tf.label_lists.datasets.label_folders import LabelFile
from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions
from emotionet_tf.label_lists.tables.csv_rows import csv_rows, delimiter_of
from emotionet_tf.label_lists.tables.text_lines import first_bytes, read_lines
from emotionet_tf.label_lists.tables.text_rows import TextRow, stripped
from emotionet_tf.label_lists.tables.workbooks import find_sheets, is_workbook, sheet_rows

_NEEDED = ("subject", "filename", "onsetframe", "apexframe", "offsetframe", "actionunits")
_MAX_ROWS_BEFORE_HEADER = 50


@dataclass(frozen=True)
class ClipTable:
    """A sheet's rows.

    Attributes:
      columns: Places of the columns that have a name, by the name without blanks, in small letters.
      rows: The rows behind the header that are not blank.
      num_before: Rows before the header.
    """

    columns: Mapping[str, int]
    rows: Sequence[TextRow]
    num_before: int = 0


def _rows_of(file: LabelFile) -> Iterator[list[TextRow]]:
    path = str(file.path)
    if is_workbook(first_bytes(path), path):
        for sheet in find_sheets(path):
            yield list(sheet_rows(path, sheet.number, 1, 0))
    else:
        yield list(csv_rows(read_lines(path), delimiter_of(file.first_line()), None))


def find_clip_table(file: LabelFile) -> ClipTable | None:
    """Returns the first sheet with the columns of such a table, wherever its header is; None without one.

    Raises:
      UserError: If the workbook is damaged.
    """
    for rows in _rows_of(file):
        filled = [row for row in rows if not row.is_blank]
        for index, row in enumerate(filled[:_MAX_ROWS_BEFORE_HEADER]):
            names = ["".join(stripped(cell).lower().split()) for cell in row.cells]
            columns = {name: place for place, name in enumerate(names) if name}
            if columns.keys() >= set(_NEEDED):
                return ClipTable(columns, filled[index + 1 :], index)
    return None


def is_clip_workbook(files: Sequence[LabelFile]) -> bool:
    """Returns whether one of these files is a table of clips."""
    return any(find_clip_table(file) for file in files)


def read_clip_workbooks(
    files: Iterable[LabelFile],
    title: str,
    name_of: Callable[[str, str], tuple[str, str]],
    options: ReaderOptions,
    log: ReadingLog,
) -> Iterator[CodedSequence]:
    """Yields the clips of all workbooks that have such a table; one without is noted. `title` is the dataset's."""
    for file in files:
        if table := find_clip_table(file):
            yield from read_clips(file, table, name_of, options, log)
        else:
            log.remark(f"{file.name}: left out, no sheet has the columns of {title}")


def read_clips(
    file: LabelFile,
    table: ClipTable,
    name_of: Callable[[str, str], tuple[str, str]],
    options: ReaderOptions,
    log: ReadingLog,
) -> Iterator[CodedSequence]:
    """Yields a table's clips: the apex frame with its codes, and the onset frame as a neutral one where that is wanted.

    Args:
      file: The workbook.
      table: Its rows.
      name_of: Returns person and clip for the cells of Subject and Filename.
      options: How to read it.
      log: Where rows go that cannot be used, such as those without an apex.
    """
    frames: list[ListedFrame] = []
    all_codes: list[Codes] = []
    lines: dict[str, int] = {}
    if table.num_before:
        log.remark(f"{file.name}: {table.num_before} rows in front of the header are left out")
    for row in table.rows:
        cells = {
            name: stripped(row.cells[place]) if place < len(row.cells) else ""
            for name, place in table.columns.items()
        }
        person, clip = name_of(cells["subject"], cells["filename"])
        try:
            if row.problem or not (cells["subject"] and cells["filename"]):
                raise ValueError(row.problem or "no subject or file name")
            if clip in lines:
                raise ValueError(f"duplicate clip, as line {lines[clip]}")
            onset, apex, offset, codes = _parse(cells)
        except ValueError as error:
            log.reject(file.name, row.line, clip, str(error))
            continue
        lines[clip] = row.line
        all_codes.append(codes)
        for code in codes.odd:
            log.count(f"code '{code[:20]}' is not understood", f"{file.name}, line {row.line}")
        if offset < apex:
            log.remark(
                f"{file.name}, line {row.line}: {clip} has its offset, frame {offset}, before its apex, frame {apex}"
            )
        span = (onset, max(apex, offset))
        frames.append(
            ListedFrame(
                person, clip, apex, file.name, row.line, codes.present, frozenset(codes.unknown), span
            )
        )
        if options.neutral_frames and onset < apex:
            frames.append(ListedFrame(person, clip, onset, file.name, row.line, {}))
    has_intensities = any(not np.isnan(value) for codes in all_codes for value in codes.present.values())
    yield from listed_sequences(frames, columns_of_codes(all_codes), has_intensities=has_intensities)


def _parse(cells: Mapping[str, str]) -> tuple[int, int, int, Codes]:
    """Returns onset, apex, offset and codes; raises ValueError with the reason where one is not there."""
    numbers = []
    for name in ("onset", "apex", "offset"):
        text = cells[f"{name}frame"].removesuffix(".0")
        try:
            numbers.append(whole_number(text))
        except ValueError:
            raise ValueError(f"no {name} frame: '{text[:40]}'") from None
    onset, apex, offset = numbers
    if apex < onset:
        raise ValueError(f"the apex, frame {apex}, is before the onset, frame {onset}")
    try:
        return onset, apex, offset, parse_codes(cells["actionunits"])
    except ValueError as error:
        raise ValueError(f"no AU codes: {error}") from None
