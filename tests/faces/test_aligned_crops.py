import cv2
import numpy as np
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.faces.aligned_crops import (
    crop_transform,
    face_transform,
    reference_shape,
    registered_by,
    similarity_transform,
    warp,
)
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.landmarks_68 import POINTS_68_MM, STABLE_SUBSET
from emotionet_tf.faces.mean_head import FIVE_POINTS_MM


def apply(transform: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ transform[:, :2].T + transform[:, 2]


def cost(matrix: np.ndarray, source: np.ndarray, destination: np.ndarray, weights: np.ndarray) -> float:
    return float((weights[:, None] * (apply(matrix, source) - destination) ** 2).sum())


def test_quarter_turn_with_double_size_is_found_by_hand():
    # (x, y) -> (-2 y + 5, 2 x - 3)
    source = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    destination = np.array([[5.0, -3.0], [5.0, -1.0], [3.0, -3.0]])
    np.testing.assert_allclose(
        similarity_transform(source, destination), [[0, -2, 5], [2, 0, -3]], atol=1e-12
    )


def test_weighted_fit_equals_an_independent_least_squares_solution():
    # Without the rotation's constraint made explicit, (a, b, c, d) in x' = a x - b y + c, y' = b x + a y + d
    # is linear.
    rng = np.random.default_rng(1)
    source, destination, weights = rng.normal(size=(7, 2)), rng.normal(size=(7, 2)), rng.uniform(0, 2, 7)
    rows = [[x, -y, 1, 0] for x, y in source] + [[y, x, 0, 1] for x, y in source]
    root = np.sqrt(np.tile(weights, 2))
    a, b, c, d = np.linalg.lstsq(np.array(rows) * root[:, None], destination.T.ravel() * root, rcond=None)[0]
    np.testing.assert_allclose(similarity_transform(source, destination, weights), [[a, -b, c], [b, a, d]])


def test_mirrored_points_are_fitted_without_mirroring():
    source = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 1.0]])
    transform = similarity_transform(source, source * (-1, 1))
    assert np.linalg.det(transform[:, :2]) > 0


def test_point_of_weight_zero_changes_nothing():
    source = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    weights = np.array([1.0, 1.0, 0.0])
    moved = source + np.array([[0, 0], [0, 0], [9.0, 9.0]])
    np.testing.assert_allclose(
        similarity_transform(source, source, weights),
        similarity_transform(moved, source, weights),
        atol=1e-12,
    )


@pytest.mark.parametrize(
    ("source", "weights", "message"),
    [
        (np.ones((3, 2)), None, "all in one place"),
        (np.eye(2), None, r"two arrays of shape \[n, 2\]"),
        (np.eye(3)[:, :2], np.zeros(3), "3 weights from 0 up"),
    ],
)
def test_points_without_a_transform_are_refused(source, weights, message):
    with pytest.raises(ValueError, match=message):
        similarity_transform(source, np.eye(3)[:, :2], weights)


def test_reference_shape_scales_with_the_crop():
    np.testing.assert_allclose(
        (reference_shape("close_up", 240) + 0.5) / 240, (reference_shape("close_up", 96) + 0.5) / 96
    )


def test_reference_shape_lies_inside_the_crop_and_is_symmetric():
    for view in ("close_up", "context"):
        shape = reference_shape(view, 240)
        assert shape.min() > 0
        assert shape.max() < 239
        np.testing.assert_allclose(shape[[0, 3], 0] + shape[[1, 4], 0], 239)


def test_context_shows_more_than_twice_the_close_ups_width():
    widths = {view: np.ptp(reference_shape(view)[:2, 0]) for view in ("close_up", "context")}
    assert widths["close_up"] > 2 * widths["context"]


def test_unknown_view_names_the_valid_ones():
    with pytest.raises(UserError, match="'wide' must be one of close_up, context"):
        reference_shape("wide")


