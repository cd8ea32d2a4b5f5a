"""The square about a face that MediaPipe's mesh gets, and which of the meshes in it is the face's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from emotionet_tf.faces.aligned_crops import warp

_SIDES = 2.2
"""Side of the square, in sides of the found box."""
_MAX_PX = 512
"""Larger squares are averaged down to this: the mesh looks at 192 px of a face, and would skip pixels."""


def square_about(photo: np.ndarray, box: np.ndarray) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Returns the square about a box, and a function from shares of the square's side to pixels of the photo."""
    side = _SIDES * max(float(box[2]), float(box[3]), 1.0)
    size_px = min(max(16, round(side)), _MAX_PX)
    scale = size_px / side
    # A pixel's centre has integer coordinates: the middle of a square of n pixels is at (n - 1) / 2.
    shift = (size_px - 1) / 2 - scale * (box[:2] + box[2:] / 2)
    square = warp(photo, np.column_stack([scale * np.eye(2), shift]), size_px)
    return square, lambda shares: (shares * size_px - 0.5 - shift) / scale


def middle_one(meshes: Sequence[np.ndarray]) -> int | None:
    """Returns which mesh, [n, 2] in shares of a square, lies about the square's middle; None where none does.

    Neighbours may be in the square, too, and may be all that the mesh's network finds there.
    """
    misses = [float(np.abs(mesh.mean(axis=0) - 0.5).max()) for mesh in meshes]
    if not misses or min(misses) > 0.5 / _SIDES:
        return None
    return int(np.argmin(misses))
