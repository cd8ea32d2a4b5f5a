"""The rows of a file as text, before anything is known about its columns."""

from __future__ import annotations

from typing import NamedTuple


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


def stripped(cell: str) -> str:
    """Returns a cell without the blanks and quotes around it."""
    # Files put one behind the other have byte order marks within; web pages' blanks do not break.
    return cell.strip(" \t\r\n'\"\ufeff\xa0")
