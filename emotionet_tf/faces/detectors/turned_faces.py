"""Faces that lie on their side or upside down, as in photos whose EXIF does not say how they are to be held.

Detectors know upright faces. In a photo that is turned they find nothing, or a face whose mouth they take for its eyes,
and are sure of it: its score, its landmarks' shape and its angles are those of many upright faces. What tells them is
MTCNN's last network. Shown the face that was found, and the same pixels turned by 90, 180 and 270 degrees, it prefers
the upright ones (`python -m benchmarks.turned_photos`): it judges the faces of any detector.
"""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from emotionet_tf.cpu_cores import num_cores
from emotionet_tf.faces.detectors.interface import Detector, Face, remarks_of
from emotionet_tf.faces.detectors.mtcnn import MtcnnDetector, patches_of
from emotionet_tf.faces.detectors.mtcnn_networks import Network, networks_of
from emotionet_tf.faces.detectors.mtcnn_settings import OUTPUT_PX

_OTHER_TURNS = (2, 1, 3)
"""Quarter turns anticlockwise, in the order in which photos without a face are searched."""
_MARGIN = 0.5
"""By how much the last network's log-odds of a turned face have to be higher, so that upright ones stay as they are:
of 653 that MTCNN finds in upright photos, none is taken for a turned one."""
_SURE = 0.99
"""Score from which on a face without a roll is compared with its half turn only: a face on its side that is taken for
an upright one has a lower score or a roll."""
_SMALL_ROLL = math.radians(20)
_LEAST_TURNED = 0.95
"""Score that the last network must give to a face in a turned copy: what is no face looks like one in some position.
Our choice; of faces in upright photos, 2 in 1000 have less."""
_LEAST_SHARE = 1e-9
_QUARTERS = (None, cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE)


class TurnedFaceDetector:
    """Asks a detector about photos, and about turned copies where it needs them; see `interface.Detector`.

    A copy is searched where nothing was found, and where the last network prefers a found face turned. What is found
    in it is told in pixels of the photo as it is: the landmarks keep their order, image-left first in the upright face,
    so that crops come out upright and the roll is that of the face.

    Args:
      detector: The detector.
      judge: MTCNN's last network, as `MtcnnNetworks.output`.
    Attributes:
      name: The detector's.
    """

    def __init__(self, detector: Detector, judge: Network) -> None:
        self.name = detector.name
        self._detector, self._judge, self._searches_empty = detector, judge, True
        self._threads = ThreadPoolExecutor(num_cores())

    def without_empty(self) -> TurnedFaceDetector:
        """Returns the detector that leaves photos without a face at that, for frames of a video."""
        other = copy.copy(self)
        other._searches_empty = False
        return other

    def detect(
        self, photos: Sequence[np.ndarray], *, largest_only: bool = True, names: Sequence[str] = ()
    ) -> list[list[Face]]:
        """Returns the faces of each photo, the largest first; see `Detector.detect`."""
        found = self._detector.detect(photos, largest_only=largest_only, names=names)
        return list(
            self._threads.map(lambda photo, own: self._checked(photo, own, largest_only), photos, found)
        )

    def remarks(self) -> list[str]:
        """Returns the detector's remarks."""
        return remarks_of(self._detector)

    def _checked(self, photo: np.ndarray, faces: list[Face], largest_only: bool) -> list[Face]:
        turns = [self.turn_of(photo, face) for face in faces]
        if faces and not any(turns):
            return faces
        if not faces and not self._searches_empty:
            return []
        upright = [face for face, turn in zip(faces, turns, strict=True) if not turn]
        other = self._turned_faces(photo, sorted(set(turns) - {0}) or _OTHER_TURNS, largest_only)
        every = upright + [face for face in other if not any(_are_one(face, kept) for kept in upright)]
        every.sort(key=lambda face: face.area, reverse=True)
        return every[:1] if largest_only else every

    def _turned_faces(self, photo: np.ndarray, turns: Iterable[int], largest_only: bool) -> list[Face]:
        """Returns the faces of the turned copy with the surest face, in pixels of the photo; there may be none."""
        best: list[Face] = []
        for turn in turns:
            copy = turned(photo, turn)
            found = self._detector.detect([copy], largest_only=largest_only)[0]
            own = [face for face in found if self._is_upright(copy, face)]
            if own and (not best or _surest(own) > _surest(best)):
                best = [turned_back(face, turn, photo.shape[:2]) for face in own]
        return best

    def _is_upright(self, photo: np.ndarray, face: Face) -> bool:
        turn, score = self._judged(photo, face)
        return not turn and score >= _LEAST_TURNED

    def turn_of(self, photo: np.ndarray, face: Face) -> int:
        """Returns the quarter turns anticlockwise that make a face upright, as far as its place in a photo tells.

        Args:
          photo: [height, width, 3] uint8 RGB.
          face: What a detector found in it as it is.
        """
        return self._judged(photo, face)[0]

    def _judged(self, photo: np.ndarray, face: Face) -> tuple[int, float]:
        """Returns what `turn_of` does, and the last network's score of the face as it was found."""
        eyes = face.landmarks[1] - face.landmarks[0]
        is_sure = face.confidence >= _SURE and abs(math.atan2(eyes[1], eyes[0])) < _SMALL_ROLL
        turns = [0, 2] if is_sure else [0, 1, 2, 3]
        patch = patches_of(photo, _square_of(face)[None], OUTPUT_PX)[0]
        shares = self._judge(np.stack([np.rot90(patch, turn) for turn in turns]))[2].astype(np.float64)
        # Both shares, as the larger one is 1 but for rounding.
        log_odds = np.diff(np.log(np.maximum(shares, _LEAST_SHARE)), axis=1)[:, 0]
        best = int(np.argmax(log_odds))
        return turns[best] if log_odds[best] > log_odds[0] + _MARGIN else 0, float(shares[0, 1])


