"""The face table: one row a face, or one row for a photo without any; one spec writes and reads it."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.faces.head_pose import upright_angles
from emotionet_tf.label_lists.rejection_reasons import why_unreadable
from emotionet_tf.storage import files
from emotionet_tf.storage.paths import as_path

FACE_TABLE_NAME = "faces.csv"
"""The face table's name in the folder of a run."""


@dataclass(frozen=True, slots=True)
class FaceRow:
    """A row of the face table; the attributes are the columns, in order, and None is a blank cell.

    Attributes:
      example_id: What joins crops, labels and predictions; further faces of a photo end in "#1", "#2", ...
      photo: Path of the photo, relative to the photos' folder, with forward slashes.
      face_index: 0 for the largest face of the photo, which also bears the photo's own id.
      found: Whether there is a face; without one every column from `confidence` on but `reason` is blank.
      detector: Name of the detector, e.g. "mtcnn".
      confidence: The detector's own score, in [0, 1].
      reason: Why there is no face ("no face", "unreadable: ..."); empty where there is one.
      box_left_px: The face's box in pixels of the upright photo; so the other three.
      left_eye_x_px: Landmarks in the same pixels; left and right are those of the image, not the person's.
        A pixel's centre has integer coordinates.
      pitch_radians: Head angles, signed as in `emotionet_tf.faces.head_pose`.
      close_up: Path of the crop of that view, relative to the table's folder; so `context`.
      registered_by: By what the crops were put onto the reference shape, "stable68" or "five"; empty where they
        show the box alone, and in tables that are older than the choice.
      openface_csv: Checksum of what OpenFace's files said of the photo, "none" where they were silent; empty where they
        were not asked, and the column is missing where it would be empty.
    """

    example_id: str
    photo: str
    face_index: int
    found: bool
    detector: str
    confidence: float | None = None
    reason: str = ""
    box_left_px: float | None = None
    box_top_px: float | None = None
    box_width_px: float | None = None
    box_height_px: float | None = None
    left_eye_x_px: float | None = None
    left_eye_y_px: float | None = None
    right_eye_x_px: float | None = None
    right_eye_y_px: float | None = None
    nose_x_px: float | None = None
    nose_y_px: float | None = None
    mouth_left_x_px: float | None = None
    mouth_left_y_px: float | None = None
    mouth_right_x_px: float | None = None
    mouth_right_y_px: float | None = None
    pitch_radians: float | None = None
    yaw_radians: float | None = None
    roll_radians: float | None = None
    close_up: str = ""
    context: str = ""
    registered_by: str = ""
    openface_csv: str = ""

    @property
    def why_unreadable(self) -> str | None:
        """Why the photo cannot be read; None where it can, with a face or without."""
        return None if self.found else why_unreadable(self.reason)

    @property
    def landmarks(self) -> np.ndarray | None:
        """[5, 2] float64 pixels: left eye, right eye, nose, mouth left, mouth right; None where unknown."""
        values = [getattr(self, name) for name in LANDMARK_COLUMNS]
        return None if None in values else np.array(values, np.float64).reshape(5, 2)

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """Left, top, width and height of the face's box in pixels, or None where one of them is unknown."""
        left, top, width, height = (getattr(self, name) for name in BOX_COLUMNS)
        return None if None in (left, top, width, height) else (left, top, width, height)

    @property
    def angles(self) -> tuple[float, float, float] | None:
        """Pitch, yaw and roll in radians as networks take them (`upright_angles`), None where one is unknown."""
        if self.pitch_radians is None or self.yaw_radians is None or self.roll_radians is None:
            return None
        return upright_angles((self.pitch_radians, self.yaw_radians, self.roll_radians))


OPENFACE_CSV = "openface_csv"
"""The one column that only some tables have, behind the others."""

COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(FaceRow) if field.name != OPENFACE_CSV)
_LATER_COLUMNS = ("registered_by",)
"""Columns that older tables do not have."""

BOX_COLUMNS: tuple[str, ...] = tuple(name for name in COLUMNS if name.startswith("box_"))
ANGLE_COLUMNS: tuple[str, ...] = ("pitch_radians", "yaw_radians", "roll_radians")
LANDMARK_COLUMNS: tuple[str, ...] = tuple(
    f"{point}_{axis}_px"
    for point in ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
    for axis in "xy"
)


def _read_flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("0 or 1")
    return text == "1"


def _read_index(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("a whole number from 0")
    return int(text)


def _read_number(text: str) -> float | None:
    try:
        number = float(text) if text else None
    except ValueError:
        raise ValueError("a number or a blank") from None
    if number is not None and not math.isfinite(number):
        raise ValueError("a finite number or a blank")
    return number


_READERS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": _read_index,
    "bool": _read_flag,
    "float | None": _read_number,
}
_READER_OF_COLUMN = {field.name: _READERS[str(field.type)] for field in fields(FaceRow)}


def _cell(value: str | int | bool | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    # Six digits keep a thousandth of a pixel and a hundred-thousandth of a radian, and the table readable.
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def cells_of(row: FaceRow) -> list[str]:
    """Returns a row's cells as a face table has them, in the order of `COLUMNS`."""
    return [_cell(getattr(row, name)) for name in COLUMNS]


def row_of(cells: Sequence[str], where: str) -> FaceRow:
    """Returns the row that `cells_of` made cells of, with the digits that a face table keeps.

    Raises:
      UserError: If a cell cannot be read; the message begins with `where`.
    """
    return _read_row(dict(zip(COLUMNS, cells, strict=True)), where)


def write_face_table(path: str | os.PathLike[str], rows: Iterable[FaceRow]) -> None:
    """Writes a face table in one piece, as CSV with a header; rows keep their order."""
    rows = list(rows)
    has_openface = any(row.openface_csv for row in rows)
    with files.written_aside(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*COLUMNS, OPENFACE_CSV] if has_openface else COLUMNS)
        writer.writerows(
            [*cells_of(row), row.openface_csv] if has_openface else cells_of(row) for row in rows
        )


def read_face_table(path: str | os.PathLike[str]) -> list[FaceRow]:
    """Reads a face table; further columns are ignored.

    Raises:
      UserError: If the file is missing or no text, a column is missing, or a cell cannot be read; the
        message has the line number.
    """
    try:
        text = as_path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"face table {path}: {error.strerror}; tfrecords_tools.align_faces writes it"
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(f"face table {path} is not UTF-8 text") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in COLUMNS if name not in (*(reader.fieldnames or ()), *_LATER_COLUMNS)]
    if missing:
        raise UserError(f"face table {path} lacks the column(s) {', '.join(missing)}")
    rows = []
    try:
        for cells in reader:
            rows.append(_read_row(cells, f"face table {path}, line {reader.line_num}"))
    except csv.Error as error:
        raise UserError(f"face table {path}, line {reader.line_num}: {error}") from error
    return rows


def _read_row(cells: Mapping[str, str | None], where: str) -> FaceRow:
    values = {}
    for name, read in _READER_OF_COLUMN.items():
        if name not in cells:
            continue
        text = cells[name]
        if text is None:
            raise UserError(f"{where}: the row ends before column {name}")
        try:
            values[name] = read(text)
        except ValueError as error:
            raise UserError(f"{where}: {name} is {text!r}, expected {error}") from error
    return FaceRow(**values)
