"""MediaPipe's networks as two functions of a picture: the boxes of faces in it, and the meshes of faces in it.

Up to 0.10.29 the package has graphs ("solutions") with their models. Later ones have the Tasks only, and no models: the
file face_landmarker.task holds them. It has the short-range detector, not the longer-range one.
"""

from __future__ import annotations

import atexit
import concurrent.futures.thread  # noqa: F401 - has its own end registered first; see below.
import hashlib
import io
import os
import threading
import weakref
import zipfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from emotionet_tf.console.native_remarks import without_remarks
from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.mediapipe.settings import MediapipeSettings

INPUT_PX = 192
"""Side of what the longer-range detector looks at."""
_MAX_FACES = 3
"""Neighbours that may be in a face's square beside it; the face is the one in the middle."""
MODEL_URL = "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task"
_MODEL_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
_FINDER = "face_detector.tflite"

Shares = tuple[np.ndarray, float]
"""A box (left, top, width, height) in shares of a picture's sides, and its score."""


class Graphs(Protocol):
    """One thread's networks; pictures are [height, width, 3] RGB in uint8, in one piece.

    Attributes:
      smallest_part: Into how many parts a photo's sides are divided at most to find small faces: 2 for a detector of
        the longer range, 4 for one of the short range, which finds faces from a fifth of a side up.
    """

    smallest_part: int

    def boxes_in(self, picture: np.ndarray) -> list[Shares]:
        """Returns the faces in a picture."""

    def meshes_in(self, picture: np.ndarray) -> list[np.ndarray]:
        """Returns the meshes of the faces in a picture, each [478, 2] in shares of its sides."""


class Package:
    """MediaPipe, imported here, since it takes seconds and is an extra.

    Raises:
      UserError: If MediaPipe is not installed, or has no models in it and none are found.
    """

    def __init__(self, settings: MediapipeSettings) -> None:
        self._package = import_package()
        self._min_confidence = settings.min_confidence
        self._model = b""
        self._used_in = os.getpid()
        if settings.mediapipe_model or not hasattr(self._package, "solutions"):
            self._model = read_model(settings.mediapipe_model)

    def graphs(self) -> Graphs:
        """Returns networks for one thread."""
        if self._model:
            return _TaskGraphs(self._package, self._model, self._min_confidence)
        return _SolutionGraphs(self._package.solutions, self._min_confidence)

    def check_process(self) -> None:
        """Raises RuntimeError in a forked process in which the networks of the Tasks would wait for ever."""
        if self._model and self._used_in != os.getpid():
            raise RuntimeError(
                "mediapipe 1.0 and later cannot find faces in a process that was forked after it was loaded: start "
                'such processes with the method "spawn"'
            )


