"""Aligned crops: a similarity transform puts a face's landmarks onto a reference shape, in two views.

The reference shape is one mean head. Where a detector knows 68 landmarks, those that hardly move with expressions are
put onto it (OpenFace's stable subset), otherwise the five: crops of different detectors are so framed alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from emotionet_tf.action_units import VIEWS
from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.landmarks_68 import POINTS_68_MM, STABLE_SUBSET, STABLE_WEIGHTS, known_stable_points
from emotionet_tf.faces.mean_head import FIVE_POINTS_MM

CROP_SIZE_PX = 240
"""Werner et al. 2020, sec. 2: both views have 240 x 240 pixels."""

FIVE_POINT_WEIGHTS = np.array([1.0, 1.0, 0.0, 0.1, 0.1])
"""The eyes hold the face in place: they move with no expression. The mouth's corners weigh little, since
they do move, but keep a turned face, whose eyes seem close together, from being enlarged. The nose's tip,
which sticks out, wanders with every turn and has no say."""


STABLE68, FIVE = "stable68", "five"
"""What a face may be aligned by: known points of the stable subset, or its five landmarks."""


@dataclass(frozen=True)
class Extent:
    """What a view shows, in units of the crop's side, so that crops of any size frame alike.

    Attributes:
      side_mm: Length on the mean head that the crop's side spans.
      eyes_y: Height of the eyes, 0 = upper edge, 1 = lower edge.
    """

    side_mm: float
    eyes_y: float


EXTENTS: Mapping[str, Extent] = {
    # Brows to chin; the margin is for an open jaw and for the input stream's random crop of 224 out of 240.
    "close_up": Extent(side_mm=180.0, eyes_y=0.34),
    # Hair, neck and shoulders too: the pose AUs are relative to the body (Werner et al. 2020, sec. 2).
    "context": Extent(side_mm=420.0, eyes_y=0.40),
}


def extent_of(view: str) -> Extent:
    """Returns what a view shows; raises UserError, which names the views, if there is no such view."""
    if view not in EXTENTS:
        raise UserError(f"view {view!r} must be one of {', '.join(VIEWS)}")
    return EXTENTS[view]


def reference_shape(
    view: str, crop_size_px: int = CROP_SIZE_PX, points_mm: np.ndarray = FIVE_POINTS_MM
) -> np.ndarray:
    """Returns where a view's landmarks belong: the mean head, seen from the front and from afar.

    Args:
      view: "close_up" or "context".
      crop_size_px: Side of the crop.
      points_mm: [n, 3] points of the head, as in `emotionet_tf.faces.mean_head`.
    Returns:
      [n, 2] pixels; a pixel's centre has integer coordinates.
    Raises:
      UserError: If there is no such view.
    """
    extent = extent_of(view)
    in_sides = points_mm[:, :2] / extent.side_mm + (0.5, extent.eyes_y)
    return in_sides * crop_size_px - 0.5


def similarity_transform(
    source: np.ndarray, destination: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Returns the scale, rotation and shift that best move source points onto destination points.

    Minimises sum_i weights_i |s R source_i + t - destination_i|^2 over s > 0, rotations R (no mirroring) and
    t, in closed form.

    Args:
      source: [n, 2] points, n >= 2.
      destination: [n, 2] points.
      weights: [n] from 0 up; None weighs all alike.
    Returns:
      [2, 3] matrix that takes (x, y, 1).
    Raises:
      ValueError: If shapes differ, or the weighted points of `source` or of `destination` are all one point.
    Source: Umeyama 1991, "Least-squares estimation of transformation parameters between two point patterns".
    """
    source, destination = np.asarray(source, np.float64), np.asarray(destination, np.float64)
    if source.shape != destination.shape or source.ndim != 2 or source.shape[1] != 2:
        raise ValueError(f"expected two arrays of shape [n, 2], got {source.shape} and {destination.shape}")
    share = np.ones(len(source)) if weights is None else np.asarray(weights, np.float64)
    if share.shape != (len(source),) or (share < 0).any() or not share.sum() > 0:
        raise ValueError(f"expected {len(source)} weights from 0 up, one of them positive, got {share}")
    share = share[:, None] / share.sum()
    source_mean, destination_mean = (share * source).sum(axis=0), (share * destination).sum(axis=0)
    centred_source, centred_destination = source - source_mean, destination - destination_mean
    covariance = (share * centred_destination).T @ centred_source
    left, lengths, right = np.linalg.svd(covariance)
    # A mirror image would fit no worse where the points are nearly in one line; it is never what a photo
    # shows.
    signs = np.array([1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    rotation = (left * signs) @ right
    spread = float((share * np.square(centred_source)).sum())
    scale = float(lengths @ signs) / spread if spread > 0 else 0.0
    if not scale > 0:
        raise ValueError("the points are all in one place, so they give neither size nor rotation")
    return np.column_stack([scale * rotation, destination_mean - scale * rotation @ source_mean])


def crop_transform(
    landmarks: np.ndarray,
    view: str,
    crop_size_px: int = CROP_SIZE_PX,
    *,
    points_mm: np.ndarray = FIVE_POINTS_MM,
    weights: np.ndarray = FIVE_POINT_WEIGHTS,
) -> np.ndarray:
    """Returns the [2, 3] matrix from photo pixels to pixels of a view's crop.

    Args:
      landmarks: [n, 2] pixels in the photo, in the order of `points_mm`.
      view: "close_up" or "context".
      crop_size_px: Side of the crop.
      points_mm: [n, 3] the same points on the head.
      weights: [n] how much each point counts.
    """
    return similarity_transform(landmarks, reference_shape(view, crop_size_px, points_mm), weights)


def registered_by(face: Face) -> str:
    """Returns by what a face is aligned, `STABLE68` or `FIVE`."""
    return STABLE68 if face.points is not None and known_stable_points(face.points) else FIVE


def face_transform(face: Face, view: str, crop_size_px: int = CROP_SIZE_PX) -> np.ndarray:
    """Returns the [2, 3] matrix from photo pixels to pixels of a view's crop, by the best points that a face has."""
    known = [] if face.points is None else known_stable_points(face.points)
    if face.points is None or not known:
        return crop_transform(face.landmarks, view, crop_size_px)
    weights = STABLE_WEIGHTS[[STABLE_SUBSET.index(number) for number in known]]
    return crop_transform(
        face.points[known], view, crop_size_px, points_mm=POINTS_68_MM[known], weights=weights
    )


def warp(photo: np.ndarray, transform: np.ndarray, crop_size_px: int) -> np.ndarray:
    """Returns the square crop that a similarity transform cuts out of a photo; black where the photo ends.

    A photo that gets smaller is first averaged over areas to the crop's scale: a bilinear look-up alone
    would skip pixels and leave jagged edges and noise.

    Args:
      photo: [height, width, channels] uint8.
      transform: [2, 3] from photo pixels to crop pixels.
      crop_size_px: Side of the crop.
    """
    scale = math.hypot(transform[0, 0], transform[1, 0])
    if scale < 1:
        photo, transform = _shrunk(photo, transform, scale, crop_size_px)
    size = (crop_size_px, crop_size_px)
    return cv2.warpAffine(photo, transform, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)


def _shrunk(
    photo: np.ndarray, transform: np.ndarray, scale: float, crop_size_px: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the region of a photo that a crop needs, at the crop's scale, and the transform from there."""
    inverse = cv2.invertAffineTransform(transform)
    corners = np.array([[x, y, 1] for x in (-1, crop_size_px) for y in (-1, crop_size_px)]) @ inverse.T
    limit = np.array([photo.shape[1], photo.shape[0]])
    # A margin of two crop pixels, so that the cut's own edge is never seen.
    low = np.clip(np.floor(corners.min(axis=0) - 2 / scale), 0, limit - 1).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0) + 2 / scale) + 1, low + 1, limit).astype(int)
    region = photo[low[1] : high[1], low[0] : high[0]]
    size = np.maximum(1, np.round((high - low) * scale)).astype(int)
    small = cv2.resize(region, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA)
    # Pixel centres: x_small + 1/2 = (x_photo - low + 1/2) * ratio.
    ratio = size / (high - low)
    to_photo = np.array(
        [[1 / ratio[0], 0, low[0] + 0.5 / ratio[0] - 0.5], [0, 1 / ratio[1], low[1] + 0.5 / ratio[1] - 0.5]]
    )
    return small, transform @ np.vstack([to_photo, [0, 0, 1]])
