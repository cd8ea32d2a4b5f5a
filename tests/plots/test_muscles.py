import numpy as np
import pytest

from emotionet_tf.faces.aligned_crops import reference_shape
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.inference.face_result import FaceResult
from emotionet_tf.plots import plot_muscles
from emotionet_tf.plots.muscles import SPOTS, heated, muscle_heat


def face_with(scores: dict[int, float]) -> FaceResult:
    """A face that lies as in an aligned crop of 256 px, but 40 px further right and down, in a photo of 340 px."""
    landmarks = reference_shape("close_up", 256) + 40
    values = np.array(list(scores.values()))
    face = Face((80.0, 60.0, 180.0, 230.0), 0.9, landmarks)
    return FaceResult(face, None, tuple(scores), values, (values >= 0.5).astype(np.int8))


def test_smile_warms_the_cheeks_on_both_sides_alike():
    heat = muscle_heat(face_with({12: 0.8}))
    assert heat.max() == pytest.approx(0.8, abs=0.02)
    # The reference shape's middle lies between two pixels: the mirror image is the same.
    np.testing.assert_allclose(heat, heat[:, ::-1], atol=1e-3)
    rows, columns = np.nonzero(heat > 0.6)
    (eye_left, eye_row), _, _, (mouth_left, mouth_row), _ = reference_shape("close_up", 256)
    assert eye_row < rows.min() and rows.max() < mouth_row + 20
    assert columns.min() < mouth_left and eye_left - 40 < columns.min()


def test_muscle_of_the_smile_leans_from_the_mouth_out_to_the_cheekbone():
    heat = muscle_heat(face_with({12: 1.0}))[:, :128]
    rows, columns = np.nonzero(heat > 0.3)
    assert np.corrcoef(rows, columns)[0, 1] > 0.5  # left in the image: the lower, the nearer to the middle


def test_highest_score_counts_where_muscles_overlap_and_pose_has_no_place():
    both = muscle_heat(face_with({1: 0.9, 2: 0.4}))
    np.testing.assert_array_equal(
        both, np.maximum(muscle_heat(face_with({1: 0.9})), muscle_heat(face_with({2: 0.4})))
    )
    assert not muscle_heat(face_with({51: 1.0, 52: 1.0})).any()


def test_photo_is_changed_where_the_face_is_warm_and_nowhere_else():
    photo = np.full((340, 340, 3), 90, np.uint8)
    np.testing.assert_array_equal(heated(photo, face_with({12: 0.0})), photo)
    warm = heated(photo, face_with({17: 1.0}))
    rows, columns = np.nonzero((warm != photo).any(axis=2))
    # The chin lies 100 mm below the eyes, 256 px being 180 mm, and the face 40 px further right and down.
    chin = reference_shape("close_up", 256)[:2].mean(axis=0) + (40, 40 + 100 * 256 / 180)
    assert abs(columns.mean() - chin[0]) < 2 and abs(rows.mean() - chin[1]) < 4
    assert not (warm[:200] != photo[:200]).any()


def test_plot_shows_the_heated_photo():
    photo = np.full((340, 340, 3), 90, np.uint8)
    axes = plot_muscles(photo, face_with({12: 1.0}))
    np.testing.assert_array_equal(axes.images[0].get_array(), heated(photo, face_with({12: 1.0})))


def test_muscles_lie_on_the_face():
    assert all(-70 < x < 70 and -60 < y < 115 for spots in SPOTS.values() for x, y, *_ in spots)
