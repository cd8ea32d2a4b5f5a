"""CSV files of OpenFace: one row a face, with its 68 landmarks, head angles and AU decisions.

The versions differ in what stands before the measurements (`face, confidence` for images, `frame, face_id, timestamp,
confidence, success` for videos and sequences, older ones without `face_id`) and in the separator of the header, "," or
", ". Columns are therefore found by name, with blanks stripped; case matters, as `x_0` and `X_0` are both there. Files
that a spreadsheet has saved again are read as label lists are: with semicolons and decimal commas, in UTF-16.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.openface.frames import OF_FOLDER, OF_UNKNOWN, OF_VIDEO
from emotionet_tf.faces.landmarks_68 import NUM_POINTS
from emotionet_tf.label_lists import rejection_reasons
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.rejection_reasons import RejectedRow
from emotionet_tf.label_lists.tables.csv_table import (
    CsvTable,
    finite_number,
    open_csv_table,
    whole_cells,
)
from emotionet_tf.storage.paths import as_path

ANGLE_COLUMNS = ("pose_Rx", "pose_Ry", "pose_Rz")
POINT_COLUMNS = tuple(f"{axis}_{number}" for number in range(NUM_POINTS) for axis in "xy")
_DECISION = re.compile(r"AU(\d+)_c")
_PHOTO_ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")


class UnusableCsvError(UserError):
    """A file cannot be read, or is not a CSV of OpenFace; `reason` says so without the file's name."""

    def __init__(self, path: str | os.PathLike[str], reason: str) -> None:
        super().__init__(f"OpenFace CSV {path}: {reason}")
        self.reason = reason


@dataclass(frozen=True, eq=False)
class OpenFaceRow:
    """A face as OpenFace saw it.

    Attributes:
      face: Number of the face in its photo or frame; 0 where the file does not number them.
      frame: Number of the frame, None in a file of one photo.
      confidence: Of the tracker, 0 to 1.
      success: Whether a face was found; files of photos hold only such faces.
      angles: `pose_Rx`, `pose_Ry`, `pose_Rz` (pitch, yaw, roll) in radians. Signs and reference are OpenFace's,
        not those of `head_pose`: never mix both. None without success, or in files without them.
      decisions: 0 or 1 by AU number, of the `AUxx_c` columns there are.
      points: [68, 2] float64, the landmarks in pixels of the photo. None without success, or in files without them.
      seconds: Time of the frame; None in files without times.
    """

    face: int
    frame: int | None
    confidence: float
    success: bool
    angles: tuple[float, float, float] | None
    decisions: dict[int, int]
    points: np.ndarray | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class OpenFaceFile:
    """A CSV as read: every row of it is in `rows` or in `rejected`, and its times say what OpenFace looked at."""

    rows: tuple[OpenFaceRow, ...]
    rejected: tuple[RejectedRow, ...]
    seen: str = OF_UNKNOWN

    @property
    def num_frames(self) -> int:
        """Different frames; 1 for a file of one photo, 0 for one without rows."""
        return len({row.frame for row in self.rows})


def read_openface_csv(path: str | os.PathLike[str]) -> OpenFaceFile:
    """Reads a CSV of any of OpenFace's versions. A row that is cut off or damaged is rejected.

    Raises:
      UnusableCsvError: If the file cannot be read or is not a CSV of OpenFace.
    """
    rows: list[OpenFaceRow] = []
    rejected: list[RejectedRow] = []
    table = _table(path)
    columns = {name: index for index, name in enumerate(table.header)}
    try:
        for text in table.rows:
            if text.is_blank:
                continue
            try:
                cells = whole_cells(text, len(table.header))
                rows.append(_row(_Record(columns, cells, table.has_decimal_comma)))
            except ValueError as error:
                rejected.append(RejectedRow(text.line, str(path), str(error)))
    except UserError as error:
        raise UnusableCsvError(path, str(error)) from error
    return OpenFaceFile(tuple(rows), tuple(rejected), _seen(table.header, rows))


def check_openface_csv(path: str | os.PathLike[str]) -> None:
    """Raises UnusableCsvError if a file cannot be read, or its header is not that of a CSV of OpenFace."""
    _table(path)


def _seen(header: Sequence[str], rows: Sequence[OpenFaceRow]) -> str:
    """Returns what OpenFace looked at; its first versions, without `face_id`, gave pictures of a folder times, too."""
    times = {row.frame: row.seconds for row in rows if row.frame is not None and row.seconds is not None}
    if "face_id" not in header or len(times) < 2:
        return OF_UNKNOWN
    return OF_VIDEO if any(times.values()) else OF_FOLDER


