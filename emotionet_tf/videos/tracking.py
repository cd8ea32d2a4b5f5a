"""Faces followed from frame to frame, each with a number that stays with the person.

Between searches a face is looked for only where it was, by the face detector's last network; a search follows when one
is lost, at a cut, and every so many frames. A person who comes back after an occlusion or a cut is known by the
colours of the face, which takes no network; two people of like looks may be taken for each other there.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import cv2
import numpy as np

from emotionet_tf.faces.box_crops import crop_face
from emotionet_tf.faces.detectors.interface import Detector, Face
from emotionet_tf.faces.detectors.turned_faces import TurnedFaceDetector
from emotionet_tf.faces.head_pose import head_angles_of, lies

Box = tuple[float, float, float, float]

_LOOK_PX, _LOOK_BINS = 64, 16
_COLOUR_RANGE = (96, 176)
"""Of both colour channels of CIELAB in OpenCV's bytes: skin, hair and lips lie within; what does not counts as one."""
_LEAST_OVERLAP = 0.3
"""Intersection over union with where a face is expected, from which on it is the same one; our choice."""
_LEAST_LIKENESS = 0.57
"""Likeness from which on a face that was lost is the same person's. On renders of 24 people in one light each, 94 of
100 pairs of one person's photos lie above, and 3 of 100 pairs of two people's."""
_CUT_DIFFERENCE = 28.0
"""Mean difference of two frames' thumbnails, of 255, from which on there is a cut; our choice."""
_LOOK_MEMORY = 0.9
"""Share of a track's look that stays from frame to frame."""
_MOST_TRACKS = 100
"""So many people are remembered, our choice; the one who was not seen for longest is forgotten first."""


@runtime_checkable
class FollowingDetector(Protocol):
    """A face detector that can look for a face where it was."""

    def refined(self, photo: np.ndarray, boxes: Sequence[Box]) -> list[Face | None]:
        """Returns the face near each box; None where there is none."""


@dataclass
class Track:
    """A person who was seen.

    Attributes:
      face_id: Their number, from 0.
      box: Where the face was last: left, top, width, height.
      shift: By how much it moved in the frame before, [2].
      look: [N] what it looks like, of length 1.
      last_frame: The frame in which it was seen last.
      is_shown: Whether it was seen in the frame before.
    """

    face_id: int
    box: Box
    shift: tuple[float, float]
    look: np.ndarray
    last_frame: int
    is_shown: bool = True

    @property
    def expected(self) -> Box:
        """Where the face should be in the next frame."""
        left, top, width, height = self.box
        return left + self.shift[0], top + self.shift[1], width, height