def test_turned_face_is_not_enlarged_as_much_as_its_eyes_come_together():
    frontal = reference_shape("close_up")
    turned = frontal * (np.cos(np.radians(45)), 1)
    scale = np.linalg.norm(crop_transform(turned, "close_up")[:, 0])
    assert scale < 1.3  # aligned by the eyes alone it would be 1.41


def test_dot_lands_where_the_transform_says_at_every_scale():
    for scale in (0.1, 0.37, 1.0, 2.5):
        photo = np.zeros((700, 900, 3), np.uint8)
        radius = round(3 / min(scale, 1))
        cv2.circle(photo, (420, 310), radius, (255, 255, 255), -1)
        angle = 0.3
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        transform = np.column_stack([turn, (40, 30) - turn @ (420, 310)])
        crop = warp(photo, transform, 80)[:, :, 0].astype(float)
        rows, columns = np.indices(crop.shape)
        centre = (crop * columns).sum() / crop.sum(), (crop * rows).sum() / crop.sum()
        assert centre == pytest.approx((40, 30), abs=0.1), scale


def test_fine_pattern_becomes_even_grey_when_shrunk():
    # A checkerboard of single pixels has no detail left at a tenth of the size.
    photo = np.repeat((np.indices((600, 600)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None], 3, axis=2)
    crop = warp(photo, np.array([[0.1, 0, 0], [0, 0.1, 0]]), 50)
    assert crop[2:-2, 2:-2].std() < 3
    assert crop[2:-2, 2:-2].mean() == pytest.approx(127.5, abs=2)


def test_crop_beyond_the_photo_is_black():
    photo = np.full((60, 60, 3), 255, np.uint8)
    five = np.array([[20, 20], [40, 20], [30, 33], [22, 43], [38, 43.0]])
    crop = warp(photo, crop_transform(five, "context", 64), 64)
    assert crop.shape == (64, 64, 3)
    assert (crop[0] == 0).all()
    assert (crop[-1] == 0).all()


BOX = (0.0, 0.0, 100.0, 100.0)


def face_of_mean_head(px_per_mm: float = 2.0, place: tuple[float, float] = (300, 200)) -> Face:
    five, points = (mm[:, :2] * px_per_mm + place for mm in (FIVE_POINTS_MM, POINTS_68_MM))
    return Face(BOX, 1.0, five, points)


@pytest.mark.parametrize("view", ["close_up", "context"])
def test_mean_head_is_framed_alike_by_both_kinds_of_points(view):
    face = face_of_mean_head()
    assert registered_by(face) == "stable68"
    np.testing.assert_allclose(
        face_transform(face, view), face_transform(Face(BOX, 1.0, face.landmarks), view), atol=1e-9
    )


def test_only_the_stable_subset_registers_a_face():
    face = face_of_mean_head()
    expected = face_transform(face, "close_up")
    others = [number for number in range(68) if number not in STABLE_SUBSET]
    face.points[others] += 40
    face.landmarks[:] += 7
    np.testing.assert_allclose(face_transform(face, "close_up"), expected, atol=1e-9)
    face.points[STABLE_SUBSET[10]] += 40
    assert np.abs(face_transform(face, "close_up") - expected).max() > 0.1


def test_unknown_stable_points_are_left_out():
    face = face_of_mean_head()
    expected = face_transform(face, "close_up")
    face.points[:17] = np.nan
    assert registered_by(face) == "stable68"
    np.testing.assert_allclose(face_transform(face, "close_up"), expected, atol=1e-9)


@pytest.mark.parametrize("unknown", [range(42, 48), (*range(17), *range(27, 36))])
def test_face_with_an_unknown_eye_or_too_few_points_is_registered_by_five(unknown):
    face = face_of_mean_head()
    face.points[list(unknown)] = np.nan
    five = Face(BOX, 1.0, face.landmarks + 3)
    assert registered_by(face) == registered_by(five) == "five"
    np.testing.assert_array_equal(
        face_transform(Face(BOX, 1.0, five.landmarks, face.points), "close_up"),
        crop_transform(five.landmarks, "close_up"),
    )
