"""MediaPipe's face mesh: 478 points on every face, of which the 68 landmarks and our five are taken.

The mesh's own graph looks at a whole photo at 128 px and so finds only faces that fill much of it. Therefore faces are
sought first by MediaPipe's detector, of the longer range where it is there, at 192 px: in the whole photo, and in
overlapping quarters of it for what is too small there. The mesh's graph then gets a square about each face, in which it
has to find the face again; what it does not confirm is dropped.

Results do not depend on other photos: the graphs keep no state between photos. Each thread of each process has graphs
of its own, made when it sees its first photo, since a graph serves one caller at a time and does not outlive a fork.

Source: Kartynnik et al. 2019, "Real-time facial surface geometry from monocular video on mobile GPUs"; Bazarevsky et
al. 2019, "BlazeFace". How they are put together is ours.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from emotionet_tf.cpu_cores import num_cores
from emotionet_tf.faces.box_crops import box_of_68
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.detectors.mediapipe.graphs import INPUT_PX, Graphs, Package
from emotionet_tf.faces.detectors.mediapipe.points import five_landmarks, landmarks_68
from emotionet_tf.faces.detectors.mediapipe.settings import MediapipeSettings
from emotionet_tf.faces.detectors.mediapipe.squares import middle_one, square_about

Found = tuple[np.ndarray, float]
"""A box (left, top, width, height) in pixels of the photo, and its score."""


class MediapipeDetector:
    """Finds faces with 68 landmarks; see `emotionet_tf.faces.detectors.interface.Detector`.

    Args:
      settings: What to look for.
      num_threads: Photos searched side by side; None takes the number of cores.
    Raises:
      UserError: As `Package`.
    """

    name = "mediapipe"

    def __init__(self, settings: MediapipeSettings | None = None, *, num_threads: int | None = None) -> None:
        self.settings = settings or MediapipeSettings()
        self._num_threads = num_threads or num_cores()
        self._package = Package(self.settings)
        self._process = _Process(self._num_threads)

    def detect(
        self, photos: Sequence[np.ndarray], *, largest_only: bool = True, names: Sequence[str] = ()
    ) -> list[list[Face]]:
        """Returns the faces of each photo, the largest first; see `Detector.detect`.

        Raises:
          RuntimeError: As `Package.check_process`.
        """
        if self._process.number != os.getpid():
            self._package.check_process()
            self._process = _Process(self._num_threads)
        return list(self._process.threads.map(lambda photo: self._detect_one(photo, largest_only), photos))

    def _detect_one(self, photo: np.ndarray, largest_only: bool) -> list[Face]:
        graphs = self._graphs()
        photo = np.ascontiguousarray(photo)
        faces: list[Face] = []
        for regions in self._levels(photo, graphs.smallest_part):
            found = [face for region in regions for face in _find(graphs, photo, region)]
            # Neighbouring regions find one face twice: the surest is kept, once it is measured.
            for box, score in sorted(found, key=lambda pair: -pair[1]):
                face = _measured(graphs, photo, box, score)
                if face is not None and not any(_are_one(face, other) for other in faces):
                    faces.append(face)
            if faces and largest_only:
                break
        faces.sort(key=lambda face: face.area, reverse=True)
        return faces[:1] if largest_only else faces

    def _graphs(self) -> Graphs:
        own = self._process.of_thread
        if not hasattr(own, "graphs"):
            own.graphs = self._package.graphs()
        return own.graphs

    def _levels(self, photo: np.ndarray, smallest_part: int) -> Iterator[list[tuple[int, int, int, int]]]:
        """Yields the regions of a photo to search, (left, top, right, bottom): the whole, then parts of it.

        Parts overlap by half, so that a face that is too small to be found in the whole lies inside of one.
        """
        height, width = photo.shape[:2]
        yield [(0, 0, width, height)]
        parts = 2
        while parts <= smallest_part and min(height, width) >= self.settings.tile_from_px * parts / 2:
            steps = range(2 * parts - 1)
            yield [
                (left, top, left + width // parts, top + height // parts)
                for top in (height * step // (2 * parts) for step in steps)
                for left in (width * step // (2 * parts) for step in steps)
            ]
            parts *= 2


class _Process:
    """What belongs to one process: after a fork the child's threads and graphs are its own."""

    def __init__(self, num_threads: int) -> None:
        self.number = os.getpid()
        self.threads = ThreadPoolExecutor(num_threads)
        self.of_thread = threading.local()


def _find(graphs: Graphs, photo: np.ndarray, region: tuple[int, int, int, int]) -> list[Found]:
    """Returns the faces in a region of a photo."""
    left, top, right, bottom = region
    shrink = min(1.0, INPUT_PX / max(right - left, bottom - top))
    size = max(1, round((right - left) * shrink)), max(1, round((bottom - top) * shrink))
    small = photo[top:bottom, left:right]
    if shrink < 1:
        small = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
    boxes = graphs.boxes_in(np.ascontiguousarray(small))
    return [(_placed(box, region), score) for box, score in boxes]


def _measured(graphs: Graphs, photo: np.ndarray, box: np.ndarray, score: float) -> Face | None:
    """Returns the face in a box with its landmarks, or None where the mesh finds none."""
    square, to_photo = square_about(photo, box)
    points = graphs.meshes_in(square)
    middle = middle_one(points)
    return None if middle is None else _face(to_photo(points[middle]), score)


def _placed(shares: np.ndarray, region: tuple[int, int, int, int]) -> np.ndarray:
    """Returns a box in shares of a region as one in pixels of the photo."""
    left, top, right, bottom = region
    sides = np.array([right - left, bottom - top])
    # Shares run from edge to edge, while a pixel's centre has integer coordinates.
    corner = np.array([left, top]) + shares[:2] * sides - 0.5
    return np.concatenate([corner, shares[2:] * sides])


def _face(mesh: np.ndarray, score: float) -> Face:
    """Returns the face of a mesh, [478, 2] pixels."""
    points = landmarks_68(mesh)
    return Face(box_of_68(points), score, five_landmarks(mesh), points)


def _are_one(first: Face, second: Face) -> bool:
    """Says whether two boxes are of one face: half of the smaller one lies in the other."""
    low = np.maximum(first.box[:2], second.box[:2])
    high = np.minimum(np.add(first.box[:2], first.box[2:]), np.add(second.box[:2], second.box[2:]))
    return float(np.prod(np.maximum(high - low, 0))) > 0.5 * min(first.area, second.area)
