from collections.abc import Sequence
from importlib.resources import files

import cv2
import numpy as np
import pytest

from emotionet_tf.faces.detectors.choice import DetectorChoice
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.detectors.mtcnn import MtcnnDetector
from emotionet_tf.faces.detectors.mtcnn_networks import MtcnnNetworks
from emotionet_tf.faces.detectors.turned_faces import (
    TurnedFaceDetector,
    turned,
    turned_back,
    with_turned_faces,
)
from emotionet_tf.faces.head_pose import head_angles, lies
from emotionet_tf.photos.reading import read_photo
from emotionet_tf.videos.tracking import FaceTracker

LEFT, TOP, SIDE = 30, 10, 20
POINTS = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])
SURE = 0.999


def picture() -> np.ndarray:
    """A "face" is a square with a bright upper half and a dark lower one, on grey."""
    photo = np.full((60, 80, 3), 127, np.uint8)
    photo[TOP : TOP + SIDE // 2, LEFT : LEFT + SIDE] = 250
    photo[TOP + SIDE // 2 : TOP + SIDE, LEFT : LEFT + SIDE] = 5
    return photo


class Mistaken:
    """Finds the square upright and, as surely, upside down; not on its side."""

    name = "mistaken"

    def __init__(self) -> None:
        self.num_photos = 0

    def detect(
        self, photos: Sequence[np.ndarray], *, largest_only: bool = True, names: Sequence[str] = ()
    ) -> list[list[Face]]:
        self.num_photos += len(photos)
        return [self._faces(photo[..., 0]) for photo in photos]

    @staticmethod
    def _faces(photo: np.ndarray) -> list[Face]:
        rows, columns = np.nonzero(photo != 127)
        if not len(rows) or photo[rows[0], columns[0]] != photo[rows[0], columns.max()]:
            return []
        corner = np.array([columns.min(), rows.min()])
        return [Face((*corner.astype(float), SIDE, SIDE), SURE, corner + POINTS * SIDE)]


class Judge:
    """Scores patches by how much brighter the upper half is: log-odds of so many times the difference."""

    def __init__(self, factor: float = 10) -> None:
        self.factor, self.num_patches = factor, 0

    def __call__(self, patches: np.ndarray) -> list[np.ndarray]:
        self.num_patches += len(patches)
        upper, lower = np.array_split(patches, 2, axis=1)
        scores = 1 / (1 + np.exp(-self.factor * (upper - lower).mean(axis=(1, 2, 3))))
        return [np.zeros((len(patches), 4)), np.column_stack([1 - scores, scores])]


def networks(refine: Judge | None = None, output: Judge | None = None) -> MtcnnNetworks:
    return MtcnnNetworks(Judge(), refine or Judge(), output or Judge())


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_turned_face_has_the_landmarks_of_the_upright_one_in_pixels_of_the_photo(quarters):
    upright = Mistaken().detect([picture()])[0][0]
    copy = turned(picture(), quarters)
    (face,) = TurnedFaceDetector(Mistaken(), networks()).detect([copy])[0]
    # The corner pixel of each eye and of the mouth is known from the turn of whole pixel grids: (x, y) is
    # (y, 79 - x) after one quarter anticlockwise, (79 - x, 59 - y) after two, (59 - y, x) after three.
    x, y = upright.landmarks.T
    expected = [(x, y), (y, 79 - x), (79 - x, 59 - y), (59 - y, x)][quarters]
    np.testing.assert_allclose(face.landmarks, np.transpose(expected))
    np.testing.assert_allclose(turned_back(face, quarters, (60, 80)).landmarks, upright.landmarks)


def test_box_of_half_turn_is_the_same_square():
    (face,) = TurnedFaceDetector(Mistaken(), networks()).detect([turned(picture(), 2)])[0]
    # Its far corner (50, 30) becomes (79 - 50, 59 - 30), its near one (30, 10) becomes (49, 49).
    assert face.box == (29, 29, 20, 20)


def test_upright_face_costs_no_further_search():
    finder = Mistaken()
    TurnedFaceDetector(finder, networks()).detect([picture(), picture()])
    assert finder.num_photos == 2


def test_face_that_no_copy_confirms_is_left_out():
    # Prefers the half turn, but its log-odds are 1.63 (see below), and 2.94 are asked for.
    refuses = Judge(1)
    detector = TurnedFaceDetector(Mistaken(), networks(output=refuses))
    assert detector.detect([turned(picture(), 2)]) == [[]]
    assert detector.detect([picture()])[0]


@pytest.mark.parametrize(("factor", "num_patches"), [(0.7, 0), (0.5, 2)])
def test_last_network_is_asked_only_where_the_one_before_is_not_clear(factor, num_patches):
    # The square in which the face is judged lies a pixel lower, so 9 rows of its upper half are bright and 1 is dark, 9
    # of its lower half are dark and 1 is grey. The means, 225.5 and 17.2, differ by 1.63 once normalized, the log-odds
    # of the face and of its half turn by twice that times the factor: 2.28 and 1.63, on both sides of the margin of 2.
    last = Judge()
    detector = TurnedFaceDetector(Mistaken(), networks(Judge(factor), last))
    assert detector.turns_of(picture(), Mistaken().detect([picture()])[0]) == [0]
    assert last.num_patches == num_patches


def test_faces_of_one_photo_are_judged_each_by_itself():
    photo = np.full((60, 160, 3), 127, np.uint8)
    photo[:, :80], photo[:, 80:] = picture(), turned(picture(), 2)
    (upright,) = Mistaken().detect([picture()])[0]
    (hanging,) = Mistaken().detect([turned(picture(), 2)])[0]
    # Unsure, so that it is compared with all four turns.
    moved = Face((hanging.box[0] + 80, *hanging.box[1:]), 0.9, hanging.landmarks + (80, 0))
    detector = TurnedFaceDetector(Mistaken(), networks())
    assert detector.turns_of(photo, [moved, upright, moved]) == [2, 0, 2]
    assert detector.turns_of(photo, []) == []


def test_empty_photo_is_searched_turned_unless_it_is_a_frame():
    finder, empty = Mistaken(), np.full((60, 80, 3), 127, np.uint8)
    detector = TurnedFaceDetector(finder, networks())
    assert detector.detect([empty]) == [[]]
    assert finder.num_photos == 4
    assert detector.without_empty().detect([empty]) == [[]]
    assert finder.num_photos == 5


@pytest.mark.slow
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_real_detector_finds_a_turned_face_where_the_upright_one_is(quarters):
    path = files("emotionet_tf") / "configs" / "faces" / "openpeople_005_neutral.jpg"
    photo = read_photo(str(path))
    detector = with_turned_faces(MtcnnDetector())
    (upright,) = detector.detect([photo])[0]
    (face,) = detector.detect([turned(photo, quarters)])[0]
    back = turned_back(face, quarters, photo.shape)
    np.testing.assert_allclose(back.landmarks, upright.landmarks, atol=3)
    angles = head_angles(face.landmarks)
    assert angles
    # A quarter turn anticlockwise is a roll of -90 degrees.
    off = angles[2] - head_angles(upright.landmarks)[2] + quarters * np.pi / 2
    assert abs((off + np.pi) % (2 * np.pi) - np.pi) < 0.1


def test_folder_of_an_earlier_version_goes_on_without_turned_faces():
    choice = DetectorChoice()
    assert choice.settings()["turned_faces"] is True
    assert choice.as_begun({"max_side_px": 512}).settings()["turned_faces"] is False
    assert choice.as_begun({"turned_faces": True}).settings()["turned_faces"] is True
    asked = DetectorChoice(turned_faces=True)
    assert asked.as_begun({}) is asked


def test_frames_without_a_face_are_searched_turned_at_each_so_many_th_search_only():
    finder = Mistaken()
    tracker = FaceTracker(TurnedFaceDetector(finder, networks()), search_every=4)
    empty = np.full((60, 80, 3), 127, np.uint8)
    for number in range(8):
        assert tracker.step(number, empty) == []
    # Frames 0 and 4 as they are and in three turns, the other six as they are.
    assert finder.num_photos == 2 * 4 + 6


def test_face_that_lies_is_found_in_every_frame():
    tracker = FaceTracker(TurnedFaceDetector(Mistaken(), networks()), search_every=4)
    frames = [tracker.step(number, turned(picture(), 1)) for number in range(6)]
    assert [[face_id for face_id, _ in faces] for faces in frames] == [[0]] * 6


@pytest.mark.parametrize("name", ["001_happy", "002_surprised"])
def test_face_that_turns_over_between_two_searches_is_found_so_in_that_frame(name):
    # MTCNN alone takes the first one, hanging, for an upright face, and finds the second one no more.
    photo = read_photo(str(files("emotionet_tf") / "configs" / "faces" / f"openpeople_{name}.jpg"))
    face = cv2.resize(photo, (160, 160), interpolation=cv2.INTER_AREA)
    frames = [np.full((240, 320, 3), 127, np.uint8) for _ in range(4)]
    for number, frame in enumerate(frames):
        frame[40:200, 80:240] = face if number < 2 else turned(face, 2)
    tracker = FaceTracker(with_turned_faces(MtcnnDetector()), search_every=100)
    found = [tracker.step(number, frame) for number, frame in enumerate(frames)]
    assert [[face_id for face_id, _ in own] for own in found] == [[0]] * 4
    angles = [head_angles(own[0][1].landmarks) for own in found]
    assert [own is not None and lies(own[2]) for own in angles] == [False, False, True, True]
