"""MediaPipe's face mesh: 478 points on every face, of which the 68 landmarks and our five are taken.

The models are inside the package's wheel, the extra `mesh`. The mesh's own graph looks at a whole photo at 128 px
and so finds only faces that fill much of it. Therefore faces are sought by MediaPipe's detector of the longer
range first, at 192 px: in the whole photo, and in overlapping quarters of it for what is too small there. The mesh's
graph then gets a square about each face, in which it has to find the face again; what it does not confirm is dropped.

Results do not depend on other photos: the graphs keep no state between photos. Each thread of each process has graphs
of its own, made when it sees its first photo, since a graph serves one caller at a time and does not outlive a fork.

Source: Kartynnik et al. 2019, "Real-time facial surface geometry from monocular video on mobile GPUs"; Bazarevsky et
al. 2019, "BlazeFace". How they are put together is ours.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from emotionet_tf.console.native_remarks import without_remarks
from emotionet_tf.cpu_cores import num_cores
from emotionet_tf.errors import UserError
from emotionet_tf.faces.aligned_crops import warp
from emotionet_tf.faces.box_crops import box_of_68
from emotionet_tf.faces.detectors.entry import DetectorSettings
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.detectors.mediapipe_points import five_landmarks, landmarks_68

_INPUT_PX = 192
"""Side of what the longer-range detector looks at."""
_CROP_SIDES = 2.2
"""Side of the square that the mesh's graph gets, in sides of the found box."""
_CROP_MAX_PX = 512
"""Larger squares are averaged down to this: the mesh looks at 192 px of a face, and would skip pixels."""
_MAX_FACES = 3
"""Neighbours that may be in a face's square beside it; the face is the one in the middle."""

Found = tuple[np.ndarray, float]
"""A box (left, top, width, height) in pixels of the photo, and its score."""


@dataclass(frozen=True)
class MediapipeSettings:
    """What MediaPipe looks for.

    Attributes:
      min_confidence: Least score of a face, for the detector and for the mesh; the package's default.
      tile_from_px: Photos whose shorter side is at least this are also searched in quarters: where the largest face is
        enough, only if there is none in the whole.
    """

    min_confidence: float = 0.5
    tile_from_px: int = 384

    def __post_init__(self) -> None:
        if not 0 < self.min_confidence < 1:
            raise UserError(f"min_confidence is {self.min_confidence}, expected more than 0 and less than 1")


