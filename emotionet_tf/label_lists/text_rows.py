"""The rows of a file as text, before anything is known about its columns."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.errors import UserError


@dataclass(frozen=True)
class TextRow:
    """One row of a file as text."""

    line: int
    cells: list[str]


def stripped(cell: str) -> str:
    """Returns a cell without the blanks and quotes around it."""
    return cell.strip(" \t\r\n'\"")


def read_text(path: str | os.PathLike[str]) -> str:
    """Returns a list's text with line feeds only; raises UserError where it is missing or no text."""
    if not Path(path).is_file():
        raise UserError(f"{path}: no such label list")
    data = Path(path).read_bytes()
    if b"\0" in data:
        raise UserError(f"{path}: not a text file; save a spreadsheet as CSV in UTF-8 first")
    # A stray byte in one of a million URLs must not cost the file; ids and labels are ASCII.
    return data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")


def csv_rows(path: str | os.PathLike[str], text: str) -> Iterator[TextRow]:
    """Yields the rows of a CSV from its header on; later blank lines are rows of empty cells."""
    header = next(line for line in io.StringIO(text) if stripped(line))
    # A spreadsheet saves "CSV" with its country's separator.
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    has_begun = False
    end = 0
    try:
        for cells in reader:
            # A quoted cell may hold line feeds: the row starts on the line after the last one's end.
            start, end = end + 1, reader.line_num
            has_begun = has_begun or any(map(stripped, cells))
            if has_begun:
                yield TextRow(start, cells)
    except csv.Error as error:
        raise UserError(f"{path}, line {reader.line_num}: {error}") from error
