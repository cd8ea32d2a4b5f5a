"""What a program's tables have to say to be read: how one is recognized, and what its cells mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from emotionet_tf.inference.other_tools.tool_table import LARGEST, PRESENCE, ScoreColumn, ToolRow
from emotionet_tf.label_lists.tables.csv_table import finite_number
from emotionet_tf.videos.frames import is_video

_BLANK = ("", "nan", "na", "none", "null")


@dataclass(frozen=True)
class Cells:
    """A row's cells by the columns' names, blanks around them stripped.

    Attributes:
      columns: Where each column is.
      cells: The cells.
      has_decimal_comma: Whether numbers are written as 0,5.
    """

    columns: Mapping[str, int]
    cells: Sequence[str]
    has_decimal_comma: bool = False

    def text(self, name: str) -> str:
        """Returns a cell's text; empty where the table has no such column."""
        return self.cells[self.columns[name]].strip() if name in self.columns else ""

    def number(self, name: str) -> float:
        """Returns a cell's number, NaN where it is blank or there is no such column; ValueError names the column."""
        text = self.text(name)
        if text.lower() in _BLANK:
            return math.nan
        number = finite_number(text, self.has_decimal_comma)
        if number is None:
            raise ValueError(f"{name} is {text!r}, not a number")
        return number

    def count(self, name: str) -> int:
        """Returns a cell's whole number from 0; ValueError names the column."""
        number = self.number(name)
        if not (number >= 0 and number == int(number)):
            raise ValueError(f"{name} is {self.text(name)!r}, not a whole number from 0")
        return int(number)


def scores_of_cells(cells: Cells, columns: Sequence[ScoreColumn]) -> np.ndarray:
    """Returns a row's scores, [columns] float64, NaN where a cell is blank.

    Raises:
      ValueError: If one is not a number, or not within its kind's scale.
    """
    return checked_scores([cells.number(column.name) for column in columns], columns)


def checked_scores(values: Sequence[float], columns: Sequence[ScoreColumn]) -> np.ndarray:
    """Returns scores as an array; ValueError names one that is not within its kind's scale."""
    for value, column in zip(values, columns, strict=True):
        if math.isnan(value):
            continue
        largest = LARGEST[column.kind]
        # A millionth is allowed for: sums and cosines of float32 end a little beyond their bounds.
        if value < -1e-6 or value > largest + 1e-6 or (column.kind == PRESENCE and value not in (0, 1)):
            allowed = "0 or 1" if column.kind == PRESENCE else f"between 0 and {largest:g}"
            raise ValueError(
                f"{column.name} is {value:g}, not {allowed}: not the {column.kind} it is taken for"
            )
    return np.array(values, np.float64)


Finished = tuple[list[ToolRow], list[str]]
"""Rows of whole tables, and remarks on them."""


def nothing_more(rows: list[ToolRow], columns: Sequence[ScoreColumn]) -> Finished:
    """Returns the rows as they are, without remarks."""
    return rows, []


@dataclass(frozen=True)
class ToolFormat:
    """A program's tables.

    Attributes:
      title: The program, as messages call it.
      looks: By which columns its tables are recognized, for the message about a table of no known program.
      begins: Returns whether a table with these columns is the program's.
      columns: Returns the columns of scores, given the table's columns, and remarks on those that are left out.
        Raises ValueError if a table is not what its columns pretend.
      row: Given a row's cells, the name of its file without ending, line and file, returns the row with scores left
        out; ValueError says why it cannot be used.
      has_face: Returns whether a row says that a face was found. One without any score counts as failed, too.
      scores: Returns a row's scores.
      finish: Given all rows, returns them as they are to be used, and remarks.
      names_faces: Whether rows say which face of a frame they are of, so that no two are of the same.
    """

    title: str
    looks: str
    begins: Callable[[frozenset[str]], bool]
    columns: Callable[[Sequence[str]], tuple[list[ScoreColumn], list[str]]]
    row: Callable[[Cells, str, int, str], ToolRow]
    has_face: Callable[[Cells], bool] = lambda cells: True
    scores: Callable[[Cells, Sequence[ScoreColumn]], np.ndarray] = scores_of_cells
    finish: Callable[[list[ToolRow], Sequence[ScoreColumn]], Finished] = nothing_more
    names_faces: bool = True


def without_video_ending(path: str) -> str:
    """Returns a video's path without the ending that its kind gives it."""
    slashed = path.replace("\\", "/")
    return (
        str(PurePosixPath(slashed).with_suffix("")) if is_video(slashed) and "://" not in slashed else slashed
    )
