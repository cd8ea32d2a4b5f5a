"""Faces that OpenFace found before: read from its CSV files by the photos' names, nothing is looked for.

Where a photo's faces are sought, below each of the folders that are given:

1. The photo's own CSV, as FaceLandmarkImg writes it: `anna/smile.csv` for the photo `anna/smile.jpg`. EmotioNet's ids
   are unique, so the CSV of `N_0000000201/N_0000000201_00001.jpg` may also lie in the folder itself.
2. The CSV of its sequence, as FeatureExtraction writes it: `clip.csv` for the photo `clip/frame_000123.jpg`. The last
   number in the photo's name is its frame; OpenFace counts frames from 1.

CSV files that are named one by one are the same files without a folder before them. All versions' headers are read. A
photo without a CSV has no face. OpenFace reads photos upright, as `read_photo` does, so its pixels are ours.

OpenFace's head angles are left out: faces get those of `head_pose`, which are fitted to five of the 68 landmarks. On
100 frames of one real file, whose head hardly moves, the two agree in roll (-1.1 degrees each), have yaw with opposite
signs, and differ by 20 degrees in pitch: too little to convert by.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.faces.box_crops import box_of_68
from emotionet_tf.faces.detection import Face
from emotionet_tf.faces.openface_csv import (
    OpenFaceFile,
    OpenFaceRow,
    format_rejected,
    photo_key,
    read_openface_csv,
)
from emotionet_tf.faces.points_68 import five_of_68
from emotionet_tf.label_lists.rows import Rejected

_LAST_NUMBER = re.compile(r"([0-9]+)[^0-9]*$")


class OpenFaceDetector:
    """Gives the faces that OpenFace found; see `emotionet_tf.faces.detection.Detector`.

    A photo's CSV is read when the photo is asked for, and no folder is listed: there may be a million of them.

    Args:
      paths: CSV files of OpenFace, and folders of them.
    Raises:
      UserError: If a path is missing, a folder holds no CSV, or two files are of one photo.
    Attributes:
      rejected: Damaged rows, and files that are no CSV of OpenFace, of the photos that were asked for so far.
      num_without_csv: Photos asked for so far that have no CSV.
    """

    name = "openface"

    def __init__(self, paths: Sequence[str | os.PathLike[str]]) -> None:
        self._folders: list[Path] = []
        self._files: dict[str, Path] = {}
        for path in map(Path, paths):
            if path.is_dir():
                _refuse_without_csv(path)
                self._folders.append(path)
            else:
                self._add_file(path)
        self.rejected: list[Rejected] = []
        self.num_without_csv = 0
        # Photos of a sequence come one after the other: its file is read once.
        self._sequence = functools.lru_cache(maxsize=2)(self._read_sequence)

    def detect(
        self, photos: Sequence[np.ndarray], *, largest_only: bool = True, names: Sequence[str] = ()
    ) -> list[list[Face]]:
        """Returns the faces of each photo, the largest first; see `Detector.detect`.

        Raises:
          UserError: If no names are given, a CSV has no landmarks, or is of several frames and not of a sequence.
        """
        if len(names) != len(photos):
            raise UserError(
                "detector openface knows photos by their names, which are not known here: take another one"
            )
        return [self._faces(name, largest_only) for name in names]

    def remarks(self) -> list[str]:
        """Returns lines that say what was missing or damaged so far; none if nothing was."""
        lines = [f"openface: {self.num_without_csv} photos have no CSV"] if self.num_without_csv else []
        return [*lines, f"openface: {format_rejected(self.rejected)}"] if self.rejected else lines

    def _add_file(self, path: Path) -> None:
        if not path.is_file():
            raise UserError(f"OpenFace CSV {path} is missing")
        key = photo_key(path.name.removesuffix(".csv"))
        if key in self._files:
            raise UserError(f"{self._files[key]} and {path} are both of the photo {key}")
        self._files[key] = path

    def _faces(self, photo: str, largest_only: bool) -> list[Face]:
        faces = [_face(row) for row in self._rows(photo) if row.success]
        faces.sort(key=lambda face: face.area, reverse=True)
        return faces[:1] if largest_only else faces

    def _rows(self, photo: str) -> Sequence[OpenFaceRow]:
        """Returns the rows of a photo."""
        key = photo_key(photo)
        plain = str(PurePosixPath(photo.replace("\\", "/")).with_suffix(""))
        if path := self._find([plain, key]):
            return self._read_own(path)
        sequence, _, name = plain.rpartition("/")
        if sequence and (path := self._find([sequence])):
            return self._sequence(path).get(_frame(photo, name, path), [])
        self.num_without_csv += 1
        return []

    def _find(self, keys: Sequence[str]) -> Path | None:
        """Returns the file of the first key that has one."""
        for key in keys:
            if key in self._files:
                return self._files[key]
            for folder in self._folders:
                if (path := folder / f"{key}.csv").is_file():
                    return path
        return None

    def _read_own(self, path: Path) -> Sequence[OpenFaceRow]:
        content = self._read(path)
        if content.num_frames > 1:
            raise UserError(
                f"{path} holds {content.num_frames} frames, but is named like one photo; photos of a sequence lie in a"
                " folder that is named like its CSV"
            )
        return content.rows

    def _read_sequence(self, path: Path) -> dict[int, list[OpenFaceRow]]:
        """Returns the rows of a sequence by frame."""
        frames: dict[int, list[OpenFaceRow]] = {}
        for row in self._read(path).rows:
            if row.frame is None:
                raise UserError(f"{path} is named like a folder of photos, but has no column 'frame'")
            frames.setdefault(row.frame, []).append(row)
        return frames

    def _read(self, path: Path) -> OpenFaceFile:
        """Reads a file; one that is no CSV of OpenFace counts as rejected: a killed run may have left it empty."""
        try:
            content = read_openface_csv(path)
        except UserError as error:
            content = OpenFaceFile((), (Rejected(1, str(path), str(error)),))
        self.rejected += content.rejected
        if any(row.success and row.points is None for row in content.rows):
            raise UserError(f"{path} has no columns x_0 to y_67; let OpenFace write landmarks (-2Dfp)")
        return content


def _face(row: OpenFaceRow) -> Face:
    assert row.points is not None
    return Face(
        box_of_68(row.points), row.confidence, five_of_68(row.points), row.points, OpenFaceDetector.name
    )


def _frame(photo: str, name: str, path: Path) -> int:
    """Returns the frame of a photo of a sequence."""
    number = _LAST_NUMBER.search(name)
    if number is None or int(number[1]) == 0:
        raise UserError(
            f"photo {photo} belongs to the frames of {path}, but its name ends in no frame's number (1, 2, ...)"
        )
    return int(number[1])


def _refuse_without_csv(folder: Path) -> None:
    if not any(True for _ in _csv_names(folder)):
        raise UserError(f"folder {folder} holds no OpenFace CSV, no file that ends in .csv")


def _csv_names(folder: Path) -> Iterator[str]:
    for _, _, names in os.walk(folder):
        yield from (name for name in names if name.endswith(".csv"))
