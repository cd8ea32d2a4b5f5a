"""Head angles from five landmarks: perspective-n-point against the mean head.

The convention of the whole library, in radians, for a head seen in the upright image:

- pitch > 0: the nose points down (AU 54); pitch < 0: up (AU 53);
- yaw > 0: the nose points to the image's right, the person's own left (AU 51); yaw < 0: AU 52;
- roll > 0: the head is rotated clockwise in the image, so that its top leans to the image's right, the
  person's own left (AU 55); roll < 0: AU 56.

With x to the right, y down and z away from the camera, the head's rotation is R = Rz(roll) Ry(-yaw)
Rx(pitch): roll happens in the image plane, so a horizontal flip negates yaw and roll and keeps pitch.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from emotionet_tf.faces.head_model import FIVE_POINTS_MM

FOCAL_LENGTH_IN_LONG_SIDES = 1.4
"""Assumed focal length over the photo's longer side: a 50 mm lens on a frame 36 mm wide. Photos tell neither
their lens nor how they were cut; half or double this value changes the angles of most faces by a few degrees
only."""

_STARTS_DEGREES = ((0, 0), (0, 45), (0, -45), (35, 0), (-35, 0))
"""Pitch and yaw from which the fit starts. Eyes and mouth are nearly one plane, which has two poses of
similar look; only the nose tip tells them apart, and a fit from one start may end in the wrong one."""

_NO_DISTORTION = np.zeros(4)


def rotation_matrix(pitch: float, yaw: float, roll: float) -> np.ndarray:
    """Returns the [3, 3] rotation of a head with the given angles in radians, in this module's convention."""
    (cp, cy, cr), (sp, sy, sr) = np.cos([pitch, -yaw, roll]), np.sin([pitch, -yaw, roll])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def angles_of(rotation: np.ndarray) -> tuple[float, float, float]:
    """Returns pitch, yaw and roll in radians of a [3, 3] rotation; yaw lies in [-pi/2, pi/2]."""
    pitch = math.atan2(rotation[2, 1], rotation[2, 2])
    yaw = math.asin(min(1.0, max(-1.0, rotation[2, 0])))
    roll = math.atan2(rotation[1, 0], rotation[0, 0])
    return pitch, yaw, roll


def camera_matrix(width_px: int, height_px: int) -> np.ndarray:
    """Returns the [3, 3] matrix of the camera that is assumed for a photo of this size."""
    focal_px = FOCAL_LENGTH_IN_LONG_SIDES * max(width_px, height_px)
    return np.array([[focal_px, 0, (width_px - 1) / 2], [0, focal_px, (height_px - 1) / 2], [0, 0, 1.0]])


def head_angles(
    landmarks: np.ndarray, width_px: int, height_px: int, model_points: np.ndarray = FIVE_POINTS_MM
) -> tuple[float, float, float] | None:
    """Returns pitch, yaw and roll in radians of the head whose landmarks are given, or None where no pose
    fits.

    Of the poses that the fits from several starts end in, the one with the smallest reprojection error
    counts.

    Args:
      landmarks: [n, 2] pixels, in the order of `model_points`; for the default head, of `LANDMARK_NAMES`.
      width_px: Width of the photo that the landmarks lie in; with `height_px` it gives the assumed camera.
      height_px: Height of that photo.
      model_points: [n, 3] the same points on the head, as in `emotionet_tf.faces.head_model`.
    """
    points = np.ascontiguousarray(landmarks, np.float64)
    camera = camera_matrix(width_px, height_px)
    best_error, best_rotation = math.inf, None
    for pitch_degrees, yaw_degrees in _STARTS_DEGREES:
        start = _start(points, camera, model_points, math.radians(pitch_degrees), math.radians(yaw_degrees))
        if start is None:
            return None
        fitted, vector, shift = cv2.solvePnP(
            model_points, points, camera, _NO_DISTORTION, *start, True, cv2.SOLVEPNP_ITERATIVE
        )
        if not fitted or shift[2, 0] <= 0:
            continue
        projected = cv2.projectPoints(model_points, vector, shift, camera, _NO_DISTORTION)[0][:, 0]
        error = float(np.square(projected - points).sum())
        rotation = cv2.Rodrigues(vector)[0]
        if error < best_error and _faces_camera(rotation):
            best_error, best_rotation = error, rotation
    return None if best_rotation is None else angles_of(best_rotation)


def _faces_camera(rotation: np.ndarray) -> bool:
    # The head's own forward direction is -z; a detected face never looks away from the camera.
    return bool(rotation[2, 2] > 0)


def _start(
    points: np.ndarray, camera: np.ndarray, model_points: np.ndarray, pitch: float, yaw: float
) -> tuple[np.ndarray, np.ndarray] | None:
    """Returns a rotation vector [3, 1] and a shift [3, 1] in mm that put the head roughly where the points
    are."""
    eye_line = points[1] - points[0]
    rotation = rotation_matrix(pitch, yaw, math.atan2(eye_line[1], eye_line[0]))
    flat = (model_points @ rotation.T)[:, :2]
    size_mm = math.sqrt(np.square(flat - flat.mean(axis=0)).sum())
    size_px = math.sqrt(np.square(points - points.mean(axis=0)).sum())
    if not size_px > 0:
        return None
    depth = camera[0, 0] * size_mm / size_px
    centre = (points.mean(axis=0) - camera[:2, 2]) / camera[0, 0] * depth - flat.mean(axis=0)
    return cv2.Rodrigues(rotation)[0], np.array([[centre[0]], [centre[1]], [depth]])
