from __future__ import annotations

import cv2
import numpy as np
import pytest

from emotionet_tf.action_units import EXPRESSION
from emotionet_tf.synthetic.dataset.photo_plan import body_stream, identities
from emotionet_tf.synthetic.person.expression import DISTRACTORS, expression_offsets, shape_weights
from emotionet_tf.synthetic.person.head import EYE, LASH
from emotionet_tf.synthetic.person.person import make_body
from emotionet_tf.synthetic.rendering import raster
from emotionet_tf.synthetic.rendering.geometry import Pose, place
from emotionet_tf.synthetic.rendering.pose import HeadAngles
from emotionet_tf.synthetic.rendering.scene import plain_scene, project

UPPER_LIP, LOWER_LIP = (0, 6.608, 1.553), (0, 6.601, 1.540)


def _height(head, intensities, point, lips_part=True) -> float:
    moved = expression_offsets(head, shape_weights(intensities), lips_part)
    return float(moved[head.nearest(point), 1])


@pytest.mark.parametrize("au", EXPRESSION.aus)
def test_every_au_moves_the_face(head, au):
    moved = expression_offsets(head, shape_weights({au: 1.0}), lips_part=True)
    assert np.abs(moved).max() > 0.02


def test_face_at_rest_does_not_move(head):
    assert not expression_offsets(head, shape_weights({}), lips_part=False).any()


@pytest.mark.parametrize("name", DISTRACTORS)
def test_every_distractor_moves_the_face(head, name):
    moved = head.displacement(shape_weights({}, distractors={name: DISTRACTORS[name]}))
    assert np.abs(moved).max() > 0.02


def test_brow_aus_move_the_inner_brow_their_way(head):
    inner_brow = (0.12, 7.47, 1.5)
    assert _height(head, {1: 1.0}, inner_brow) > 0.03
    assert _height(head, {4: 1.0}, inner_brow) < -0.03


def test_mouth_corners_rise_with_au12_and_fall_with_au15(head):
    corner = (0.26, 6.628, 1.435)
    assert _height(head, {12: 1.0}, corner) > 0.03
    assert _height(head, {15: 1.0}, corner) < -0.03


def test_lips_stay_closed_without_au25_and_part_with_it(head):
    def gap(intensities, lips_part):
        return _height(head, intensities, UPPER_LIP, lips_part) - _height(
            head, intensities, LOWER_LIP, lips_part
        )

    assert gap({10: 1.0}, True) > 0.01
    assert gap({10: 1.0}, False) < 0.005
    assert gap({25: 1.0}, True) > 0.03


def test_closed_eyes_cancel_wide_ones():
    weights = shape_weights({5: 1.0, 43: 1.0})
    assert weights["face/eyeWideLeft"] == 0 and weights["face/eyeBlinkLeft"] == 1


def test_asymmetry_moves_the_subjects_left_more():
    weights = shape_weights({12: 1.0}, asymmetry=0.2)
    assert weights["face/mouthSmileLeft"] == pytest.approx(1.5 * weights["face/mouthSmileRight"])


def _pieces_of_eyes(head, number, intensities) -> int:
    """Returns in how many pieces a person's eyeballs are seen."""
    body = make_body(head, number, body_stream(3, "test", number))
    pose = Pose(intensities, HeadAngles(0, 0, 0), lips_part=False)
    geometry = place(head, body, pose, plain_scene(1.2, (0.0, -0.1)))
    is_opaque = head.materials != LASH
    screen = project(geometry.camera, geometry.vertices, 400)
    _, shown, _ = raster.rasterize(screen, head.triangles[is_opaque], 400, 400, True)
    is_eye = (shown >= 0) & (head.materials[is_opaque][shown] == EYE)
    return cv2.connectedComponents(is_eye.astype(np.uint8), connectivity=8)[0] - 1


@pytest.mark.parametrize(
    ("intensities", "pieces"),
    [
        ({}, 2),
        ({6: 1.0}, 2),
        ({6: 1.0, 12: 1.0}, 2),
        ({4: 1.0, 9: 1.0}, 2),
        ({43: 1.0}, 0),
        ({43: 1.0, 6: 1.0, 12: 1.0}, 0),
    ],
)
def test_eyeballs_are_seen_between_the_lids_only(head, intensities, pieces):
    numbers = [number for number, _ in identities(3, "test", 120)]
    assert len(numbers) > 15
    assert [_pieces_of_eyes(head, number, intensities) for number in numbers] == [pieces] * len(numbers)
