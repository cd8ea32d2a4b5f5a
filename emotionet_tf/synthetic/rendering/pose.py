"""How the head is turned: angles, the pose AUs they show, and the turned mesh."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from emotionet_tf.faces.head_pose import rotation_matrix
from emotionet_tf.synthetic.person.head import Head

AU_THRESHOLD_RADIANS = math.radians(12)
"""Beyond this angle a pose AU is on."""

_REST_LIMIT_RADIANS = math.radians(9)
"""Heads stay within this angle, or go beyond the threshold: what lies between would be a coder's toss-up."""


class HeadAngles(NamedTuple):
    """The turn of a head in radians, in the convention of `emotionet_tf.faces.head_pose`.

    Left and right of an AU are the subject's own; the subject's left is the image's right.

    Attributes:
      pitch: > 0 nose down (AU 54), < 0 nose up (AU 53).
      yaw: > 0 nose to the image's right (AU 51, turn left), < 0 to its left (AU 52, turn right).
      roll: > 0 clockwise as the viewer sees it, the top leans to the image's right (AU 55, tilt left),
        < 0 counter-clockwise (AU 56, tilt right).
    """

    pitch: float
    yaw: float
    roll: float


POSE_AUS: Mapping[int, tuple[str, int]] = {
    51: ("yaw", 1),
    52: ("yaw", -1),
    53: ("pitch", -1),
    54: ("pitch", 1),
    55: ("roll", 1),
    56: ("roll", -1),
}
"""Angle and sign that switch each pose AU on."""

# Typical excess over the threshold and largest angle, in degrees.
_SPREADS = {"pitch": (6.0, 28.0), "yaw": (11.0, 48.0), "roll": (7.0, 32.0)}


def sample_angles(labels: Mapping[int, int], rng: np.random.Generator) -> HeadAngles:
    """Draws angles that show exactly the given pose AUs."""
    drawn = {}
    for name, (excess, largest) in _SPREADS.items():
        rest = math.degrees(_REST_LIMIT_RADIANS)
        degrees = float(np.clip(rng.normal(0, rest / 2), -rest, rest))
        beyond = float(min(math.degrees(AU_THRESHOLD_RADIANS) + 1 + abs(rng.normal(0, excess)), largest))
        for au, (angle, sign) in POSE_AUS.items():
            if angle == name and labels.get(au):
                degrees = sign * beyond
        drawn[name] = math.radians(degrees)
    return HeadAngles(**drawn)


def mesh_rotation(angles: HeadAngles) -> np.ndarray:
    """Returns the rotation in the mesh's axes (y up, z to the camera), [3, 3] float32."""
    flip = np.diag([1.0, -1.0, -1.0])
    return (flip @ rotation_matrix(*angles) @ flip).astype(np.float32)


def pivot_of(points: np.ndarray) -> np.ndarray:
    """Returns the point about which the head turns, midway between head and neck joint, from [V + J, 3] points."""
    joints = points[-32:]
    return (joints[:8].mean(0) + joints[8:16].mean(0)) / 2


def turned(points: np.ndarray, follow: np.ndarray, angles: HeadAngles, pivot: np.ndarray) -> np.ndarray:
    """Returns points turned about the pivot, [N, 3] float32.

    Args:
      points: [N, 3].
      follow: [N], from 0 (stays with the body) to 1 (turns with the head). In between the point moves from rest to
        half of the turn to the whole turn, which bends the neck without thinning it.
      angles: The turn.
      pivot: [3].
    """
    centred = points - pivot
    full = centred @ mesh_rotation(angles).T
    half = centred @ mesh_rotation(HeadAngles(*(angle / 2 for angle in angles))).T
    share = follow[:, None]
    blended = np.where(
        share > 0.5, half + (full - half) * (2 * share - 1), centred + (half - centred) * 2 * share
    )
    return (blended + pivot).astype(np.float32)


def turned_head(head: Head, points: np.ndarray, angles: HeadAngles) -> np.ndarray:
    """Returns the vertices of a turned head, [V, 3] float32, from its points [V + J, 3]."""
    return turned(points[: len(head.vertices)], head.head_weights, angles, pivot_of(points))