def default_model() -> Path:
    """Returns where the models are sought that no flag names."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "emotionet_tf" / "face_landmarker.task"


def import_package() -> Any:
    """Returns the package mediapipe; raises UserError if it is not installed."""
    try:
        with without_remarks():
            import mediapipe
    except ImportError as error:
        raise UserError(
            f"the detector mediapipe needs the package of that name ({error}): pip install 'emotionet_tf[mesh]'"
        ) from error
    return mediapipe


def read_model(named: str) -> bytes:
    """Returns the content of face_landmarker.task.

    Args:
      named: The file; empty for the one in the user's cache.
    Raises:
      UserError: If it is missing, or another one by its checksum.
    """
    path = Path(named).expanduser() if named else default_model()
    if not path.is_file():
        if named:
            raise UserError(f"--mediapipe_model {named} is missing; the file is {MODEL_URL}")
        raise UserError(
            f"MediaPipe's models are missing: download {MODEL_URL} (4 MB) to {path}, or elsewhere and name "
            "it by --mediapipe_model=FILE"
        )
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != _MODEL_SHA256:
        raise UserError(
            f"{path} is not the face_landmarker.task that this detector is made for (SHA-256 {_MODEL_SHA256}); that is "
            f"{MODEL_URL}"
        )
    return content


class _FirstMesh:
    """Lets the remarks of the networks go unseen that start with the first face."""

    def __init__(self) -> None:
        self._is_seen = False

    def quietly(self) -> AbstractContextManager[None]:
        return nullcontext() if self._is_seen else without_remarks()

    def seen(self, meshes: Sequence[Any]) -> None:
        self._is_seen |= bool(meshes)


class _SolutionGraphs:
    smallest_part = 2

    def __init__(self, solutions: Any, min_confidence: float) -> None:
        with without_remarks():
            finder, mesh = solutions.face_detection.FaceDetection, solutions.face_mesh.FaceMesh
            self._finders = [
                finder(min_confidence, model_selection=1),
                finder(min_confidence, model_selection=0),
            ]
            self._mesh = mesh(
                static_image_mode=True,
                max_num_faces=_MAX_FACES,
                refine_landmarks=True,
                min_detection_confidence=min_confidence,
            )
            # Graphs start in the background, with their remarks; a first picture waits for that.
            for graph in (*self._finders, self._mesh):
                graph.process(np.zeros((INPUT_PX, INPUT_PX, 3), np.uint8))
        self._first = _FirstMesh()

    def boxes_in(self, picture: np.ndarray) -> list[Shares]:
        """See `Graphs`; the short-range detector is asked where the other finds none."""
        for finder in self._finders:
            if detections := finder.process(picture).detections:
                return [_box_of_solution(detection) for detection in detections]
        return []

    def meshes_in(self, picture: np.ndarray) -> list[np.ndarray]:
        """See `Graphs`."""
        with self._first.quietly():
            meshes = self._mesh.process(picture).multi_face_landmarks or []
        self._first.seen(meshes)
        return [points_of(mesh.landmark) for mesh in meshes]


class _TaskGraphs:
    smallest_part = 4

    def __init__(self, package: Any, model: bytes, min_confidence: float) -> None:
        with without_remarks():
            from mediapipe.tasks.python import BaseOptions, vision

            with zipfile.ZipFile(io.BytesIO(model)) as models:
                finder = models.read(_FINDER)
            self._finder = vision.FaceDetector.create_from_options(
                vision.FaceDetectorOptions(
                    base_options=BaseOptions(model_asset_buffer=finder),
                    min_detection_confidence=min_confidence,
                )
            )
        self._mesh = face_landmarker(model, min_face_detection_confidence=min_confidence)
        self.made_in = os.getpid()
        self._package = package
        self._first = _FirstMesh()
        with without_remarks():
            self.boxes_in(np.zeros((INPUT_PX, INPUT_PX, 3), np.uint8))
        close_at_exit(self)

    def boxes_in(self, picture: np.ndarray) -> list[Shares]:
        """See `Graphs`."""
        height, width = picture.shape[:2]
        boxes = []
        for detection in self._finder.detect(image_of(self._package, picture)).detections:
            box = detection.bounding_box
            shares = [box.origin_x / width, box.origin_y / height, box.width / width, box.height / height]
            boxes.append((np.array(shares), float(detection.categories[0].score)))
        return boxes

    def meshes_in(self, picture: np.ndarray) -> list[np.ndarray]:
        """See `Graphs`."""
        with self._first.quietly():
            meshes = self._mesh.detect(image_of(self._package, picture)).face_landmarks
        self._first.seen(meshes)
        return [points_of(mesh) for mesh in meshes]

    def close(self) -> None:
        """Ends the native threads."""
        with without_remarks():
            self._finder.close()
            self._mesh.close()
        closed(self)


def face_landmarker(model: bytes, **options: Any) -> Any:
    """Returns the Tasks' network of meshes, from the content of face_landmarker.task."""
    with without_remarks():
        from mediapipe.tasks.python import BaseOptions, vision

        base = BaseOptions(model_asset_buffer=model)
        return vision.FaceLandmarker.create_from_options(
            vision.FaceLandmarkerOptions(base_options=base, num_faces=_MAX_FACES, **options)
        )


def image_of(package: Any, picture: np.ndarray) -> Any:
    """Returns a picture, [height, width, 3] RGB in uint8 and in one piece, as the Tasks take it."""
    return package.Image(image_format=package.ImageFormat.SRGB, data=picture)


class _Closable(Protocol):
    made_in: int

    def close(self) -> None:
        """Ends the native threads."""


_OPEN: weakref.WeakSet[_Closable] = weakref.WeakSet()


def close_at_exit(graphs: _Closable) -> None:
    """Has networks of the Tasks closed at the end of the process that made them, if they are still there."""
    _OPEN.add(graphs)


def closed(graphs: _Closable) -> None:
    """Has networks that somebody has closed left alone at the end of the process: a second time is an error."""
    _OPEN.discard(graphs)


def _close_all() -> None:
    """Ends networks that would end themselves when the executors that they need for it are gone, and complain."""
    for graphs in list(_OPEN):
        if graphs.made_in == os.getpid():
            graphs.close()


# Python's own executors end by this, before anything of `atexit`; the latest to register is called first.
getattr(threading, "_register_atexit", atexit.register)(_close_all)


def _box_of_solution(detection: Any) -> Shares:
    box = detection.location_data.relative_bounding_box
    return np.array([box.xmin, box.ymin, box.width, box.height]), float(detection.score[0])


def points_of(landmarks: Any) -> np.ndarray:
    """Returns the points of a mesh, [478, 2] in shares of the picture's sides."""
    return np.array([[point.x, point.y] for point in landmarks], np.float64)
