"""The door of a network: what is no image or no angle is refused before it becomes a plausible score."""

from __future__ import annotations

from typing import Any

import numpy as np


def checked_images(images: Any, size_px: int) -> np.ndarray:
    """Returns images as a network takes them, [batch, size_px, size_px, 3] float32 in 0..255.

    Args:
      images: Of this shape, RGB: whole numbers from 0 to 255, or floats in this range.
      size_px: Side of the network's image.
    Raises:
      ValueError: If they are of another shape or range: NaN, or floats that do not exceed 1, as where somebody has
        divided by 255.
    """
    given = np.asarray(images)
    if given.shape[1:] != (size_px, size_px, 3) or given.ndim != 4:
        raise ValueError(f"images are [batch, {size_px}, {size_px}, 3], got {given.shape}")
    if given.dtype == np.uint8 or not given.size:
        return given.astype(np.float32)
    least, most = float(given.min()), float(given.max())
    if not (least >= 0 and most <= 255):
        raise ValueError(f"images lie in 0..255, without NaN, got {least:g} to {most:g}")
    if given.dtype.kind == "f" and 0 < most <= 1:
        raise ValueError(
            f"images lie in 0..255, got at most {most:g}: multiply by 255 what was divided by it"
        )
    return given.astype(np.float32, copy=False)


def checked_angles(angles: Any, mask: Any, num_images: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns head angles and what is known of them, [images, 3] float32 each; 0 where they are unknown.

    Args:
      angles: [images, 3] pitch, yaw, roll in radians, NaN where unknown; None for none.
      mask: [images, 3], 1 = known; None is known wherever angles are.
      num_images: How many images there are.
    Raises:
      ValueError: If they are of another shape, or beyond a whole turn, as degrees are.
    """
    shape = (num_images, 3)
    if angles is None:
        return np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    values = np.asarray(angles, np.float32)
    known = np.isfinite(values).astype(np.float32)
    if mask is not None:
        given = np.asarray(mask, np.float32)
        known = known * given if given.shape == values.shape else given
    if values.shape != shape or known.shape != shape:
        raise ValueError(f"angles and their mask are [{num_images}, 3], got {values.shape} and {known.shape}")
    filled = np.where(known > 0, values, 0).astype(np.float32)
    if (np.abs(filled) > 2 * np.pi).any():
        raise ValueError(f"angles are radians, got {np.abs(filled).max():g}: are these degrees?")
    return filled, known
