"""Head angles from five landmarks: perspective-n-point against a head whose shape may vary.

The convention of the whole library, in radians, for a head seen in the upright image:

- pitch > 0: the nose points down (AU 54); pitch < 0: up (AU 53);
- yaw > 0: the nose points to the image's right, the person's own left (AU 51); yaw < 0: AU 52;
- roll > 0: the head is rotated clockwise in the image, so that its top leans to the image's right, the
  person's own left (AU 55); roll < 0: AU 56.

Angles are relative to the line of sight to the head, not to the camera's axis: photos are cut anyhow, and neither
their lens nor their middle is known. A photo's angles so do not change when it is cut or scaled.

With x to the right, y down and z away from the camera, the head's rotation is R = Rz(roll) Ry(-yaw)
Rx(pitch): roll happens in the image plane, so a horizontal flip negates yaw and roll and keeps pitch.

Five points leave little to spare: six numbers describe the pose, and a smile, which lifts and widens the
mouth, looks much like a head that nods. A bare fit takes a frontal smile for 30 degrees and more. Therefore
the head's shape may vary along `SHAPE_MODES_MM`, and shape, landmarks and angles each have a plausible spread; the
fit is the most probable combination (maximum a posteriori), found by Gauss-Newton steps.

On 394 rendered faces the mean errors with MTCNN's landmarks are 3.6 degrees of yaw, 1.3 of roll and, since five
points tell little of it, 5.8 of pitch (`python -m benchmarks.face_geometry`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from emotionet_tf.faces.mean_head import FIVE_POINTS_MM, SHAPE_MODES_MM

DISTANCE_MM = 700.0
"""Assumed distance of the camera, which decides by how much the nose, being nearer, is enlarged. On renders, values
from 400 to 1000 mm change the mean errors by less than one degree."""

LANDMARK_SPREAD_MM = np.array([1.5, 1.5, 2.0, 2.0, 2.0])
"""How far a detector's landmarks are off, per coordinate, on the head's own scale; rough."""

ANGLE_SPREAD_RADIANS = np.radians([20.0, 30.0, 30.0])
"""How far heads in photos turn from the frontal pose: pitch, yaw, roll; rough."""

LYING_RADIANS = math.radians(60)
"""Roll from which on a face is said to lie on its side; our choice. Few people tilt their heads so far."""

_MAX_STEPS = 15
_SMALL_GAIN = 1e-5
_RIDGE = 1e-9
"""Keeps the steps of points that fit no head finite; of others it changes nothing that can be seen."""
_HALVINGS = 0.5 ** np.arange(6)
Angles = tuple[float, float, float] | None
"""Pitch, yaw and roll of a head in radians; None where unknown."""


def rotation_matrix(pitch: ArrayLike, yaw: ArrayLike, roll: ArrayLike) -> np.ndarray:
    """Returns the [..., 3, 3] rotations of heads with these angles [...], in radians and this convention."""
    angles = np.stack([np.asarray(pitch), np.asarray(yaw), np.asarray(roll)]).astype(np.float64)
    (cp, cy, cr), (sp, sy, sr) = np.cos(angles), np.sin(angles)
    rows = [
        [cr * cy, -cr * sy * sp - sr * cp, -cr * sy * cp + sr * sp],
        [sr * cy, -sr * sy * sp + cr * cp, -sr * sy * cp - cr * sp],
        [sy, cy * sp, cy * cp],
    ]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def head_angles(landmarks: np.ndarray) -> Angles:
    """Returns pitch, yaw and roll in radians of a face, or None where its landmarks fit no head.

    Args:
      landmarks: [5, 2] pixels, in the order of `LANDMARK_NAMES`, in a photo of any size.
    """
    return head_angles_of([landmarks])[0]


def head_angles_of(landmarks: Sequence[np.ndarray]) -> list[Angles]:
    """Returns the angles of several faces, each as `head_angles` does; together they take a fraction of the time."""
    every = [np.asarray(points, np.float64) for points in landmarks]
    is_valid = [bool(np.isfinite(points).all() and np.ptp(points, axis=0).max() > 0) for points in every]
    valid = [points for points, is_one in zip(every, is_valid, strict=True) if is_one]
    if not valid:
        return [None] * len(every)
    angles = _fitted(np.array([_frontal(points) for points in valid]), np.array(valid))[:, :3]
    # A head that hangs upside down may end a little beyond half a turn.
    angles[:, 2] -= 2 * math.pi * np.round(angles[:, 2] / (2 * math.pi))
    fitted = iter(angles.tolist())
    return [tuple(next(fitted)) if is_one else None for is_one in is_valid]


def upright_angles(angles: Angles) -> Angles:
    """Returns the angles as networks take them: of a face that lies, its photo turned by quarters until it does not.

    Networks have learnt from photos that are held upright, and their crops come out upright in any case.
    """
    if angles is None or not lies(angles[2]):
        return angles
    pitch, yaw, roll = angles
    return pitch, yaw, roll - math.pi / 2 * round(roll / (math.pi / 2))


def lies(roll_radians: float | None) -> bool:
    """Returns whether a face of this roll lies on its side or upside down."""
    return roll_radians is not None and abs(roll_radians) >= LYING_RADIANS


def lying_remark(number: int) -> str:
    """Returns a sentence on so many faces that lie on their side or upside down; empty for none."""
    if not number:
        return ""
    faces = "1 face lies" if number == 1 else f"{number} faces lie"
    return (
        f"{faces} on the side or upside down (a roll of {math.degrees(LYING_RADIANS):.0f} degrees and more): where the "
        "person does not, turn the photo"
    )


def _frontal(points: np.ndarray) -> np.ndarray:
    """Returns parameters that put a head without pitch and yaw roughly where the points are.

    They are pitch, yaw, roll, the natural logarithm of the scale in pixels a mm, the place in pixels of the head's
    origin, and the amounts of the shape modes.
    """
    eye_line = points[1] - points[0]
    roll = math.atan2(eye_line[1], eye_line[0])
    flat = FIVE_POINTS_MM[:, :2] @ rotation_matrix(0, 0, roll)[:2, :2].T
    scale = _size(points) / _size(flat)
    origin = points.mean(axis=0) - scale * flat.mean(axis=0)
    return np.array([0, 0, roll, math.log(scale), *origin, *np.zeros(len(SHAPE_MODES_MM))])


def _size(points: np.ndarray) -> float:
    return math.sqrt(np.square(points - points.mean(axis=0)).sum())


def _fitted(parameters: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Returns the parameters [faces, n] that Gauss-Newton steps from a start end in; a step is halved until it helps.

    The spreads leave one optimum: starts turned by 45 degrees end in the same angles as the frontal one. What a face
    gets does not depend on the others but for rounding, less than 1e-8 radians.
    """
    # Misses are counted on the start's scale: on the fitted one a larger head would have the smaller misses. The copy,
    # since numpy 1.26 rounds the exponentials of numbers that lie apart now one way, now another.
    px_per_mm = np.exp(np.ascontiguousarray(parameters[:, 3]))
    nudges = np.array([1e-5] * 4 + [1e-3] * 2 + [1e-5] * len(SHAPE_MODES_MM))
    parameters = parameters.copy()
    residuals = _residuals(parameters[:, None], points, px_per_mm)[:, 0]
    moving = np.arange(len(points))
    for _ in range(_MAX_STEPS):
        own = points[moving], px_per_mm[moving]
        start, misses = parameters[moving], residuals[moving]
        moved = _residuals(start[:, None] + np.diag(nudges), *own)
        slopes = (moved - misses[:, None]) / nudges[:, None]
        # By eigenvectors: NumPy's `solve` keeps every core busy, and rounds now one way, now another.
        lengths, axes = np.linalg.eigh(slopes @ slopes.transpose(0, 2, 1))
        along = (axes.transpose(0, 2, 1) @ (slopes @ misses[:, :, None]))[..., 0]
        step = -(axes @ (along / np.maximum(lengths, _RIDGE))[..., None])[..., 0]
        trials = start[:, None] + step[:, None] * _HALVINGS[:, None]
        trial_residuals = _residuals(trials, *own)
        costs = np.square(trial_residuals).sum(axis=2)
        costs[~np.isfinite(costs)] = np.inf
        best = costs.argmin(axis=1)
        rows = np.arange(len(moving))
        gains = np.square(misses).sum(axis=1) - costs[rows, best]
        helps = gains > 0
        parameters[moving[helps]] = trials[rows, best][helps]
        residuals[moving[helps]] = trial_residuals[rows, best][helps]
        moving = moving[gains >= _SMALL_GAIN]
        if not len(moving):
            break
    return parameters


