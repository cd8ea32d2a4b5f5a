"""Faces that lie on their side or upside down, as in photos whose EXIF does not say how they are to be held.

Detectors know upright faces. In a photo that is turned they find nothing, or a face whose mouth they take for its eyes,
and are sure of it: its score, its landmarks' shape and its angles are those of many upright faces. What tells them is
MTCNN's last network. Shown the face that was found, and the same pixels turned by 90, 180 and 270 degrees, it prefers
the upright ones (`python -m benchmarks.turned_photos`): it judges the faces of any detector. The network before, which
takes a fifth of the time, is asked first; where it clearly prefers a face as it was found, that settles it.
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
from emotionet_tf.faces.detectors.mtcnn_networks import MtcnnNetworks, Network, networks_of
from emotionet_tf.faces.detectors.mtcnn_settings import OUTPUT_PX, REFINE_PX

_OTHER_TURNS = (2, 1, 3)
"""Quarter turns anticlockwise, in the order in which photos without a face are searched."""
_MARGIN = 0.5
"""By how much the last network's log-odds of a turned face have to be higher, so that upright ones stay as they are:
of 653 that MTCNN finds in upright photos, none is taken for a turned one."""
_CLEAR_MARGIN = 2.0
"""By how much the second network's log-odds of a face as it was found have to be higher than turned, so that the last
one need not be asked."""
_SURE = 0.99
"""Score from which on a face without a roll is compared with its half turn only: a face on its side that is taken for
an upright one has a lower score or a roll."""
_SMALL_ROLL = math.radians(20)
_LEAST_TURNED = math.log(0.95 / 0.05)
"""Log-odds, of a score of 0.95, that the last network must give to a face in a turned copy: what is no face looks like
one in some position. Our choice; of faces in upright photos, 2 in 1000 have less."""
_LEAST_SHARE = 1e-9
_QUARTERS = (None, cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE)


class TurnedFaceDetector:
    """Asks a detector about photos, and about turned copies where it needs them; see `interface.Detector`.

    A copy is searched where nothing was found, and where the last network prefers a found face turned. What is found
    in it is told in pixels of the photo as it is: the landmarks keep their order, image-left first in the upright face,
    so that crops come out upright and the roll is that of the face.

    Args:
      detector: The detector.
      networks: MTCNN's, whose last two judge faces.
    Attributes:
      name: The detector's.
    """

    def __init__(self, detector: Detector, networks: MtcnnNetworks) -> None:
        self.name = detector.name
        self._detector, self._networks, self._searches_empty = detector, networks, True
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
        turns = self.turns_of(photo, faces)
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

    def turns_of(self, photo: np.ndarray, faces: Sequence[Face]) -> list[int]:
        """Returns for each face the quarter turns anticlockwise that make it upright, as far as its place tells.

        Args:
          photo: [height, width, 3] uint8 RGB.
          faces: What a detector found in it as it is.
        """
        turns = [0] * len(faces)
        first = _log_odds(self._networks.refine, REFINE_PX, photo, faces)
        doubtful = [row for row, odds in enumerate(first) if odds[0] < odds[1:].max() + _CLEAR_MARGIN]
        last = _log_odds(self._networks.output, OUTPUT_PX, photo, [faces[row] for row in doubtful])
        for row, odds in zip(doubtful, last, strict=True):
            turns[row] = _preferred_turn(faces[row], odds)
        return turns

    def _is_upright(self, photo: np.ndarray, face: Face) -> bool:
        (odds,) = _log_odds(self._networks.output, OUTPUT_PX, photo, [face])
        return odds[0] >= _LEAST_TURNED and not _preferred_turn(face, odds)


class _FollowingTurnedFaceDetector(TurnedFaceDetector):
    """With a detector that looks for faces where they were; those that are turned are left to a search."""

    def refined(
        self, photo: np.ndarray, boxes: Sequence[tuple[float, float, float, float]]
    ) -> list[Face | None]:
        """Returns the upright face near each box; None where there is none. See `MtcnnDetector.refined`."""
        assert isinstance(self._detector, MtcnnDetector)
        found = self._detector.refined(photo, boxes)
        turns = iter(self.turns_of(photo, [face for face in found if face is not None]))
        return [None if face is None or next(turns) else face for face in found]


def with_turned_faces(detector: Detector, runtime: str | None = None) -> Detector:
    """Returns a detector that finds turned faces, too.

    Args:
      detector: The detector.
      runtime: What runs MTCNN's networks, as of `networks_of`, for a detector that is not MTCNN itself.
    """
    if isinstance(detector, MtcnnDetector):
        return _FollowingTurnedFaceDetector(detector, detector.networks)
    return TurnedFaceDetector(detector, networks_of(runtime))


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


def _log_odds(network: Network, side_px: int, photo: np.ndarray, faces: Sequence[Face]) -> list[np.ndarray]:
    """Returns for each face one of MTCNN's networks' log-odds of it, in its `_turns_to_compare`."""
    if not faces:
        return []
    patches = patches_of(photo, np.array([_square_of(face) for face in faces]), side_px)
    turns = [_turns_to_compare(face) for face in faces]
    views = [np.rot90(patch, turn) for patch, own in zip(patches, turns, strict=True) for turn in own]
    shares = network(np.stack(views))[-1].astype(np.float64)
    # Both shares, as the larger one is 1 but for rounding.
    log_odds = np.diff(np.log(np.maximum(shares, _LEAST_SHARE)), axis=1)[:, 0]
    return np.split(log_odds, np.cumsum([len(own) for own in turns])[:-1])


def _turns_to_compare(face: Face) -> tuple[int, ...]:
    """Returns the quarter turns anticlockwise in which a face is judged, none of them first."""
    eyes = face.landmarks[1] - face.landmarks[0]
    is_sure = face.confidence >= _SURE and abs(math.atan2(eyes[1], eyes[0])) < _SMALL_ROLL
    return (0, 2) if is_sure else (0, 1, 2, 3)


def _preferred_turn(face: Face, log_odds: np.ndarray) -> int:
    """Returns the turn in which the last network prefers a face, given its log-odds in `_turns_to_compare`."""
    best = int(np.argmax(log_odds))
    return _turns_to_compare(face)[best] if log_odds[best] > log_odds[0] + _MARGIN else 0


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
