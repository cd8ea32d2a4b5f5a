"""The crops of a face, read as the bytes that records store."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from emotionet_tf.action_units import FRAMINGS, VIEWS
from emotionet_tf.errors import UserError
from emotionet_tf.faces.table import FaceRow
from emotionet_tf.faces.unfinished_alignment import SETTINGS_NAME
from emotionet_tf.label_lists.rejection_reasons import crop_shape, crop_size, damaged_crop, missing_crop

_SIZE_SAMPLE = 200


@dataclass(frozen=True)
class Crops:
    """A face's crops: JPEG bytes per view, all of one size, or why they cannot be used."""

    jpegs: dict[str, bytes]
    size_px: int
    problem: str = ""

    def problem_for(self, size_px: int) -> str:
        """Returns why the crops cannot be used beside others of this size; empty where they can."""
        if self.problem or self.size_px == size_px:
            return self.problem
        return crop_size(self.size_px, size_px)


def read_crops(faces_dir: Path, face: FaceRow) -> Crops:
    """Returns a face's crops as they are on disk, if they decode to squares of one size."""
    jpegs: dict[str, bytes] = {}
    size_px = 0
    for view in VIEWS:
        name = getattr(face, view)
        if not (faces_dir / name).is_file():
            return Crops({}, 0, missing_crop(view, name))
        jpegs[view] = (faces_dir / name).read_bytes()
        height, width = _decoded_size(jpegs[view])
        if not height:
            return Crops({}, 0, damaged_crop(view, name))
        if height != width or (size_px and height != size_px):
            return Crops({}, 0, crop_shape(view, name, width, height))
        size_px = height
    return Crops(jpegs, size_px)


def crop_lengths_checksum(faces_dir: Path, faces: Iterable[FaceRow]) -> str:
    """Returns a checksum of the names and lengths of faces' crops, in whatever order the faces come.

    JPEG files of two pictures hardly ever have the same length in both views, and copies have the same.
    """
    lines = sorted(
        f"{name}\0{_length(faces_dir / name)}\n"
        for face in faces
        for view in VIEWS
        if (name := getattr(face, view))
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def expected_crop_size(faces_dir: Path, faces: Sequence[FaceRow]) -> int:
    """Returns the side in pixels that the crops of a face table should have; 0 where no crop can be read.

    It is the setting of `align_faces`; where its settings are missing, the size that most of some
    hundred crops have.

    Raises:
      UserError: If the settings are damaged.
    """
    path = faces_dir / SETTINGS_NAME
    if path.is_file():
        try:
            return int(json.loads(path.read_text(encoding="utf-8"))["settings"]["crop_size_px"])
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} is damaged: it has no crop_size_px; run align_faces again") from error
    found = [face for face in faces if face.found]
    some = found[:: max(1, len(found) // _SIZE_SAMPLE)]
    sizes = Counter(
        crops.size_px for crops in (read_crops(faces_dir, face) for face in some) if not crops.problem
    )
    return max(sizes, key=lambda size: (sizes[size], size), default=0)


def framing_of(faces_dir: Path) -> str:
    """Returns what placed the faces in a folder's crops, one of `FRAMINGS`: the setting of `align_faces`.

    Raises:
      UserError: If the settings are damaged.
    """
    path = faces_dir / SETTINGS_NAME
    if not path.is_file():
        return FRAMINGS[0]
    try:
        # Folders from before there was another framing do not have the setting.
        framing = json.loads(path.read_text(encoding="utf-8"))["settings"].get("framing", FRAMINGS[0])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is damaged; run align_faces again") from error
    if framing not in FRAMINGS:
        raise UserError(f"{path}: framing must be one of {', '.join(FRAMINGS)}, got {framing!r}")
    return framing


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _decoded_size(jpeg: bytes) -> tuple[int, int]:
    """Returns height and width; 0, 0 for bytes that are not a JPEG or are cut off."""
    # OpenCV fills what a truncated file lacks with grey; a whole one ends in the end-of-image marker.
    if not jpeg.startswith(b"\xff\xd8") or not jpeg.rstrip(b"\0").endswith(b"\xff\xd9"):
        return 0, 0
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return (0, 0) if image is None else (image.shape[0], image.shape[1])
