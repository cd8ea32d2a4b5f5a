"""The registered crops of a face, read as the bytes that records store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from emotionet_tf.action_units import VIEWS
from emotionet_tf.faces.face_table import FaceRow


@dataclass(frozen=True)
class Crops:
    """A face's crops: JPEG bytes per view, all of one size, or why they cannot be used."""

    jpegs: dict[str, bytes]
    size_px: int
    problem: str = ""


def read_crops(faces_dir: Path, face: FaceRow) -> Crops:
    """Returns a face's crops as they are on disk, once they are seen to decode to squares of one size."""
    jpegs: dict[str, bytes] = {}
    size_px = 0
    for view in VIEWS:
        path = faces_dir / getattr(face, view)
        if not path.is_file():
            return Crops({}, 0, f"no {view} crop: {getattr(face, view)}")
        jpegs[view] = path.read_bytes()
        height, width = _decoded_size(jpegs[view])
        if not height:
            return Crops({}, 0, f"{view} crop is no readable JPEG: {getattr(face, view)}")
        if height != width or (size_px and height != size_px):
            return Crops({}, 0, f"{view} crop is {width} x {height} px: {getattr(face, view)}")
        size_px = height
    return Crops(jpegs, size_px)


def _decoded_size(jpeg: bytes) -> tuple[int, int]:
    """Returns height and width; 0, 0 for bytes that are no JPEG or are cut off."""
    # OpenCV fills what a truncated file lacks with grey; a whole one ends in the end-of-image marker.
    if not jpeg.startswith(b"\xff\xd8") or not jpeg.rstrip(b"\0").endswith(b"\xff\xd9"):
        return 0, 0
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return (0, 0) if image is None else (image.shape[0], image.shape[1])
