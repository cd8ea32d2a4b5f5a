"""A label list in memory: labels with a mask, whatever format they came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS, UNKNOWN
from emotionet_tf.label_lists.rejection_reasons import RejectedRow


@dataclass(frozen=True, slots=True)
class Frame:
    """Which frame of a video a row is of.

    Attributes:
      sequence: The video's name in its dataset, such as "SN001" or "F001/T1".
      number: The frame's number there, 1 = first, whatever the pictures' names count from.
    """

    sequence: str
    number: int


@dataclass(frozen=True, eq=False, slots=True)
class LabelRow:
    """The labels of one photo.

    Attributes:
      example_id: Joins the row with crops and predictions.
      photo: Relative path or URL of the photo.
      labels: [AUs] float32 in the order of `aus`; 0 where the mask is 0. Read-only in a row that was read.
      mask: [AUs] float32, 1 = known.
      line: Line of the file it was read from, 1 = first; 0 for a row that was not read.
      class_name: The person or category that the photo shows; empty where a list has no classes.
      source: The sheet or list that the line is of, where there are several; empty where there is one.
      aus: The columns of labels and mask: the list's AU set.
      intensities: [AUs] float32 from 0 to 5, NaN where none is given; None of a list without intensities.
      person: Who is seen; empty where the list does not say.
      frame: Of a video's frame, which one; None of a photo.
    """

    example_id: str
    photo: str
    labels: np.ndarray
    mask: np.ndarray
    line: int = 0
    class_name: str = ""
    source: str = ""
    aus: tuple[int, ...] = ACTION_UNITS
    intensities: np.ndarray | None = None
    person: str = ""
    frame: Frame | None = None

    def in_columns(self, aus: tuple[int, ...]) -> LabelRow:
        """Returns the row with the columns of another AU set; an AU that it lacks is unknown."""
        if aus == self.aus:
            return self
        labels, mask = (columns_in(array, self.aus, aus) for array in (self.labels, self.mask))
        intensities = self.intensities
        if intensities is not None:
            intensities = columns_in(intensities, self.aus, aus, missing=np.nan)
        return replace(self, labels=labels, mask=mask, intensities=intensities, aus=aus)


@dataclass(frozen=True, eq=False)
class LabelList:
    """A label list as read: every row of the file is in `rows` or in `rejected`.

    Attributes:
      rows: The usable rows, in the file's order.
      rejected: The others, in the file's order.
      format: The name of its format.
      labelled_aus: The AUs that the format or the header labels at all, in column order.
      num_blank_lines: Lines without content; they are not rows.
      remark: What a person should know of the list, such as which sheets are read; empty where there is nothing to say.
      aus: The columns of the rows' labels.
    """

    rows: list[LabelRow]
    rejected: list[RejectedRow]
    format: str
    labelled_aus: tuple[int, ...]
    num_blank_lines: int = 0
    remark: str = ""
    aus: tuple[int, ...] = ACTION_UNITS

    @property
    def num_rows(self) -> int:
        """Rows of the file, usable or not."""
        return len(self.rows) + len(self.rejected)


def columns_in(
    values: np.ndarray, aus: Sequence[int], wanted: Sequence[int], missing: float = 0
) -> np.ndarray:
    """Returns values of AUs, the last axis in the order of `aus`, in another order; `missing` where `aus` lacks one."""
    found = {au: column for column, au in enumerate(aus)}
    places = [place for place, au in enumerate(wanted) if au in found]
    moved = np.full((*values.shape[:-1], len(wanted)), missing, values.dtype)
    moved[..., places] = values[..., [found[wanted[place]] for place in places]]
    moved.flags.writeable = values.flags.writeable
    return moved


def place_of(row: LabelRow | RejectedRow) -> str:
    """Returns a row's line, and what it is of where there are several sheets or lists."""
    return f"line {row.line}" + (f" of {row.source}" if row.source else "")


def source_name(file: str, source: str) -> str:
    """Returns what tables call the place where a line is: the file, and which of its sheets where it has several."""
    return f"{file}, {source}" if source else file


def written_intensities(row: LabelRow, aus: Sequence[int]) -> list[str]:
    """Returns a row's intensities of some AUs as tables have them: from 0 to 5, empty where one is unknown."""
    if row.intensities is None:
        return [""] * len(aus)
    values = columns_in(row.intensities, row.aus, aus, missing=np.nan)
    return ["" if np.isnan(value) else f"{value:g}" for value in values]


def written_values(row: LabelRow) -> dict[int, int]:
    """Returns a row's values by AU as every format writes them: 0, 1 or 999."""
    values = zip(row.aus, row.labels, row.mask, strict=True)
    return {au: int(label > 0.5) if known else UNKNOWN for au, label, known in values}
