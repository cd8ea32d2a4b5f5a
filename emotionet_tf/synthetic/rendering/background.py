"""What lies behind the head: blurred rooms, gardens, streets and studio walls, made of noise and soft shapes."""

from __future__ import annotations

import cv2
import numpy as np

# Linear colours: each place has a palette of a few that belong together.
_PALETTES = (
    ((0.55, 0.50, 0.43), (0.35, 0.29, 0.22), (0.12, 0.09, 0.07), (0.75, 0.72, 0.66)),
    ((0.05, 0.09, 0.03), (0.12, 0.2, 0.06), (0.25, 0.33, 0.12), (0.5, 0.55, 0.4)),
    ((0.3, 0.42, 0.6), (0.55, 0.63, 0.72), (0.2, 0.22, 0.2), (0.33, 0.3, 0.25)),
    ((0.04, 0.04, 0.05), (0.1, 0.09, 0.1), (0.02, 0.02, 0.03), (0.5, 0.38, 0.2)),
    ((0.25, 0.25, 0.27), (0.4, 0.4, 0.41), (0.12, 0.12, 0.13), (0.6, 0.6, 0.6)),
    ((0.2, 0.1, 0.06), (0.36, 0.2, 0.12), (0.1, 0.05, 0.03), (0.6, 0.45, 0.3)),
)
_SIDE_PX = 128
"""Backgrounds are out of focus, so they are made small and enlarged."""


def make_background(side_px: int, rng: np.random.Generator) -> np.ndarray:
    """Returns a linear picture [side_px, side_px, 3] float32: a third plain walls, the rest blurred places."""
    palette = np.asarray(_PALETTES[rng.integers(len(_PALETTES))], np.float32) * np.float32(
        rng.uniform(0.7, 1.3)
    )
    image = _wall(palette, rng) if rng.random() < 0.33 else _place(palette, rng)
    image = np.clip(image, 0.003, 1.5)
    grey = image.mean(2, keepdims=True)
    image = (grey + (image - grey) * np.float32(rng.uniform(0.3, 1.0))).astype(np.float32)
    return cv2.resize(image, (side_px, side_px), interpolation=cv2.INTER_LINEAR)


def _wall(palette: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Returns one colour with a soft fall-off of light and a little unevenness."""
    colour = palette[rng.integers(len(palette))] * rng.uniform(0.8, 1.6)
    ramp = np.linspace(-0.5, 0.5, _SIDE_PX, dtype=np.float32)
    turn, fall = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.8)
    light = 1 + fall * (np.cos(turn) * ramp[None] + np.sin(turn) * ramp[:, None]) + 0.03 * _noise(rng, 5)
    return (light[..., None] * colour).astype(np.float32)


def _place(palette: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Returns layers of noise and shapes in the palette's colours, out of focus."""
    image: np.ndarray = np.empty((_SIDE_PX, _SIDE_PX, 3), np.float32)
    image[:] = palette[0]
    for colour, cells in zip(palette[1:], rng.integers(2, 14, len(palette) - 1), strict=True):
        cover = np.clip(0.5 + 0.5 * _noise(rng, int(cells)), 0, 1)[..., None]
        image = image * (1 - cover) + colour * cover
    for _ in range(int(rng.integers(0, 9))):
        _shape(image, palette[rng.integers(len(palette))] * rng.uniform(0.5, 1.6), rng)
    image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(1.0, 7)))
    return image * (1 + 0.025 * _noise(rng, 64))[..., None]


def _shape(image: np.ndarray, colour: np.ndarray, rng: np.random.Generator) -> None:
    """Draws an upright edge, a shelf, a window or a spot of light."""
    fill = tuple(float(value) for value in colour)
    x, y = (int(value) for value in rng.integers(0, _SIDE_PX, 2))
    kind = rng.integers(3)
    if kind == 0:
        cv2.rectangle(image, (x, 0), (x + int(rng.integers(3, 40)), _SIDE_PX), fill, -1)
    elif kind == 1:
        cv2.rectangle(image, (x, y), (x + int(rng.integers(8, 50)), y + int(rng.integers(4, 40))), fill, -1)
    else:
        bright = tuple(min(1.4, 1.5 * value) for value in fill)
        cv2.circle(image, (x, y), int(rng.integers(2, 12)), bright, -1, cv2.LINE_AA)


def _noise(rng: np.random.Generator, cells: int) -> np.ndarray:
    coarse = rng.standard_normal((cells + 1, cells + 1), np.float32)
    return cv2.resize(coarse, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_CUBIC)