class MediapipeDetector:
    """Finds faces with 68 landmarks; see `emotionet_tf.faces.detectors.interface.Detector`.

    Args:
      settings: What to look for.
      num_threads: Photos searched side by side; None takes the number of cores.
    Raises:
      UserError: If MediaPipe is not installed, or has no models in it.
    """

    name = "mediapipe"

    def __init__(self, settings: MediapipeSettings | None = None, *, num_threads: int | None = None) -> None:
        self.settings = settings or MediapipeSettings()
        self._num_threads = num_threads or num_cores()
        self._solutions = _solutions()
        self._process = _Process(self._num_threads)

    def detect(
        self, photos: Sequence[np.ndarray], *, largest_only: bool = True, names: Sequence[str] = ()
    ) -> list[list[Face]]:
        """Returns the faces of each photo, the largest first; see `Detector.detect`."""
        if self._process.number != os.getpid():
            self._process = _Process(self._num_threads)
        return list(self._process.threads.map(lambda photo: self._detect_one(photo, largest_only), photos))

    def _detect_one(self, photo: np.ndarray, largest_only: bool) -> list[Face]:
        graphs = self._graphs()
        photo = np.ascontiguousarray(photo)
        faces: list[Face] = []
        for regions in self._levels(photo):
            found = [face for region in regions for face in graphs.find(photo, region)]
            # Neighbouring regions find one face twice: the surest is kept, once it is measured.
            for box, score in sorted(found, key=lambda pair: -pair[1]):
                face = graphs.measured(photo, box, score)
                if face is not None and not any(_are_one(face, other) for other in faces):
                    faces.append(face)
            if faces and largest_only:
                break
        faces.sort(key=lambda face: face.area, reverse=True)
        return faces[:1] if largest_only else faces

    def _graphs(self) -> _Graphs:
        own = self._process.of_thread
        if not hasattr(own, "graphs"):
            own.graphs = _Graphs(self._solutions, self.settings.min_confidence)
        return own.graphs

    def _levels(self, photo: np.ndarray) -> Iterator[list[tuple[int, int, int, int]]]:
        """Yields the regions of a photo to search, (left, top, right, bottom): the whole, then quarters.

        Quarters overlap by half, so that a face that is too small to be found in the whole lies inside of one.
        """
        height, width = photo.shape[:2]
        yield [(0, 0, width, height)]
        if min(height, width) >= self.settings.tile_from_px:
            yield [
                (left, top, left + width // 2, top + height // 2)
                for top in (0, height // 4, height // 2)
                for left in (0, width // 4, width // 2)
            ]


class _Process:
    """What belongs to one process: after a fork the child's threads and graphs are its own."""

    def __init__(self, num_threads: int) -> None:
        self.number = os.getpid()
        self.threads = ThreadPoolExecutor(num_threads)
        self.of_thread = threading.local()


class _Graphs:
    """One thread's graphs."""

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
                graph.process(np.zeros((_INPUT_PX, _INPUT_PX, 3), np.uint8))
        self._has_measured = False

    def find(self, photo: np.ndarray, region: tuple[int, int, int, int]) -> list[Found]:
        """Returns the faces in a region of a photo; the short-range detector is asked where the other finds none."""
        left, top, right, bottom = region
        shrink = min(1.0, _INPUT_PX / max(right - left, bottom - top))
        size = max(1, round((right - left) * shrink)), max(1, round((bottom - top) * shrink))
        small = photo[top:bottom, left:right]
        if shrink < 1:
            small = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
        small = np.ascontiguousarray(small)
        for finder in self._finders:
            if detections := finder.process(small).detections:
                return [_placed(detection, region) for detection in detections]
        return []

    def measured(self, photo: np.ndarray, box: np.ndarray, score: float) -> Face | None:
        """Returns the face in a box with its landmarks, or None where the mesh finds none."""
        square, to_photo = _square(photo, box)
        with nullcontext() if self._has_measured else without_remarks():
            meshes = self._mesh.process(square).multi_face_landmarks or []
        self._has_measured |= bool(meshes)
        points = [np.array([[p.x, p.y] for p in mesh.landmark], np.float64) for mesh in meshes]
        if not points:
            return None
        misses = [float(np.abs(one.mean(axis=0) - 0.5).max()) for one in points]
        if min(misses) > 0.5 / _CROP_SIDES:
            return None
        return _face(to_photo(points[int(np.argmin(misses))]), score)


def _solutions() -> Any:
    """Returns the package's module with graphs and models; imported here, since it takes seconds and is an extra."""
    try:
        import mediapipe
    except ImportError as error:
        raise UserError(
            f"the detector mediapipe needs the package of that name ({error}): pip install 'emotionet_tf[mesh]'"
        ) from error
    if not hasattr(mediapipe, "solutions"):
        raise UserError(
            f"mediapipe {mediapipe.__version__} has no models in it; one that has: pip install 'emotionet_tf[mesh]'"
        )
    return mediapipe.solutions


def _placed(detection: Any, region: tuple[int, int, int, int]) -> Found:
    """Returns a detection's box in pixels of the photo, and its score."""
    left, top, right, bottom = region
    box = detection.location_data.relative_bounding_box
    # Shares run from edge to edge, while a pixel's centre has integer coordinates.
    corner = left + box.xmin * (right - left) - 0.5, top + box.ymin * (bottom - top) - 0.5
    size = box.width * (right - left), box.height * (bottom - top)
    return np.array([*corner, *size]), float(detection.score[0])


def _square(photo: np.ndarray, box: np.ndarray) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Returns the square about a box, and a function from shares of the square's side to pixels of the photo."""
    side = _CROP_SIDES * max(float(box[2]), float(box[3]), 1.0)
    size_px = min(max(16, round(side)), _CROP_MAX_PX)
    scale = size_px / side
    # A pixel's centre has integer coordinates: the middle of a square of n pixels is at (n - 1) / 2.
    shift = (size_px - 1) / 2 - scale * (box[:2] + box[2:] / 2)
    square = warp(photo, np.column_stack([scale * np.eye(2), shift]), size_px)
    return square, lambda shares: (shares * size_px - 0.5 - shift) / scale


def _face(mesh: np.ndarray, score: float) -> Face:
    """Returns the face of a mesh, [478, 2] pixels."""
    points = landmarks_68(mesh)
    return Face(box_of_68(points), score, five_landmarks(mesh), points)


def _are_one(first: Face, second: Face) -> bool:
    """Says whether two boxes are of one face: half of the smaller one lies in the other."""
    low = np.maximum(first.box[:2], second.box[:2])
    high = np.minimum(np.add(first.box[:2], first.box[2:]), np.add(second.box[:2], second.box[2:]))
    return float(np.prod(np.maximum(high - low, 0))) > 0.5 * min(first.area, second.area)


def build(_: DetectorSettings) -> MediapipeDetector:
    """Returns the registry's detector."""
    return MediapipeDetector()