def _residuals(parameters: np.ndarray, points: np.ndarray, px_per_mm: np.ndarray) -> np.ndarray:
    """Returns [faces, m, residuals] of m sets of parameters for each face, in units of the spreads.

    Their squares add up to the cost.

    Args:
      parameters: [faces, m, n].
      points: [faces, 5, 2].
      px_per_mm: [faces], the scale on which misses are counted.
    """
    angles, scale, origin = (
        parameters[..., :3],
        np.exp(np.ascontiguousarray(parameters[..., 3])),
        parameters[..., 4:6],
    )
    amounts = parameters[..., 6:]
    # Not as a product of matrices, whose rounding depends on how many there are.
    shape = FIVE_POINTS_MM + np.einsum("fmk,kpj->fmpj", amounts, SHAPE_MODES_MM)
    turned = np.einsum("fmij,fmpj->fmpi", rotation_matrix(*np.moveaxis(angles, -1, 0)), shape)
    scales = scale[..., None] * DISTANCE_MM / (DISTANCE_MM + turned[..., 2])
    projected = turned[..., :2] * scales[..., None] + origin[..., None, :]
    misses = (projected - points[:, None]) / px_per_mm[:, None, None, None] / LANDMARK_SPREAD_MM[:, None]
    flat = misses.reshape(*parameters.shape[:2], -1)
    return np.concatenate([flat, angles / ANGLE_SPREAD_RADIANS, amounts], axis=2)