class _FollowingTurnedFaceDetector(TurnedFaceDetector):
    """With a detector that looks for faces where they were; those that are turned are left to a search."""

    def refined(
        self, photo: np.ndarray, boxes: Sequence[tuple[float, float, float, float]]
    ) -> list[Face | None]:
        """Returns the upright face near each box; None where there is none. See `MtcnnDetector.refined`."""
        assert isinstance(self._detector, MtcnnDetector)
        found = self._detector.refined(photo, boxes)
        return [None if face is None or self.turn_of(photo, face) else face for face in found]


def with_turned_faces(detector: Detector, runtime: str | None = None) -> Detector:
    """Returns a detector that finds turned faces, too.

    Args:
      detector: The detector.
      runtime: What runs MTCNN's last network, as of `networks_of`, for a detector that is not MTCNN itself.
    """
    if isinstance(detector, MtcnnDetector):
        return _FollowingTurnedFaceDetector(detector, detector.networks.output)
    return TurnedFaceDetector(detector, networks_of(runtime).output)


def turned(photo: np.ndarray, turn: int) -> np.ndarray:
    """Returns a photo, turned anticlockwise by so many quarters."""
    code = _QUARTERS[turn]
    return photo if code is None else cv2.rotate(photo, code)


def turned_back(face: Face, turn: int, shape: tuple[int, ...]) -> Face:
    """Returns a face of a turned photo in pixels of the photo as it is.

    Args:
      face: In pixels of `turned(photo, turn)`.
      turn: From 0 to 3.
      shape: Height and width of the photo as it is.
    """
    for quarter in reversed(range(turn)):
        # What the first quarter turned was as wide as the photo, what the second one turned as wide as it is high.
        face = _quarter_back(face, shape[1 - quarter % 2])
    return face


def _quarter_back(face: Face, width: int) -> Face:
    """Returns a face as it was before a quarter turn anticlockwise of a picture of this width.

    The turn takes (x, y) to (y, width - 1 - x).
    """

    def back(points: np.ndarray) -> np.ndarray:
        return np.column_stack([width - 1 - points[:, 1], points[:, 0]])

    left, top, across, down = face.box
    points = None if face.points is None else back(face.points)
    box = (width - 1 - (top + down), left, down, across)
    return dataclasses.replace(face, box=box, landmarks=back(face.landmarks), points=points)


def _square_of(face: Face) -> np.ndarray:
    """Returns the square, (left, top, right, bottom), in which a face is judged.

    It lies about the middle of the box's centre and the landmarks': a face that is found upside down has the box of
    other landmarks, which reaches too far one way, while its landmarks lie the other way.
    """
    left, top, width, height = face.box
    centre = (np.array([left + width / 2, top + height / 2]) + face.landmarks.mean(axis=0)) / 2
    half = max(width, height, 1.0) / 2
    return np.concatenate([centre - half, centre + half])


def _surest(faces: Sequence[Face]) -> float:
    return max(face.confidence for face in faces)


def _are_one(first: Face, second: Face) -> bool:
    """Returns whether the middle of one face lies in the other's box."""
    middle = second.landmarks.mean(axis=0)
    left, top, width, height = first.box
    return bool(left <= middle[0] <= left + width and top <= middle[1] <= top + height)