@dataclass
class FaceTracker:
    """Follows the faces of one video, frame by frame.

    Attributes:
      detector: Finds faces; one that cannot look where a face was searches every frame.
      search_every: Frames from one search to the next; 1 searches every frame.
      tracks: The people seen so far.
    """

    detector: Detector
    search_every: int = 10
    tracks: list[Track] = field(default_factory=list)
    _since_search: int = field(default=0, init=False)
    _turned_due: int = field(default=0, init=False)
    _next_id: int = field(default=0, init=False)
    _thumbnail: np.ndarray | None = field(default=None, init=False)

    def step(self, number: int, pixels: np.ndarray) -> list[tuple[int, Face]]:
        """Returns the faces of the next frame with their numbers, the lowest first.

        Args:
          number: Of the frame.
          pixels: [height, width, 3] uint8 RGB.
        """
        is_cut = self._is_cut(pixels)
        shown = [] if is_cut else [track for track in self.tracks if track.is_shown]
        if is_cut or shown:
            # Another scene may lie, and who was here a frame ago may have turned over.
            self._turned_due = 0
        followed = self._followed(pixels, shown)
        if followed is None:
            faces = [face.signed(self.detector.name) for face in self._searched(pixels)]
            self._since_search = 0
        else:
            faces, self._since_search = followed, self._since_search + 1
        return self._numbered(number, pixels, faces, shown)

    @property
    def num_people(self) -> int:
        """How many different people were seen."""
        return self._next_id

    def state(self) -> dict[str, Any]:
        """Returns what the next frame depends on, as JSON can hold it."""
        tracks = [{**vars(track), "look": _packed(track.look)} for track in self.tracks]
        thumbnail = None if self._thumbnail is None else self._thumbnail.tolist()
        return {
            "tracks": tracks,
            "since_search": self._since_search,
            "next_id": self._next_id,
            "thumbnail": thumbnail,
            "turned_due": self._turned_due,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Takes up what `state` returned."""
        self.tracks = [
            Track(
                **{
                    **track,
                    "box": tuple(track["box"]),
                    "shift": tuple(track["shift"]),
                    "look": _unpacked(track["look"]),
                }
            )
            for track in state["tracks"]
        ]
        self._since_search, self._next_id = state["since_search"], state["next_id"]
        self._turned_due = state.get("turned_due", 0)
        self._thumbnail = None if state["thumbnail"] is None else np.array(state["thumbnail"], np.uint8)

    def _is_cut(self, pixels: np.ndarray) -> bool:
        """Returns whether a frame shows another scene than the one before."""
        before, self._thumbnail = (
            self._thumbnail,
            cv2.cvtColor(
                cv2.resize(_sampled(pixels), (32, 18), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY
            ),
        )
        return before is not None and float(cv2.absdiff(before, self._thumbnail).mean()) > _CUT_DIFFERENCE

    def _searched(self, pixels: np.ndarray) -> list[Face]:
        """Returns the faces of a frame; where none was, turned copies are searched in each so-many-th frame only."""
        detector = self.detector
        if isinstance(detector, TurnedFaceDetector) and self._turned_due > 0:
            detector = detector.without_empty()
        faces = detector.detect([pixels], largest_only=False)[0]
        angles = head_angles_of([face.landmarks for face in faces])
        # Where faces lie, those of the next frame will.
        has_lying = any(own is not None and lies(own[2]) for own in angles)
        self._turned_due = 0 if has_lying else (self._turned_due or self.search_every) - 1
        return faces

    def _followed(self, pixels: np.ndarray, shown: Sequence[Track]) -> list[Face] | None:
        """Returns the faces that were shown before, where they are now; None where a search has to find them."""
        if not shown or self._since_search + 1 >= self.search_every:
            return None
        if not isinstance(self.detector, FollowingDetector):
            return None
        found = self.detector.refined(pixels, [track.expected for track in shown])
        faces = [face.signed(self.detector.name) for face in found if face is not None]
        if len(faces) < len(shown):
            return None
        boxes = [face.box for face in faces]
        # Two that look at one face, or one that has slid off, are told apart by a search.
        if any(_overlap(a, b) > _LEAST_OVERLAP for i, a in enumerate(boxes) for b in boxes[:i]):
            return None
        if any(
            _overlap(face.box, track.expected) < _LEAST_OVERLAP
            for face, track in zip(faces, shown, strict=True)
        ):
            return None
        return faces

    def _numbered(
        self, number: int, pixels: np.ndarray, faces: Sequence[Face], shown: Sequence[Track]
    ) -> list[tuple[int, Face]]:
        looks = [look_of(pixels, face) for face in faces]
        owners = self._owners(faces, looks, shown)
        for track in self.tracks:
            track.is_shown = False
        numbered = []
        for face, look, owner in zip(faces, looks, owners, strict=True):
            track = owner or self._new_track(face, look)
            self._update(track, number, face, look, follows=track in shown)
            numbered.append((track.face_id, face))
        return sorted(numbered, key=lambda one: one[0])

    def _owners(
        self, faces: Sequence[Face], looks: Sequence[np.ndarray], shown: Sequence[Track]
    ) -> list[Track | None]:
        """Returns whose face each is, None for somebody new: by place and look of those shown, then by look alone."""
        owners: list[Track | None] = [None] * len(faces)
        near = [
            (_overlap(face.box, track.expected) + _likeness(look, track.look), row, track)
            for row, (face, look) in enumerate(zip(faces, looks, strict=True))
            for track in shown
            if _overlap(face.box, track.expected) >= _LEAST_OVERLAP
        ]
        _give(near, owners)
        alike = [
            (likeness, row, track)
            for row, look in enumerate(looks)
            if owners[row] is None
            for track in self.tracks
            if (likeness := _likeness(look, track.look)) >= _LEAST_LIKENESS
        ]
        _give(alike, owners)
        return owners

    def _new_track(self, face: Face, look: np.ndarray) -> Track:
        track = Track(self._next_id, face.box, (0.0, 0.0), look, -1)
        self._next_id += 1
        if len(self.tracks) >= _MOST_TRACKS:
            self.tracks.remove(min(self.tracks, key=lambda one: one.last_frame))
        self.tracks.append(track)
        return track

    @staticmethod
    def _update(track: Track, number: int, face: Face, look: np.ndarray, *, follows: bool) -> None:
        before, now = _centre(track.box), _centre(face.box)
        track.shift = (now[0] - before[0], now[1] - before[1]) if follows else (0.0, 0.0)
        track.box = face.box
        mixed = _LOOK_MEMORY * track.look + (1 - _LOOK_MEMORY) * look
        track.look = mixed / np.linalg.norm(mixed)
        track.last_frame, track.is_shown = number, True


def look_of(pixels: np.ndarray, face: Face) -> np.ndarray:
    """Returns what a person looks like, [N] of length 1: how often each colour is there on the aligned face.

    The product of two is their Bhattacharyya coefficient. Source: Comaniciu, Ramesh and Meer 2003.
    """
    crop = crop_face(pixels, face, "close_up", _LOOK_PX, "registered")
    # Background shows at the sides of a turned head.
    crop = crop[:, _LOOK_PX // 8 : -_LOOK_PX // 8]
    colours = cv2.cvtColor(cv2.GaussianBlur(crop, (0, 0), 1), cv2.COLOR_RGB2LAB)
    ranges = [0, 256, *_COLOUR_RANGE, *_COLOUR_RANGE]
    counts = cv2.calcHist([colours], [0, 1, 2], None, [_LOOK_BINS] * 3, ranges)
    others = colours.shape[0] * colours.shape[1] - counts.sum()
    look = np.sqrt(np.append(counts.ravel(), others).astype(np.float64))
    return look / float(np.linalg.norm(look))


def _sampled(pixels: np.ndarray) -> np.ndarray:
    """Returns some of a frame's pixels, spread evenly, sixteen or more for each one of a thumbnail."""
    step = max(1, min(pixels.shape[0] // 72, pixels.shape[1] // 128))
    return pixels[::step, ::step]


def _packed(look: np.ndarray) -> str:
    return base64.b64encode(look.tobytes()).decode()


def _unpacked(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text)).copy()


def _likeness(first: np.ndarray, second: np.ndarray) -> float:
    return float(first @ second)


def _give(pairs: list[tuple[float, int, Track]], owners: list[Track | None]) -> None:
    """Gives faces to tracks, the best pair first; each face and each track once."""
    taken = {owner.face_id for owner in owners if owner is not None}
    for _, row, track in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2].face_id)):
        if owners[row] is None and track.face_id not in taken:
            owners[row] = track
            taken.add(track.face_id)


def _overlap(first: Box, second: Box) -> float:
    """Returns intersection over union of two boxes."""
    left, top = max(first[0], second[0]), max(first[1], second[1])
    right = min(first[0] + first[2], second[0] + second[2])
    bottom = min(first[1] + first[3], second[1] + second[3])
    shared = max(0.0, right - left) * max(0.0, bottom - top)
    return shared / max(first[2] * first[3] + second[2] * second[3] - shared, 1e-9)


def _centre(box: Box) -> tuple[float, float]:
    return box[0] + box[2] / 2, box[1] + box[3] / 2
