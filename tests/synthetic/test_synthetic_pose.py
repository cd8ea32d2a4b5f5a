from __future__ import annotations

import math

import numpy as np
import pytest

from emotionet_tf.action_units import POSE
from emotionet_tf.faces.mean_head import FIVE_POINTS_MM, PUPIL_DISTANCE_MM
from emotionet_tf.synthetic.person import landmarks_5
from emotionet_tf.synthetic.person.person import make_body
from emotionet_tf.synthetic.rendering.geometry import Pose, image_landmarks, place
from emotionet_tf.synthetic.rendering.pose import HeadAngles, mesh_rotation, sample_angles
from emotionet_tf.synthetic.rendering.scene import plain_scene


def _shown_aus(angles: HeadAngles) -> dict[int, int]:
    """The pose AUs of a head that is turned by more than 12 degrees."""
    limit = math.radians(12)
    turns = {51: angles.yaw, 53: -angles.pitch, 55: angles.roll}
    turns |= {au + 1: -turn for au, turn in turns.items()}
    return {au: int(turn > limit) for au, turn in turns.items()}


def test_sampled_angles_show_exactly_the_labels_with_a_gap_between():
    rng = np.random.default_rng(0)
    for _ in range(300):
        wanted = {au: 0 for au in POSE.aus}
        wanted[51 + int(rng.integers(2))] = 1
        wanted[53 + int(rng.integers(2))] = int(rng.random() < 0.5)
        wanted[55 + int(rng.integers(2))] = int(rng.random() < 0.5)
        angles = sample_angles(wanted, rng)
        assert _shown_aus(angles) == wanted
        assert not any(math.radians(9.01) < abs(angle) < math.radians(12.99) for angle in angles)


def _landmarks_px(head, angles: HeadAngles) -> np.ndarray:
    body = make_body(head, 1, np.random.default_rng(1))
    geometry = place(head, body, Pose({}, angles), plain_scene())
    return image_landmarks(geometry, 300)


def test_left_landmarks_lie_on_the_left_side_of_the_image(head):
    left_eye, right_eye, nose, mouth_left, mouth_right = _landmarks_px(head, HeadAngles(0, 0, 0))
    assert left_eye[0] < nose[0] < right_eye[0] and mouth_left[0] < nose[0] < mouth_right[0]
    assert left_eye[1] < nose[1] < mouth_left[1]


def test_positive_yaw_moves_the_nose_to_the_images_right(head):
    left_eye, right_eye, nose, *_ = _landmarks_px(head, HeadAngles(0, 0.4, 0))
    assert nose[0] - left_eye[0] > 1.5 * (right_eye[0] - nose[0])


def test_positive_pitch_moves_the_nose_towards_the_mouth(head):
    def share(angles: HeadAngles) -> float:
        points = _landmarks_px(head, angles)
        eyes, mouth = points[:2].mean(0), points[3:].mean(0)
        return (points[2, 1] - eyes[1]) / (mouth[1] - eyes[1])

    assert share(HeadAngles(0.3, 0, 0)) > share(HeadAngles(0, 0, 0)) > share(HeadAngles(-0.3, 0, 0))


def test_positive_roll_lowers_the_eye_on_the_images_right(head):
    points = _landmarks_px(head, HeadAngles(0, 0, 0.3))
    slope = math.atan2(points[1, 1] - points[0, 1], points[1, 0] - points[0, 0])
    assert slope == pytest.approx(0.3, abs=0.05)


def test_mesh_rotation_of_roll_alone_is_clockwise():
    # In the mesh y points up: a clockwise quarter turn takes the top, +y, to the image's right, +x.
    top = mesh_rotation(HeadAngles(0, 0, math.pi / 2)) @ np.array([0, 1, 0])
    np.testing.assert_allclose(top, [1, 0, 0], atol=1e-6)


def test_mean_head_is_symmetric_and_to_scale_and_is_the_detectors_model(head):
    points = landmarks_5.mean_head_points(head)
    assert points[1, 0] - points[0, 0] == pytest.approx(PUPIL_DISTANCE_MM)
    np.testing.assert_allclose(points[[1, 0, 2, 4, 3]] * [-1, 1, 1], points, atol=1e-6)
    # The detector marks the nose's tip where it looks like it, within 2 mm of the mesh's foremost point.
    np.testing.assert_allclose(points, FIVE_POINTS_MM, atol=3)
