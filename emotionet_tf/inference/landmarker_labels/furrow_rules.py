"""What the skin between the brows says of AU 4, where MediaPipe's mesh tells where to look.

AU 4 folds the skin between the brows into vertical furrows, and the root of the nose into horizontal ones (Facial
Action Coding System, Ekman, Friesen and Hager 2002). Some faces have furrows at rest, old ones above all, so that lines
count for less where the cheeks have them, too, and only clear cases are labelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from emotionet_tf.faces.aligned_crops import warp

_RIGHT_EYE, _LEFT_EYE = (33, 133), (362, 263)
_RIGHT_BROW_END, _LEFT_BROW_END = (55, 107), (285, 336)
_BETWEEN_BROWS = (8, 9)
_NOSE_ROOT = (168, 6)
_CHEEKS = (50, 280)
_NOSE_TIP = (1,)

_EYES_APART_PX = 40
_SIDE_PX = 96
_EYES_AT_PX = (48.0, 46.0)
_BLUR_PX = 1.0
_DARKEST = 12.0
_FAINTEST = 1e-4
_SAME_SIDE = 0.12


class Skin(NamedTuple):
    """A face as the rules look at it.

    Attributes:
      square: [side, side, 3] RGB uint8, a square about the face.
      mesh: [478, 2] or more columns, x to the right and y down in shares of the square's side.
    """

    square: np.ndarray
    mesh: np.ndarray


@dataclass(frozen=True)
class FurrowRule:
    """What furrows between the brows say of an AU; between the limits, and of a turned face, they say nothing.

    Attributes:
      absent_to: Up to these `frown_lines` the AU is absent.
      present_from: From these on it is present.
    """

    absent_to: float
    present_from: float

    def label(self, skin: Skin) -> bool | None:
        """Returns whether the AU is present, None where that is unknown."""
        if is_turned(skin.mesh):
            return None
        lines = frown_lines(skin)
        return None if self.absent_to < lines < self.present_from else lines >= self.present_from


def turned_by(mesh: np.ndarray) -> float:
    """Returns how far the nose's tip is from the middle between the eyes, across, in distances of the eyes."""
    right, left, nose = (_middle(mesh[:, :2], one) for one in (_RIGHT_EYE, _LEFT_EYE, _NOSE_TIP))
    across = left - right
    return abs(float((nose - right) @ across / (across @ across)) - 0.5)


def is_turned(mesh: np.ndarray) -> bool:
    """Tells whether a face looks to a side, so that its furrows are not seen as they are."""
    return turned_by(mesh) >= _SAME_SIDE


def frown_lines(skin: Skin) -> float:
    """Returns how much stronger the lines are that AU 4 makes than other ones, as a sum of logarithms; our choice.

    Vertical lines between the brows count, and horizontal ones at the root of the nose, each less a share of those
    that cross them, which are folds of another kind, or grain; less a half of the cheeks'.
    """
    patch, at = _patch(skin)
    upright, level = _dark_lines(patch)
    brows = _between_brows(at)
    root = _window(_middle(at, _NOSE_ROOT), 5, 4)
    cheeks = [_window(at[vertex], 4, 4) for vertex in _CHEEKS]
    frown = _strength(upright, brows) - 0.3 * _strength(level, brows)
    fold = _strength(level, root) - 0.5 * _strength(upright, root)
    rest = np.mean([_strength(lines, cheek) for lines in (upright, level) for cheek in cheeks])
    return 1.4 * frown + fold - 0.5 * float(rest)


def _patch(skin: Skin) -> tuple[np.ndarray, np.ndarray]:
    """Returns the face upright and at one scale, [96, 96, 3], and where the mesh's vertices are in it, [478, 2]."""
    side = skin.square.shape[0]
    # A pixel's centre has integer coordinates.
    mesh = skin.mesh[:, :2] * side - 0.5
    right, left = _middle(mesh, _RIGHT_EYE), _middle(mesh, _LEFT_EYE)
    across = (left - right) / np.linalg.norm(left - right)
    turn = _EYES_APART_PX / np.linalg.norm(left - right) * np.array([across, [-across[1], across[0]]])
    shift = np.array(_EYES_AT_PX) - turn @ (left + right) / 2
    return warp(skin.square, np.column_stack([turn, shift]), _SIDE_PX), mesh @ turn.T + shift


def _dark_lines(patch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns how much darker each pixel is than those beside it, and than those above and below; 0 where it is not.

    [side, side] each, the second derivatives of the logarithm of a blurred brightness, so that light does not count.
    """
    grey = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY).astype(np.float32)
    smooth = cv2.GaussianBlur(np.log(grey + _DARKEST), (0, 0), _BLUR_PX)
    padded = np.pad(smooth, 1, mode="edge")
    beside = padded[1:-1, :-2] + padded[1:-1, 2:] - 2 * smooth
    above = padded[:-2, 1:-1] + padded[2:, 1:-1] - 2 * smooth
    return np.maximum(beside, 0), np.maximum(above, 0)


def _between_brows(at: np.ndarray) -> tuple[slice, slice]:
    right, left = _middle(at, _RIGHT_BROW_END)[0], _middle(at, _LEFT_BROW_END)[0]
    bottom = _middle(at, _BETWEEN_BROWS)[1] + 3
    return _slices(bottom - 10, bottom, right - 2, left + 3)


def _window(middle: np.ndarray, half_width: float, half_height: float) -> tuple[slice, slice]:
    x, y = middle
    return _slices(y - half_height, y + half_height, x - half_width, x + half_width)


def _slices(top: float, bottom: float, left: float, right: float) -> tuple[slice, slice]:
    """Returns the pixels between some bounds, at least one, inside the patch."""
    rows, columns = (
        (int(np.clip(round(low), 0, _SIDE_PX - 1)), round(high))
        for low, high in ((top, bottom), (left, right))
    )
    return slice(rows[0], max(rows[1], rows[0] + 1)), slice(columns[0], max(columns[1], columns[0] + 1))


def _strength(lines: np.ndarray, window: tuple[slice, slice]) -> float:
    return float(np.log(lines[window].mean() + _FAINTEST))


def _middle(points: np.ndarray, vertices: tuple[int, ...]) -> np.ndarray:
    middle: np.ndarray = points[list(vertices)].mean(axis=0)
    return middle


RULES: Mapping[int, FurrowRule] = {4: FurrowRule(-4.66, -2.9)}
"""The AUs that furrows can label, and the limits: percentiles 60 and 93 of 1,620 free faces that look ahead."""
