"""A row that is to be prepared, as it is kept in files: id, photo and labels in a line of text."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.label_lists.rows import LabelRow

_UNKNOWN = "-"


class PlannedRow(NamedTuple):
    """A usable row of a label list.

    Attributes:
      example_id: Joins the row with crops and predictions.
      photo: The photo's path, relative to the photos' folder.
      num_bytes: Length of the photo's file; a photo of another length is looked at again. -1 where there is none.
      labels: A letter for each of EmotioNet's AUs: 0, 1 or "-"; of another set, its AUs stand before, as in "7,12|1-".
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
        aus, labels, mask = label_arrays(self.labels)
        return LabelRow(self.example_id, self.photo, labels, mask, aus=aus)


def label_letters(row: LabelRow) -> str:
    """Returns a row's labels as `PlannedRow` has them."""
    return _letters(row.aus, row.labels.tobytes(), row.mask.tobytes())


@functools.lru_cache(1 << 12)
def label_arrays(letters: str) -> tuple[tuple[int, ...], np.ndarray, np.ndarray]:
    """Returns the AUs, labels and mask, [AUs] float32 each, read-only."""
    aus, _, letters = letters.rpartition("|")
    labels = np.array([letter == "1" for letter in letters], np.float32)
    mask = np.array([letter != _UNKNOWN for letter in letters], np.float32)
    labels.flags.writeable = mask.flags.writeable = False
    return tuple(map(int, aus.split(","))) if aus else ACTION_UNITS, labels, mask


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
def _letters(aus: tuple[int, ...], labels: bytes, mask: bytes) -> str:
    values = zip(np.frombuffer(labels, np.float32), np.frombuffer(mask, np.float32), strict=True)
    letters = "".join(str(int(label)) if known else _UNKNOWN for label, known in values)
    return letters if aus == ACTION_UNITS else f"{','.join(map(str, aus))}|{letters}"
