import numpy as np
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.faces.aligned_crops import crop_transform, warp
from emotionet_tf.faces.box_crops import (
    BOX_CENTRE_BELOW_EYES_MM,
    BOX_SIDE_MM,
    box_transform,
    crop_face,
)
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.mean_head import FIVE_POINTS_MM

# The mean head from the front, 2 px a millimetre, its eyes' middle at (500, 400), in the box that it has on average.
LANDMARKS = FIVE_POINTS_MM[:, :2] * 2 + (500, 400)
SIDE = 2 * BOX_SIDE_MM
BOX = (500 - SIDE / 2 + 20, 400 + 2 * BOX_CENTRE_BELOW_EYES_MM - SIDE / 2, SIDE - 40, SIDE)


@pytest.mark.parametrize("view", ["close_up", "context"])
@pytest.mark.parametrize("size_px", [72, 240])
def test_mean_face_from_the_front_is_framed_as_registration_does(view, size_px):
    expected = crop_transform(LANDMARKS, view, size_px)
    np.testing.assert_allclose(box_transform(BOX, view, size_px), expected, atol=1e-9)


def test_crop_follows_the_boxs_longer_side_and_its_centre():
    left, top, width, height = BOX
    wide = (left + width / 2 - height / 2, top + height / 2 - width / 2, height, width)
    np.testing.assert_allclose(box_transform(wide, "close_up"), box_transform(BOX, "close_up"))
    moved = box_transform((left + 10, top + 5, width, height), "close_up")
    # At (x + 10, y + 5) the moved crop shows what the other shows at (x, y).
    at = np.array([510.0, 405.0, 1.0])
    np.testing.assert_allclose(moved @ at, box_transform(BOX, "close_up") @ [500, 400, 1])


def test_face_is_not_turned_upright_and_landmarks_do_not_matter():
    turn = np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]])
    tilted = (LANDMARKS - (500, 400)) @ turn.T + (500, 400)
    photo = np.random.default_rng(0).integers(0, 256, (900, 1000, 3), np.uint8)
    upright = crop_face(photo, Face(BOX, 1.0, LANDMARKS), "close_up", 64, "box")
    np.testing.assert_array_equal(crop_face(photo, Face(BOX, 1.0, tilted), "close_up", 64, "box"), upright)
    registered = crop_face(photo, Face(BOX, 1.0, tilted), "close_up", 64, "registered")
    assert np.abs(registered.astype(int) - upright).mean() > 5


@pytest.mark.parametrize("view", ["close_up", "context"])
def test_face_with_five_points_has_the_crop_that_they_had_before_there_were_68(view):
    photo = np.random.default_rng(1).integers(0, 256, (900, 1000, 3), np.uint8)
    crop = crop_face(photo, Face(BOX, 1.0, LANDMARKS), view, 64, "registered")
    np.testing.assert_array_equal(crop, warp(photo, crop_transform(LANDMARKS, view, 64), 64))
    # The eyes, 126 px apart in the photo: 63 mm of the side's 180 or 420.
    scale = 64 / {"close_up": 360, "context": 840}[view]
    np.testing.assert_allclose(crop_transform(LANDMARKS, view, 64)[:, 0], [scale, 0], atol=1e-12)


def test_unknown_view_lists_the_views():
    with pytest.raises(UserError, match="'far' must be one of close_up, context"):
        box_transform(BOX, "far")
