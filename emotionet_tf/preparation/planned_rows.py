"""A row that is to be prepared, as it is kept in files: id, photo and labels in a line of text."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.label_lists.rows import LabelRow, written_intensities

_UNKNOWN = "-"


class PlannedRow(NamedTuple):
    """A usable row of a label list.

    Attributes:
      example_id: Joins the row with crops and predictions.
      photo: The photo's path, relative to the photos' folder.
      num_bytes: Length of the photo's file; a photo of another length is looked at again. -1 where there is none.
      labels: A letter for each of EmotioNet's AUs: 0, 1 or "-". Where there is more to say, AUs of another set,
        intensities and person follow, each behind a bar, as in "1-|7,12|3,|SN001".
      openface_csv: Checksum of what OpenFace's files say of the photo, as the face table has it; empty where they are
        not asked.
      file: The label list that the row is of; it decides nothing of the records, and neither does the line.
      line: Its line there, 1 = first.
    """

    example_id: str
    photo: str
    num_bytes: int
    labels: str
    openface_csv: str = ""
    file: str = ""
    line: int = 0

    def label_row(self) -> LabelRow:
        """Returns the row as a label list has it."""
        return row_of(self.labels, self.example_id, self.photo)


def label_letters(row: LabelRow) -> str:
    """Returns a row's labels as `PlannedRow` has them."""
    letters = _letters(row.labels.tobytes(), row.mask.tobytes())
    aus = "" if row.aus == ACTION_UNITS else ",".join(map(str, row.aus))
    intensities = ""
    if row.intensities is not None:
        # Of a single AU without one nothing would be left, as of a list without intensities.
        intensities = ",".join(written_intensities(row, row.aus)) or _UNKNOWN
    more = aus, intensities, row.person
    return "|".join((letters, *more)) if any(more) else letters


def row_of(text: str, example_id: str, photo: str, line: int = 0, source: str = "") -> LabelRow:
    """Returns the row that `label_letters` wrote, with what else is known of it."""
    letters, aus, intensities, person = (*text.split("|", 3), "", "", "")[:4]
    labels, mask = label_arrays(letters)
    return LabelRow(
        example_id,
        photo,
        labels,
        mask,
        line,
        source=source,
        aus=tuple(map(int, aus.split(","))) if aus else ACTION_UNITS,
        intensities=_numbers(intensities) if intensities else None,
        person=person,
    )


@functools.lru_cache(1 << 12)
def label_arrays(letters: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns labels and mask, [AUs] float32 each, read-only."""
    labels = np.array([letter == "1" for letter in letters], np.float32)
    mask = np.array([letter != _UNKNOWN for letter in letters], np.float32)
    labels.flags.writeable = mask.flags.writeable = False
    return labels, mask


@functools.lru_cache(1 << 12)
def _numbers(text: str) -> np.ndarray:
    """Returns the numbers of a text with commas between, [AUs] float32, NaN where there is none."""
    numbers = np.array(
        [float("nan" if one in ("", _UNKNOWN) else one) for one in text.split(",")], np.float32
    )
    numbers.flags.writeable = False
    return numbers


def rows_text(rows: Iterable[PlannedRow]) -> str:
    """Returns rows as the lines of a file."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def decisive_text(rows: Iterable[PlannedRow]) -> str:
    """Returns as text what of rows decides their records: their place in the lists does not."""
    # Without OpenFace the text is as it was before it had a say, so that what was done before stays done.
    return "".join(json.dumps(row[:5] if row.openface_csv else row[:4]) + "\n" for row in rows)


def read_rows(path: Path) -> list[PlannedRow]:
    """Returns the rows of a file of `rows_text`."""
    with path.open(encoding="utf-8") as file:
        return [PlannedRow(*json.loads(line)) for line in file]


@functools.lru_cache(1 << 12)
def _letters(labels: bytes, mask: bytes) -> str:
    values = zip(np.frombuffer(labels, np.float32), np.frombuffer(mask, np.float32), strict=True)
    return "".join(str(int(label)) if known else _UNKNOWN for label, known in values)
