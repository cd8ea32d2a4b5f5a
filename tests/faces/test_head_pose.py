import math

import numpy as np
import pytest

from emotionet_tf.faces.head_pose import head_angles, head_angles_of, rotation_matrix
from emotionet_tf.faces.mean_head import FIVE_POINTS_MM


def project(pitch: float, yaw: float, roll: float) -> np.ndarray:
    """The head's five points, 800 mm away on the axis of a camera whose middle lies at (150, 120)."""
    points = FIVE_POINTS_MM @ rotation_matrix(pitch, yaw, roll).T + (0, 0, 800.0)
    return 480 * points[:, :2] / points[:, 2:] + (150, 120)


def test_positive_pitch_moves_the_nose_down_the_image():
    assert project(0.3, 0, 0)[2, 1] > project(0, 0, 0)[2, 1] + 3


def test_positive_yaw_moves_the_nose_to_the_images_right():
    assert project(0, 0.3, 0)[2, 0] > project(0, 0, 0)[2, 0] + 3


def test_positive_roll_turns_the_head_clockwise_in_the_image():
    # Clockwise: the top of the head goes right, so the eye at the image's right sinks and the mouth goes
    # left.
    rolled, upright = project(0, 0, 0.3), project(0, 0, 0)
    assert rolled[1, 1] > rolled[0, 1] + 3
    assert rolled[3:, 0].mean() < upright[3:, 0].mean() - 3


@pytest.mark.parametrize("pitch", [-0.4, 0.0, 0.3])
@pytest.mark.parametrize("yaw", [-0.9, -0.2, 0.0, 0.6])
@pytest.mark.parametrize("roll", [-1.0, 0.0, 0.5])
def test_projected_head_gives_its_angles_back(pitch, yaw, roll):
    # The spreads pull the pitch of a frontal head by some degrees, since a nod looks much like a smile.
    estimate = head_angles(project(pitch, yaw, roll))
    assert estimate == pytest.approx((pitch, yaw, roll), abs=0.08)
    assert estimate[1:] == pytest.approx((yaw, roll), abs=0.03)


def test_frontal_smile_is_not_taken_for_a_nod():
    # The mouth's corners 8 mm higher and 6 mm wider apart each, as in a broad smile.
    smile = project(0, 0, 0)
    px_per_mm = (smile[1, 0] - smile[0, 0]) / 63
    smile[3:] += np.array([[-6, -8], [6, -8]]) * px_per_mm
    assert head_angles(smile) == pytest.approx((0, 0, 0), abs=math.radians(12))


def test_cutting_and_scaling_a_photo_changes_no_angle():
    points = project(0.2, 0.3, -0.4)
    assert head_angles(points * 3 + (70, -200)) == pytest.approx(head_angles(points), abs=1e-4)


def test_mirrored_landmarks_negate_yaw_and_roll():
    points = project(0.2, 0.3, -0.4)
    mirrored = points[[1, 0, 2, 4, 3]] * (-1, 1) + (299, 0)
    pitch, yaw, roll = head_angles(points)
    assert head_angles(mirrored) == pytest.approx((pitch, -yaw, -roll), abs=1e-3)


def test_noisy_landmarks_never_end_in_the_mirrored_pose():
    # One pixel of noise at an eye distance of 38 px; the mirrored pose of these angles is 40 degrees away.
    rng = np.random.default_rng(0)
    for _ in range(50):
        noisy = project(0.35, 0.35, 0) + rng.normal(0, 1, (5, 2))
        pitch, yaw, _ = head_angles(noisy)
        assert math.degrees(pitch) > 0
        assert math.degrees(yaw) > 0


def test_landmarks_in_one_place_have_no_pose():
    assert head_angles(np.full((5, 2), 7.0)) is None


def test_landmarks_that_are_no_numbers_have_no_pose():
    assert head_angles(np.full((5, 2), np.nan)) is None


def test_rotation_is_the_product_of_turns_about_the_three_axes():
    pitch, yaw, roll = 0.2, 0.5, -0.7

    def turn(angle: float, first: int, second: int) -> np.ndarray:
        matrix = np.eye(3)
        matrix[first, first] = matrix[second, second] = np.cos(angle)
        matrix[second, first], matrix[first, second] = np.sin(angle), -np.sin(angle)
        return matrix

    expected = turn(roll, 0, 1) @ turn(-yaw, 2, 0) @ turn(pitch, 1, 2)
    np.testing.assert_allclose(rotation_matrix(pitch, yaw, roll), expected, atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(expected), 1)


def test_several_faces_get_what_each_gets_alone():
    random = np.random.default_rng(5)
    turned = [FIVE_POINTS_MM @ rotation_matrix(*random.normal(0, 0.3, 3)).T for _ in range(20)]
    faces = [2 * points[:, :2] + random.normal(0, 1, (5, 2)) for points in turned]
    faces.insert(3, np.full((5, 2), 7.0))  # all in one place: no head
    together = head_angles_of(faces)
    assert together[3] is None and sum(angles is None for angles in together) == 1
    for face, angles in zip(faces, together, strict=True):
        if angles is not None:
            np.testing.assert_allclose(head_angles(face), angles, atol=1e-8)
    assert head_angles_of([]) == []
