"""The rows of a table of faces: what was found in each photo, and blanks where nothing was."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from emotionet_tf.action_units import au_name, intensity_name
from emotionet_tf.errors import UserError
from emotionet_tf.faces.crops_and_rows import reason_without_face
from emotionet_tf.faces.photo_groups import SeenPhoto
from emotionet_tf.faces.table import BOX_COLUMNS
from emotionet_tf.inference.decisions import threshold_columns
from emotionet_tf.inference.face_result import FaceResult
from emotionet_tf.label_lists.photo_ids import example_id

if TYPE_CHECKING:
    import pandas as pd

ANGLE_COLUMNS = ("pitch_degrees", "yaw_degrees", "roll_degrees")
SIZE_COLUMNS = ("photo_width_px", "photo_height_px")
_WHOLE = ("face_index", "found", *SIZE_COLUMNS)


def decision_name(au: int) -> str:
    """Returns the name of an AU's column of decisions."""
    return f"{au_name(au)}_decision"


@dataclass(frozen=True, eq=False)
class TableHead:
    """What all rows of a detector's tables have in common.

    Attributes:
      aus: The detector's AUs.
      thresholds: [AUs].
      model: What makes the scores, in a few letters.
      intensity_aus: The AUs that have an intensity as well.
    """

    aus: Sequence[int]
    thresholds: np.ndarray
    model: str
    intensity_aus: Sequence[int] = ()

    @property
    def columns(self) -> list[str]:
        """The columns that differ from row to row."""
        return columns(self.aus, self.intensity_aus)

    @property
    def same(self) -> dict[str, Any]:
        """The other columns: thresholds, where they are not 0.5, and the model."""
        return {**threshold_columns(self.aus, self.thresholds), "model": self.model}


def columns(aus: Sequence[int], intensity_aus: Sequence[int] = ()) -> list[str]:
    """Returns the table's columns for these AUs; behind them come those that are the same on every row."""
    about_face = ["id", "file", "face_index", "found", "reason", "detector", "confidence"]
    about_face += [*SIZE_COLUMNS, *BOX_COLUMNS, *ANGLE_COLUMNS]
    return [*about_face, *map(au_name, aus), *map(decision_name, aus), *map(intensity_name, intensity_aus)]


def rows_of_photo(name: str, seen: SeenPhoto[FaceResult] | str) -> list[dict[str, Any]]:
    """Returns a row for each face of a photo, or one row without scores that says why there is no face.

    Args:
      name: The photo's path, relative to the folder that was given.
      seen: The photo with its faces, or why it cannot be read.
    """
    if isinstance(seen, str) or not seen.faces:
        row = {"id": example_id(name), "file": name, "face_index": 0, "found": 0}
        return [{**row, **_size(seen), "reason": reason_without_face(seen)}]
    return [_row_of_face(name, index, seen, result) for index, result in enumerate(seen.faces)]


def table_of_rows(rows: Sequence[dict[str, Any]], head: TableHead) -> pd.DataFrame:
    """Returns the table of some rows; what a row does not have is blank there.

    Args:
      rows: As `rows_of_photo` returns them.
      head: What they have in common.
    Raises:
      UserError: If pandas is not installed.
    """
    # Not at the top: the light distribution writes the same rows, and has no pandas.
    try:
        import pandas as pd
    except ImportError as error:
        raise UserError("a table of pandas's needs pandas: pip install pandas") from error

    table = pd.DataFrame(rows, columns=head.columns)
    # Whole numbers that can be blank; as floats they would be written as 1.0.
    whole = [*_WHOLE, *map(decision_name, head.aus)]
    table = table.astype(dict.fromkeys(whole, "Int64"))
    return table.assign(**head.same)


def roll_of(row: dict[str, Any]) -> float | None:
    """Returns the roll of a row's face in radians; None without a face, or where it is unknown."""
    degrees = row.get(ANGLE_COLUMNS[2])
    return None if degrees is None else math.radians(degrees)


def _size(seen: SeenPhoto[FaceResult] | str) -> dict[str, int]:
    if isinstance(seen, str):
        return {}
    height, width = seen.pixels.shape[:2]
    return dict(zip(SIZE_COLUMNS, (width, height), strict=True))


def _row_of_face(name: str, index: int, seen: SeenPhoto[FaceResult], result: FaceResult) -> dict[str, Any]:
    face = result.face
    row: dict[str, Any] = {
        "id": example_id(name) + (f"#{index}" if index else ""),
        "file": name,
        "face_index": index,
        "found": 1,
        "reason": "",
        "detector": face.detector,
        "confidence": round(face.confidence, 4),
        **_size(seen),
    }
    row |= {column: round(value, 1) for column, value in zip(BOX_COLUMNS, face.box, strict=True)}
    if result.angles is not None:
        degrees = (round(math.degrees(angle), 1) for angle in result.angles)
        row |= dict(zip(ANGLE_COLUMNS, degrees, strict=True))
    for au, score, decision in zip(result.aus, result.scores, result.decisions, strict=True):
        row |= {au_name(au): round(float(score), 6), decision_name(au): int(decision)}
    row |= {intensity_name(au): round(value, 4) for au, value in result.intensities.items()}
    return row
