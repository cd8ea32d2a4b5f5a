"""Predictions of any program as read: a row for each face or failed frame, with what its scores mean.

A row without scores is one that failed: no face was found there. Its AUs are unknown, whatever the program wrote.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from emotionet_tf.label_lists.rejection_reasons import RejectedRow

PRESENCE, PROBABILITY, INTENSITY = "presence", "probability", "intensity"
LARGEST = {PRESENCE: 1.0, PROBABILITY: 1.0, INTENSITY: 5.0}
"""The kinds of scores, and where each ends; all begin at 0. A presence is 0 or 1, an intensity 1 to 5 for A to E."""


@dataclass(frozen=True)
class ScoreColumn:
    """A column of scores.

    Attributes:
      au: Of FACS.
      kind: One of `LARGEST`.
      name: What the table calls the column.
    """

    au: int
    kind: str
    name: str


@dataclass(frozen=True, eq=False, slots=True)
class ToolRow:
    """A face, or a photo or frame in which none was found.

    Attributes:
      line: Line of the file, 1 = first.
      source: The file.
      picture: The photo's path as far as the table or the file's name says it; empty of a video's frame.
      sequence: The video's name, without its ending; empty of a photo.
      frame: The frame's number in the video, 1 = first, whatever the program counts from; None where it does not say.
      seconds: The frame's time from the video's start; NaN where there is none that can be used.
      face: The face's number in its photo or frame.
      confidence: How sure the program is of the face; NaN where it does not say.
      scores: [score columns] float64, NaN where a cell is blank; None of a row that failed.
    """

    line: int
    source: str
    picture: str = ""
    sequence: str = ""
    frame: int | None = None
    seconds: float = math.nan
    face: int = 0
    confidence: float = math.nan
    scores: np.ndarray | None = None

    @property
    def place(self) -> str:
        """What messages call it."""
        if self.picture:
            return self.picture
        when = f"frame {self.frame}" if self.frame is not None else f"{self.seconds:g} s"
        return f"{self.sequence}, {when}"


@dataclass(frozen=True, eq=False)
class ToolTable:
    """A program's predictions: every row of its files is in `rows` or in `rejected`.

    Attributes:
      title: The program.
      columns: What each score of a row is.
      rows: The usable rows, those without a face too, in the files' order.
      rejected: Rows, and whole files of a folder, that could not be used.
      remarks: What a person should know of these predictions, a sentence each.
    """

    title: str
    columns: tuple[ScoreColumn, ...]
    rows: tuple[ToolRow, ...]
    rejected: tuple[RejectedRow, ...]
    remarks: tuple[str, ...] = ()

    @property
    def num_failed(self) -> int:
        """Rows without a face."""
        return sum(row.scores is None for row in self.rows)

    def column_of(self, au: int, kind: str) -> int | None:
        """Returns which score of a row is of this AU and kind; None where there is none."""
        found = (number for number, one in enumerate(self.columns) if (one.au, one.kind) == (au, kind))
        return next(found, None)