def surest_face(rows: Iterable[OpenFaceRow]) -> OpenFaceRow | None:
    """Returns the face of the highest confidence, of equal ones the first; None where no face was found."""
    return max((row for row in rows if row.success), key=lambda row: row.confidence, default=None)


def format_rejected(number: int, first: RejectedRow) -> str:
    """Returns a line that says how many rows of OpenFace's files were rejected, and which was the first."""
    return rejection_reasons.format_rejected(number, f"{first.example_id}, line {first.line}", first.reason)


def find_openface_csvs(paths: Sequence[str | os.PathLike[str]]) -> list[tuple[str, Path]]:
    """Returns `photo_key`s and paths of CSV files, those of folders in order; a file may be named by itself.

    Raises:
      UserError: If a path is missing, a folder holds no CSV, or two files have one key.
    """
    found: dict[str, Path] = {}
    for path in map(as_path, paths):
        files = sorted(path.rglob("*.csv")) if path.is_dir() else [path]
        if not path.exists():
            raise UserError(f"OpenFace CSV {path} is missing")
        if not files:
            raise UserError(f"folder {path} holds no OpenFace CSV, no file that ends in .csv")
        for file in files:
            name = file.relative_to(path).as_posix() if path.is_dir() else file.name
            key = photo_key(name.removesuffix(".csv"))
            if key in found:
                raise UserError(f"{found[key]} and {file} are both of the photo {key}")
            found[key] = file
    return list(found.items())


def photo_key(example_id_or_path: str) -> str:
    """Returns what an example's id and the name of its OpenFace CSV, without ".csv", have in common.

    OpenFace names a photo's CSV as the photo, without the photo's ending; ids other than EmotioNet's keep it.
    """
    key = example_id(example_id_or_path)
    return str(PurePosixPath(key).with_suffix("")) if key.lower().endswith(_PHOTO_ENDINGS) else key


def _table(path: str | os.PathLike[str]) -> CsvTable:
    """Opens a file; raises UnusableCsvError if it cannot be read or its header is not OpenFace's."""
    try:
        table = open_csv_table(path)
    except UserError as error:
        raise UnusableCsvError(path, str(error).removeprefix(f"{path}: ")) from error
    if "confidence" not in table.header:
        raise UnusableCsvError(path, "no CSV of OpenFace, its first line has no column 'confidence'")
    if len(set(table.header)) != len(table.header):
        twice = next(name for name in table.header if table.header.count(name) > 1)
        raise UnusableCsvError(path, f"its first line has the column {twice!r} twice")
    return table


@dataclass(frozen=True)
class _Record:
    """A row's cells and where each column is."""

    columns: dict[str, int]
    cells: list[str]
    has_decimal_comma: bool

    def number(self, name: str, missing: float | None = None) -> float:
        """Returns a column's finite number, `missing` in files without it; raises ValueError naming the column."""
        index = self.columns.get(name)
        if index is None and missing is not None:
            return missing
        cell = self.cells[index].strip() if index is not None else ""
        number = finite_number(cell, self.has_decimal_comma)
        if number is None:
            raise ValueError(f"{name} is {cell!r}, no finite number")
        return number


def _row(record: _Record) -> OpenFaceRow:
    """Returns a row; raises ValueError that says what is wrong with it."""
    frame = record.number("frame", -1)
    success = record.number("success", 1) > 0
    angles = None
    if success and all(name in record.columns for name in ANGLE_COLUMNS):
        pitch, yaw, roll = map(record.number, ANGLE_COLUMNS)
        angles = pitch, yaw, roll
    decisions = {}
    for name in record.columns:
        if match := _DECISION.fullmatch(name):
            decisions[int(match[1])] = _decision(name, record.number(name))
    face = record.number("face", record.number("face_id", 0))
    return OpenFaceRow(
        face=int(face),
        frame=None if frame < 0 else int(frame),
        confidence=record.number("confidence"),
        success=success,
        angles=angles,
        decisions=decisions,
        points=_points(record) if success else None,
        seconds=record.number("timestamp") if "timestamp" in record.columns else None,
    )


def _points(record: _Record) -> np.ndarray | None:
    """Returns the landmarks, None in a file without them."""
    if not all(name in record.columns for name in POINT_COLUMNS):
        return None
    points = np.array([record.number(name) for name in POINT_COLUMNS]).reshape(-1, 2)
    if not np.ptp(points, axis=0).min() > 0:
        raise ValueError("the landmarks are all in one line")
    return points


def _decision(name: str, number: float) -> int:
    if number not in (0, 1):
        raise ValueError(f"{name} is {number:g}, neither 0 nor 1")
    return int(number)
