"""The map on which the face is painted: a cylinder round the head at rest, and the brushes to paint with.

The mesh's own texture coordinates stretch and cut the face; on a cylinder a line from cheek to chin is a line.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import cv2
import numpy as np

SIDE_PX = 512
HALF_TURN = 1.75
"""The map reaches this many radians to both sides of the nose."""

BOTTOM, TOP = 5.4, 8.6
"""Heights at rest of the map's lower and upper edge."""

AXIS_Z = -0.25
"""Where the cylinder's axis lies."""

PX_PER_RADIAN = (SIDE_PX - 1) / (2 * HALF_TURN)
PX_PER_UNIT = (SIDE_PX - 1) / (TOP - BOTTOM)

Point = tuple[float, float]

_BRUSH_SIDE = 768
"""Brush sizes are given in pixels of a map of this size."""


def to_map(x: float | np.ndarray, y: float | np.ndarray) -> np.ndarray:
    """Returns map pixels [..., 2] of points on the front of the face, given by x and y at rest."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    depth = 1.55 - 0.88 * np.square(np.clip(np.abs(x), 0, 1))
    azimuth = np.arctan2(x, depth - AXIS_Z)
    return np.stack([(azimuth + HALF_TURN) * PX_PER_RADIAN, (TOP - y) * PX_PER_UNIT], -1)


@functools.lru_cache(maxsize=256)
def blob(x: float, y: float, width: float, height: float) -> np.ndarray:
    """Returns a soft spot of value 1 round a point of the face; width and height in brush pixels."""
    column, row = to_map(x, y)
    ramp = np.arange(SIDE_PX, dtype=np.float32)
    scale = SIDE_PX / _BRUSH_SIDE
    down = np.exp(-np.square((ramp - row) / (height * scale)))
    across = np.exp(-np.square((ramp - column) / (width * scale)))
    return (down[:, None] * across[None]).astype(np.float32)


def pair(x: float, y: float, width: float, height: float) -> np.ndarray:
    """Returns two soft spots, at x and -x."""
    return blob(x, y, width, height) + blob(-x, y, width, height)


def noise(rng: np.random.Generator, grain_px: float) -> np.ndarray:
    """Returns smooth noise of about unit spread, with grains of a given size."""
    side = max(2, int(SIDE_PX / grain_px))
    coarse = rng.standard_normal((side, side), np.float32)
    return cv2.resize(coarse, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)


def arc(start: Point, end: Point, bend: float, num_points: int = 10) -> list[Point]:
    """Returns points of a curve; `bend` is its height to the left of the way, as a share of the way."""
    t = np.linspace(0, 1, num_points)
    dx, dy = end[0] - start[0], end[1] - start[1]
    bulge = 4 * bend * t * (1 - t)
    return list(zip(start[0] + dx * t - dy * bulge, start[1] + dy * t + dx * bulge, strict=True))


def mirrored(line: Sequence[Point]) -> list[Sequence[Point]]:
    """Returns a line and its mirror image on the other half of the face."""
    return [line, [(-x, y) for x, y in line]]


def draw(lines: Sequence[Sequence[Point]], width_px: int, blur_px: float) -> np.ndarray:
    """Returns soft lines of value up to 1; they thin out towards their ends."""
    canvas = np.zeros((SIDE_PX, SIDE_PX), np.float32)
    for line in lines:
        pixels = to_map(np.array([x for x, _ in line]), np.array([y for _, y in line]))
        strokes = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
        for i in range(len(pixels) - 1):
            ends = np.rint(pixels[i : i + 2] * 16).astype(np.int32)
            taper = math.sin(math.pi * (i + 0.7) / (len(pixels) + 0.4)) ** 0.6
            cv2.polylines(strokes, [ends], False, 255 * taper, width_px, cv2.LINE_AA, 4)
        canvas = np.maximum(canvas, strokes.astype(np.float32) / 255)
    return cv2.GaussianBlur(canvas, (0, 0), blur_px)
