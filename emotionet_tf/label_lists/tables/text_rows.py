"""The rows of a file as text, before anything is known about its columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MAX_ABOVE_HEADER = 10
"""Rows that are not blank above a list's header: a title, comments."""


class TextRow(NamedTuple):
    """One row of a file as text.

    Attributes:
      line: The line, or the spreadsheet's row, where it begins; 1 = first.
      cells: As they are in the file.
      problem: Why the row cannot be read; its cells are what could be.
    """

    line: int
    cells: list[str]
    problem: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether no cell has anything but blanks and quotes."""
        return not self.problem and not any(map(stripped, self.cells))


def are_titles(rows: Sequence[TextRow], header: Sequence[str]) -> bool:
    """Returns whether the rows above a header are a title and comments, not rows of a list.

    They begin with a "#", or have one or two filled cells, and fewer than the header.
    """
    num_names = sum(map(bool, header))
    return all(_is_title(row, num_names) for row in rows)


def _is_title(row: TextRow, num_names: int) -> bool:
    filled = [cell for cell in map(stripped, row.cells) if cell]
    return not filled or filled[0].startswith("#") or len(filled) < min(num_names, 3)


def titles_remark(path: str, rows: Sequence[TextRow]) -> str:
    """Returns that the rows above a header are no rows of a list; empty without them."""
    if not rows:
        return ""
    shown = "; ".join(
        f"line {row.line}: {' '.join(filter(None, map(stripped, row.cells)))[:100]}" for row in rows
    )
    return f"{path}: above the header and no rows of the list: {shown}"


def stripped(cell: str) -> str:
    """Returns a cell without the blanks and quotes around it."""
    # Files put one behind the other have byte order marks within; web pages' blanks do not break.
    return cell.strip(" \t\r\n'\"\ufeff\xa0")
