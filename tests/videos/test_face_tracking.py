import json

import cv2
import numpy as np
import pytest

from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.videos.tracking import FaceTracker, look_of

SHAPE = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.75], [0.65, 0.75]])
RED, GREEN, BLUE = (180, 110, 100), (120, 160, 120), (100, 110, 150)


def picture(*people: tuple[tuple[int, int, int], int, int], level: int = 120) -> np.ndarray:
    """Returns a frame with squares in people's colours, each 15 px larger all round than the face at (x, y)."""
    pixels = np.full((160, 320, 3), level, np.uint8)
    for colour, x, y in people:
        pixels[y - 15 : y + 55, x - 15 : x + 55] = colour
    return pixels


def face_at(x: float, y: float) -> Face:
    return Face((x, y, 40.0, 40.0), 0.9, SHAPE * 40 + (x, y))


class SquareDetector:
    """Finds coloured squares on grey; where it looks again it takes a square whose middle lies in the box."""

    name = "squares"

    def __init__(self) -> None:
        self.num_searches = self.num_looks = 0

    def detect(self, photos, *, largest_only=True, names=()):
        self.num_searches += 1
        return [self._found(photo) for photo in photos]

    def refined(self, photo, boxes):
        self.num_looks += 1
        found = []
        for left, top, width, height in boxes:
            inside = [
                face
                for face in self._found(photo)
                if left < face.box[0] + 20 < left + width and top < face.box[1] + 20 < top + height
            ]
            found.append(inside[0] if inside else None)
        return found

    @staticmethod
    def _found(photo):
        spread = photo.max(2).astype(int) - photo.min(2)
        count, _, stats, _ = cv2.connectedComponentsWithStats((spread > 30).astype(np.uint8))
        boxes = [stats[index] for index in range(1, count) if stats[index, 4] > 800]
        return [face_at(box[0] + 15.0, box[1] + 15.0) for box in boxes]


class SearchingDetector:
    """The same, but it cannot look where a face was."""

    name = "squares"

    def __init__(self) -> None:
        self.num_searches = 0

    def detect(self, photos, *, largest_only=True, names=()):
        self.num_searches += 1
        return [SquareDetector._found(photo) for photo in photos]


def ids_of(tracker: FaceTracker, frames, first: int = 0) -> list[dict[int, int]]:
    """Returns by frame the numbers of the faces by their left edge."""
    return [
        {int(face.box[0]): face_id for face_id, face in tracker.step(first + number, frame)}
        for number, frame in enumerate(frames)
    ]


def test_moving_face_keeps_its_number_and_is_seldom_searched():
    tracker = FaceTracker(SquareDetector(), search_every=10)
    seen = ids_of(tracker, [picture((RED, 20 + 5 * number, 50)) for number in range(30)])
    assert all(set(one.values()) == {0} for one in seen) and tracker.num_people == 1
    # Frames 0, 10 and 20; in all others it was looked for where it was expected.
    assert (tracker.detector.num_searches, tracker.detector.num_looks) == (3, 27)


def test_face_that_is_lost_is_searched_and_known_again_by_its_look():
    tracker = FaceTracker(SquareDetector(), search_every=1000)
    shown = [picture((RED, 40, 50), (BLUE, 200, 50))] * 3
    hidden = [picture((RED, 40, 50))] * 5
    back = [picture((RED, 40, 50), (BLUE, 120, 100))] * 2
    seen = ids_of(tracker, [*shown, *hidden, *back])
    assert seen[2] == {40: 0, 200: 1} and seen[5] == {40: 0}
    # Nobody looks for a person who is away until the next search.
    assert tracker.detector.num_searches == 2
    tracker.search_every = 1
    assert ids_of(tracker, back, 10)[-1] == {40: 0, 120: 1} and tracker.num_people == 2


def test_somebody_new_gets_a_number_of_their_own():
    tracker = FaceTracker(SquareDetector(), search_every=1)
    seen = ids_of(tracker, [picture((RED, 40, 50)), picture((RED, 40, 50), (GREEN, 200, 50))])
    assert seen == [{40: 0}, {40: 0, 200: 1}]


def test_people_keep_their_numbers_over_a_cut_and_where_they_cross():
    tracker = FaceTracker(SquareDetector(), search_every=5)
    seen = ids_of(tracker, [picture((RED, 40, 50), (BLUE, 200, 50))] * 3)
    searches = tracker.detector.num_searches
    # A cut: another light, and both sit elsewhere.
    after = ids_of(tracker, [picture((BLUE, 30, 90), (RED, 180, 20), level=200)] * 2, 3)
    assert seen[-1] == {40: 0, 200: 1} and after[-1] == {30: 1, 180: 0}
    assert tracker.detector.num_searches == searches + 1
    crossing = [
        picture((RED, 20 + 8 * number, 20), (BLUE, 220 - 8 * number, 100), level=200) for number in range(25)
    ]
    last = ids_of(tracker, crossing, 5)[-1]
    assert last == {20 + 8 * 24: 0, 220 - 8 * 24: 1}


def test_detector_that_cannot_follow_searches_every_frame():
    tracker = FaceTracker(SearchingDetector(), search_every=10)
    seen = ids_of(tracker, [picture((RED, 20 + 5 * number, 50)) for number in range(8)])
    assert tracker.detector.num_searches == 8 and all(set(one.values()) == {0} for one in seen)


def test_restored_tracker_goes_on_as_the_first_would_have():
    frames = [picture((RED, 20 + 4 * n, 50), *([(BLUE, 250, 50)] if n % 7 < 5 else [])) for n in range(40)]
    whole = ids_of(FaceTracker(SquareDetector(), search_every=6), frames)
    first = FaceTracker(SquareDetector(), search_every=6)
    before = ids_of(first, frames[:23])
    second = FaceTracker(SquareDetector(), search_every=6)
    second.restore(json.loads(json.dumps(first.state())))
    assert before + ids_of(second, frames[23:], 23) == whole


def test_look_is_of_length_one_and_tells_colours_apart():
    red, again, blue = (look_of(picture((colour, 40, 50)), face_at(40, 50)) for colour in (RED, RED, BLUE))
    assert np.linalg.norm(red) == pytest.approx(1) and red @ again == pytest.approx(1)
    assert red @ blue < 0.6
