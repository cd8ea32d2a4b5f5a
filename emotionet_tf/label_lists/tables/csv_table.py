"""Another program's CSV as it comes: its separator, decimal comma and encoding are found out, its rows a stream."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.rejection_reasons import wrong_field_count
from emotionet_tf.label_lists.tables.csv_rows import csv_rows, delimiter_of
from emotionet_tf.label_lists.tables.text_lines import read_lines
from emotionet_tf.label_lists.tables.text_rows import TextRow, stripped


@dataclass(frozen=True)
class CsvTable:
    """A CSV with a header.

    Attributes:
      header: The columns' names without the blanks and quotes around them.
      rows: The rows below, blank ones too; may be taken once. UserError where the file is damaged.
      has_decimal_comma: Whether numbers may be written as 0,5: nothing but the comma separates the cells then.
    """

    header: Sequence[str]
    rows: Iterator[TextRow]
    has_decimal_comma: bool


def open_csv_table(path: str | os.PathLike[str]) -> CsvTable:
    """Returns a table of which only the first line that is not blank has been read.

    Raises:
      UserError: If the file is missing, cannot be read, is empty, or has a zero byte.
    """
    lines = read_lines(path)
    first = next((line for line in lines if line.text.strip(" \t,;\"'\ufeff\xa0")), None)
    if first is None:
        raise UserError(f"{path}: the file is empty")
    delimiter = delimiter_of(first.text)
    row = next(csv_rows([first], delimiter, num_fields=None))
    header = [stripped(cell) for cell in row.cells]
    return CsvTable(header, csv_rows(lines, delimiter, len(header)), delimiter != ",")


def whole_cells(row: TextRow, num_fields: int) -> list[str]:
    """Returns a row's cells, one a column.

    Raises:
      ValueError: With the reason, if the row cannot be read or has another number of cells.
    """
    if row.problem:
        raise ValueError(row.problem)
    cells = row.cells
    # Spreadsheets and hands leave separators behind the last cell.
    while len(cells) > num_fields and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) != num_fields:
        raise ValueError(wrong_field_count(len(cells), num_fields))
    return cells


def finite_number(cell: str, has_decimal_comma: bool) -> float | None:
    """Returns a cell's number, None where it is blank, no number, or not finite."""
    try:
        number = float(cell.replace(",", ".") if has_decimal_comma else cell)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
