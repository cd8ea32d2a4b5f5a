"""Several looks at an image inside a network: nearer or farther, blurred, mirrored; the features' mean counts.

What a network says of a face changes with its grain and with where exactly the crop was cut. Of several looks' mean,
less of that is left. A look is linear in rows and in columns, so two constant matrices make it, in every runtime.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from emotionet_tf.errors import UserError

MOST_LOOKS = 16
"""Of one network; each takes the time of one."""
_FORM = "SCALE, SCALE:BLUR or SCALE:BLUR:mirrored"
_MIRRORED = "mirrored"
_SCALES = (0.5, 2.0)
_MOST_BLURRED_PX = 10.0
_NUMBER = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True)
class Look:
    """A look at an image.

    Attributes:
      scale: Above 1, more is shown, and the face becomes smaller; beyond the edges the image is reflected.
      blur_px: Standard deviation of a Gaussian blur, in pixels of the image; 0 is none.
      is_mirrored: Whether left and right are swapped.
    """

    scale: float = 1.0
    blur_px: float = 0.0
    is_mirrored: bool = False

    @classmethod
    def from_text(cls, text: str) -> Look:
        """Returns the look of a text such as "1.05:1.2:mirrored"; raises UserError where there is none."""
        scale, *others = text.split(":")
        blur, *side = others or ["0"]
        if all(map(_NUMBER.fullmatch, (scale, blur))) and side in ([], [_MIRRORED]):
            look = cls(float(scale), float(blur), bool(side))
            if _SCALES[0] <= look.scale <= _SCALES[1] and look.blur_px <= _MOST_BLURRED_PX:
                return look
        raise UserError(
            f"a look must be {_FORM}, with a scale from {_SCALES[0]:g} to {_SCALES[1]:g} and a blur of at most "
            f"{_MOST_BLURRED_PX:g} pixels, got {text!r}"
        )

    def matrices(self, size_px: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns the matrices that make rows and columns of the look, [size, size] each: rows @ image @ columns.T."""
        lines = _blurring(size_px, self.blur_px) @ _scaling(size_px, self.scale)
        return lines, lines[:, ::-1] if self.is_mirrored else lines


def _scaling(size_px: int, scale: float) -> np.ndarray:
    """Returns the matrix of a bilinear look-up around the middle, [size, size]."""
    middle = (size_px - 1) / 2
    places = middle + scale * (np.arange(size_px) - middle)
    matrix = np.zeros((size_px, size_px))
    for row, place in enumerate(places):
        below = math.floor(place)
        matrix[row, _reflected(below, size_px)] += 1 - (place - below)
        matrix[row, _reflected(below + 1, size_px)] += place - below
    return matrix


def _blurring(size_px: int, blur_px: float) -> np.ndarray:
    """Returns the matrix of a Gaussian blur, [size, size]; its rows add up to 1."""
    if not blur_px:
        return np.eye(size_px)
    reach = math.ceil(4 * blur_px)
    steps = np.arange(-reach, reach + 1)
    weights = np.exp(-(steps**2) / (2 * blur_px**2))
    matrix = np.zeros((size_px, size_px))
    for row in range(size_px):
        for step, weight in zip(steps, weights / weights.sum(), strict=True):
            matrix[row, _reflected(row + int(step), size_px)] += weight
    return matrix


def _reflected(place: int, size_px: int) -> int:
    """Returns the pixel that a place beyond an edge shows, the edge's own pixel first."""
    place %= 2 * size_px
    return min(place, 2 * size_px - 1 - place)
