"""A list of any kind of file, text or spreadsheet, as rows of text that are read as a stream."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.columns import is_opt_header
from emotionet_tf.label_lists.csv_rows import csv_rows, delimiter_of
from emotionet_tf.label_lists.emotionet_lists import is_training_line, is_training_row, training_rows
from emotionet_tf.label_lists.text_lines import TOO_LONG, TextLine, first_bytes, read_lines
from emotionet_tf.label_lists.text_rows import TextRow, stripped
from emotionet_tf.label_lists.workbooks import find_list_sheet, is_workbook, sheet_rows


@dataclass(frozen=True)
class ListTable:
    """A list's rows.

    Attributes:
      path: The file.
      header: Its columns' names without the blanks and quotes around them; None for a training list, which has none.
      rows: Opens the file and yields the rows behind the header, blank ones too; raises UserError where it is damaged.
    """

    path: str
    header: list[str] | None
    rows: Callable[[], Iterator[TextRow]]


def open_table(path: str | os.PathLike[str], kind: str = "label list") -> ListTable:
    """Returns a list's table, of which only the first row that is not blank has been read.

    Args:
      path: The list.
      kind: What it is called where it is at fault.
    Raises:
      UserError: If the file is missing, cannot be read, or has no row.
    """
    path = os.fspath(path)
    return _open_workbook(path) if is_workbook(first_bytes(path), path) else _open_text(path, kind)


def _open_workbook(path: str) -> ListTable:
    sheet, first = find_list_sheet(path, _can_be_first)
    if is_training_row(first.cells):
        return ListTable(path, None, lambda: sheet_rows(path, sheet, first.line, 0))
    header = [stripped(cell) for cell in first.cells]
    return ListTable(path, header, lambda: sheet_rows(path, sheet, first.line + 1, len(header)))


def _can_be_first(cells: list[str]) -> bool:
    """Returns whether a sheet whose first row has these cells is a list of any kind."""
    names = {stripped(cell) for cell in cells}
    return (
        is_training_row(cells) or is_opt_header(names) or not {"path", "id"}.isdisjoint(map(str.lower, names))
    )


def _open_text(path: str, kind: str) -> ListTable:
    lines = read_lines(path)
    first = next((line for line in lines if line.text.strip(" \t,;\"'\ufeff\xa0")), None)
    if first is None:
        raise UserError(f"{path}: the {kind} is empty")
    if first.is_cut:
        raise UserError(f"{path}: no {kind}: line {first.number}, its first, is {TOO_LONG}")
    if is_training_line(first.text):
        return ListTable(path, None, lambda: training_rows(read_lines(path)))
    delimiter = delimiter_of(first.text)
    # The header may take several lines; how many, the next line read tells.
    last = first.number

    def counted() -> Iterator[TextLine]:
        nonlocal last
        for line in chain([first], lines):
            last = line.number
            yield line

    header = next(csv_rows(counted(), delimiter, num_fields=None))
    if header.problem:
        raise UserError(f"{path}, line {header.line}: the header cannot be read: {header.problem}")
    num_fields = len(header.cells)
    return ListTable(
        path,
        [stripped(cell) for cell in header.cells],
        lambda: csv_rows(islice(read_lines(path), last, None), delimiter, num_fields),
    )
