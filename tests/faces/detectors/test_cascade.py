from collections.abc import Sequence

import numpy as np
import pytest

from emotionet_tf.faces.detectors.cascade import CascadeDetector
from emotionet_tf.faces.detectors.interface import Face


def level(value: int) -> np.ndarray:
    return np.full((2, 2, 3), value, np.uint8)


class Finder:
    """Finds so many faces in photos of these grey levels, and remembers what it was asked."""

    def __init__(self, name: str, counts: dict[int, int]) -> None:
        self.name, self.counts, self.asked = name, counts, []

    def detect(
        self, photos: Sequence[np.ndarray], *, largest_only: bool = True, names: Sequence[str] = ()
    ) -> list[list[Face]]:
        levels = [int(photo[0, 0, 0]) for photo in photos]
        self.asked.append((levels, list(names)))
        counts = [self.counts.get(value, 0) for value in levels]
        return [
            [
                Face((value, index, 1, 1), 0.9, np.zeros((5, 2)))
                for index in range(min(count, 1 if largest_only else 9))
            ]
            for value, count in zip(levels, counts, strict=True)
        ]


def test_next_detector_sees_only_photos_in_which_those_before_found_nothing():
    finders = [Finder("openface", {1: 1}), Finder("mediapipe", {1: 1, 2: 1}), Finder("mtcnn", {3: 1})]
    cascade = CascadeDetector(finders)
    found = cascade.detect([level(value) for value in (3, 1, 4, 2)], names=["c", "a", "d", "b"])
    assert cascade.name == "openface,mediapipe,mtcnn"
    assert [[(face.detector, face.box[0]) for face in faces] for faces in found] == [
        [("mtcnn", 3)], [("openface", 1)], [], [("mediapipe", 2)],
    ]  # fmt: skip
    assert [finder.asked for finder in finders] == [
        [([3, 1, 4, 2], ["c", "a", "d", "b"])],
        [([3, 4, 2], ["c", "d", "b"])],
        [([3, 4], ["c", "d"])],
    ]


def test_detector_that_nothing_is_left_for_is_not_asked():
    finders = [Finder("first", {1: 1}), Finder("second", {})]
    CascadeDetector(finders).detect([level(1)])
    assert not finders[1].asked
    assert CascadeDetector(finders).detect([]) == []


@pytest.mark.parametrize(("largest_only", "count"), [(True, 1), (False, 3)])
def test_all_faces_or_the_largest_one_are_of_the_first_that_found_any(largest_only, count):
    cascade = CascadeDetector([Finder("first", {1: 3}), Finder("second", {1: 5, 2: 3})])
    found = cascade.detect([level(1), level(2)], largest_only=largest_only)
    assert [[face.detector for face in faces] for faces in found] == [["first"] * count, ["second"] * count]


def test_faces_of_a_photo_do_not_depend_on_the_others():
    def detect(*levels: int) -> dict[int, list]:
        cascade = CascadeDetector([Finder("first", {1: 2}), Finder("second", {2: 2})])
        found = cascade.detect([level(value) for value in levels], largest_only=False)
        return {
            value: [(face.detector, face.box) for face in faces]
            for value, faces in zip(levels, found, strict=True)
        }

    together = detect(1, 2, 3)
    assert together == {**detect(3), **detect(2), **detect(1)}


def test_cascade_of_no_detector_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        CascadeDetector([])
