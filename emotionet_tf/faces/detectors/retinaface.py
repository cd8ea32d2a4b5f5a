"""RetinaFace finds faces and FAN marks 68 landmarks: the paper's fallback for photos in which OpenFace found none.

Both are the package `face-alignment`'s, the extra `retinaface`, with PyTorch; it downloads their weights at first use.
Its RetinaFace is the small one, with a MobileNet; which one the paper had is not stated.

Not tried: this was written against the package's source (1.5.0) and is tested with a substitute for it, since its
weights are on a server that could not be reached. How well and how fast it works is therefore not measured.

Source: Werner et al. 2020, sec. 2; Deng et al. 2020, "RetinaFace: single-shot multi-level face localisation in the
wild"; Bulat and Tzimiropoulos 2017, "How far are we from solving the 2D & 3D face alignment problem?".
"""

from __future__ import annotations

import contextlib
import os
import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.faces.box_crops import box_of_68
from emotionet_tf.faces.detectors.entry import DetectorSettings
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.landmarks_68 import NUM_POINTS, five_of_68

WEIGHTS_URL = "https://www.adrianbulat.com/downloads/python-fan/"
WEIGHTS_NAMES = ("retinaface_mobilenet0.25.pth", "2DFAN4-11f355bf06.pth.tar")
"""Where the package has its weights from, and what it calls them in PyTorch's folder of checkpoints."""

MAX_SIDE_PX = 1024
"""Larger photos are scaled down to this longer side to find faces, our choice: the network's memory grows with area.
FAN marks the landmarks in the photo itself."""

_MIN_SIDE_PX = 32
"""The coarsest step of the network; smaller photos have no face."""

_WEIGHTS_ONLY = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"


class RetinafaceDetector:
    """Finds faces with 68 landmarks; see `emotionet_tf.faces.detectors.interface.Detector`.

    Raises:
      UserError: If the package is not installed, or its weights are neither there nor can be downloaded.
    """

    name = "retinaface"

    def __init__(self) -> None:
        self._aligner = _aligner()

    def detect(
        self, photos: Sequence[np.ndarray], *, largest_only: bool = True, names: Sequence[str] = ()
    ) -> list[list[Face]]:
        """Returns the faces of each photo, the largest first; see `Detector.detect`."""
        return [self._detect_one(photo, largest_only) for photo in photos]

    def _detect_one(self, photo: np.ndarray, largest_only: bool) -> list[Face]:
        boxes = self._boxes(photo)
        boxes = boxes[np.argsort(-np.prod(boxes[:, 2:4] - boxes[:, :2], axis=1), kind="stable")]
        if largest_only:
            boxes = boxes[:1]
        if not len(boxes):
            return []
        marked = self._aligner.get_landmarks_from_image(photo, detected_faces=list(boxes))
        return [_face(box, points) for box, points in zip(boxes, marked, strict=True)]

    def _boxes(self, photo: np.ndarray) -> np.ndarray:
        """Returns [n, 5] left, top, right, bottom in pixels of the photo, and score."""
        height, width = photo.shape[:2]
        if min(height, width) < _MIN_SIDE_PX:
            return np.empty((0, 5))
        shrink = min(1.0, MAX_SIDE_PX / max(height, width))
        size = max(_MIN_SIDE_PX, round(width * shrink)), max(_MIN_SIDE_PX, round(height * shrink))
        small = photo if shrink == 1 else cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
        found = np.asarray(self._aligner.face_detector.detect_from_image(small), np.float64).reshape(-1, 5)
        found[:, :4] *= np.tile([width / small.shape[1], height / small.shape[0]], 2)
        return found


def build(_: DetectorSettings) -> RetinafaceDetector:
    """Returns the registry's detector."""
    return RetinafaceDetector()


def _face(box: np.ndarray, points: np.ndarray) -> Face:
    points = np.asarray(points, np.float64).reshape(NUM_POINTS, 2)
    # The landmarks' box, not the network's: all detectors with 68 points then frame faces alike.
    return Face(box_of_68(points), float(box[4]), five_of_68(points), points)


def _aligner() -> Any:
    """Returns the package's object that holds both networks; imported here, since it is an extra and takes seconds."""
    try:
        import face_alignment
        import torch
    except ImportError as error:
        raise UserError(
            f"the detector retinaface needs face-alignment ({error}): pip install 'emotionet_tf[retinaface]'"
        ) from error
    # Compiling the networks would write outside the run's folders, and gains nothing where they run a few times.
    options = {"device": "cpu", "face_detector": "retinaface", "compile": False}
    try:
        with _weights_only():
            return face_alignment.FaceAlignment(face_alignment.LandmarksType.TWO_D, **options)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        folder = Path(torch.hub.get_dir(), "checkpoints")
        reason = str(error).strip().partition("\n")[0]
        raise UserError(
            f"the weights of the detector retinaface cannot be downloaded or read ({reason}): put "
            f"{' and '.join(WEIGHTS_NAMES)} from {WEIGHTS_URL} into {folder}"
        ) from error


@contextlib.contextmanager
def _weights_only() -> Iterator[None]:
    """Has PyTorch, which unpickles files of weights, read numbers only, whatever the package asks it for."""
    before = os.environ.get(_WEIGHTS_ONLY)
    os.environ[_WEIGHTS_ONLY] = "1"
    try:
        yield
    finally:
        os.environ.pop(_WEIGHTS_ONLY)
        if before is not None:
            os.environ[_WEIGHTS_ONLY] = before
