"""The folds and furrows of the skin, which the mesh does not have: drawn per AU, scaled by intensity and age."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np

from emotionet_tf.synthetic.person.face_map import arc, blob, draw, mirrored, noise, pair
from emotionet_tf.synthetic.rendering.compiled import kernel

# What shows each drawing, as share of the AUs' intensities, and how much of it a young face shows.
_CAUSES: Mapping[str, tuple[Mapping[int, float], float]] = {
    "forehead_middle": ({1: 1.0, 2: 0.4}, 0.35),
    "forehead_sides": ({2: 0.9}, 0.35),
    "glabella_left": ({4: 1.0, 9: 0.35}, 0.5),
    "glabella_right": ({4: 1.0, 9: 0.35}, 0.5),
    "brow_bulge": ({4: 1.0, 9: 0.3}, 1.0),
    "nose_root_crease": ({4: 0.9, 9: 0.5}, 0.6),
    "brow_shade": ({4: 1.0, 9: 0.4}, 1.0),
    "crow_feet": ({6: 0.9, 12: 0.1}, 0.35),
    "under_eye": ({6: 0.9, 12: 0.1, 7: 0.5}, 0.6),
    "nose_root": ({9: 1.0}, 0.6),
    "nasolabial": ({12: 0.95, 10: 0.75, 9: 0.65, 6: 0.3}, 0.75),
    "mouth_corner_down": ({15: 1.0}, 0.8),
    "chin_dimples": ({17: 1.0, 15: 0.25}, 0.9),
    "below_lip": ({17: 0.8, 15: 0.3, 24: 0.35}, 1.0),
    "lip_pleats": ({18: 0.8, 23: 0.35}, 0.8),
    "mouth_sides": ({24: 0.5, 20: 0.8, 12: 0.25, 14: 1.0}, 0.8),
    "upper_lid": ({5: 0.7}, 0.9),
}
NAMES = tuple(_CAUSES)

_FOLD_DEPTH = 1.25
"""The height of a drawing of value 1, in the units of the skin's relief."""

RESTING: Mapping[str, float] = {
    "forehead_middle": 0.35,
    "glabella_left": 0.25,
    "glabella_right": 0.25,
    "nose_root_crease": 0.3,
    "brow_shade": 0.7,
    "crow_feet": 0.35,
    "under_eye": 0.5,
    "nasolabial": 0.45,
    "mouth_corner_down": 0.3,
    "mouth_sides": 0.2,
}
"""What a face may show without any AU, at its strongest: a fold alone must not give an AU away."""


@functools.lru_cache(maxsize=1)
def drawings() -> np.ndarray:
    """Returns the drawings in `NAMES`' order, [N, side, side] float32 of about 0 to 1."""
    painted = {
        "forehead_middle": draw([arc((-0.3, y), (0.3, y), 0.03, 14) for y in (7.66, 7.77, 7.89)], 2, 1.6),
        "forehead_sides": draw(
            [line for y in (7.63, 7.74, 7.86) for line in mirrored(arc((0.24, y + 0.03), (0.6, y - 0.1), 0.09))], 2, 1.6
        ),
        "glabella_left": _frown(1),
        "glabella_right": _frown(-1),
        # Between and beside the furrows the skin is raised.
        "brow_bulge": -0.45 * pair(0.15, 7.43, 13, 20) - 0.3 * blob(0, 7.47, 7, 26),
        "nose_root_crease": 1.3 * draw([arc((-0.10, 7.335), (0.10, 7.335), 0.10)], 2, 1.6)
        + 0.6 * draw([arc((-0.08, 7.275), (0.08, 7.275), 0.10)], 2, 1.5),
        "brow_shade": 0.35 * pair(0.2, 7.40, 26, 13) + 0.25 * pair(0.34, 7.38, 40, 10) + 0.2 * blob(0, 7.45, 14, 22),
        "crow_feet": draw(_crow_feet(), 2, 1.2),
        "under_eye": draw(mirrored(arc((0.19, 7.15), (0.46, 7.13), -0.15)), 2, 1.6)
        + 0.6 * draw(mirrored(arc((0.2, 7.09), (0.5, 7.06), -0.14)), 2, 2.2),
        "nose_root": draw([arc((-0.09, y), (0.09, y), 0.05) for y in (7.26, 7.32, 7.38)] + _nose_sides(), 2, 1.2),
        "nasolabial": 1.5 * draw(mirrored(arc((0.19, 7.02), (0.41, 6.58), 0.10, 14)), 3, 2.8),
        "mouth_corner_down": draw(mirrored(arc((0.305, 6.60), (0.36, 6.34), 0.10)), 3, 2.4),
        "chin_dimples": blob(0, 6.27, 36, 26) * np.clip(noise(np.random.default_rng(5), 8) * 0.55 + 0.15, -0.5, 0.8),
        "below_lip": draw([arc((-0.17, 6.40), (0.17, 6.40), 0.12, 12)], 4, 3.0),
        "lip_pleats": draw(_pleats(), 1, 1.0),
        "mouth_sides": draw(mirrored(arc((0.335, 6.72), (0.35, 6.53), 0.16)), 3, 2.2),
        "upper_lid": draw(mirrored(arc((0.17, 7.36), (0.46, 7.36), 0.10)), 2, 1.4),
    }  # fmt: skip
    return np.stack([painted[name] for name in NAMES]).astype(np.float32)


@functools.lru_cache(maxsize=1)
def extents() -> np.ndarray:
    """Returns where each drawing is, [N, 4]: first and end row, first and end column."""
    found = []
    for drawing in drawings():
        rows, columns = (np.flatnonzero((np.abs(drawing) > 1e-4).any(axis)) for axis in (1, 0))
        found.append((rows[0], rows[-1] + 1, columns[0], columns[-1] + 1))
    return np.array(found)


def _frown(side: int) -> np.ndarray:
    """Returns one half's furrows between the brows: from the root of the nose to above the brow's inner end."""
    main = draw([[(side * x, y) for x, y in arc((0.055, 7.385), (0.08, 7.545), -0.08)]], 2, 1.2)
    beside = draw([[(side * x, y) for x, y in arc((0.10, 7.40), (0.13, 7.53), -0.06)]], 2, 1.3)
    return 1.5 * main + 0.6 * beside


def _crow_feet() -> list:
    ends = ((0.67, 7.39), (0.7, 7.29), (0.68, 7.19))
    feet = [mirrored(arc((0.52, 7.285 + 0.25 * (y - 7.29)), (x, y), 0.03)) for x, y in ends]
    return [line for both in feet for line in both]


def _nose_sides() -> list:
    lines = [mirrored(arc((0.09, 7.28 - drop), (0.18, 7.16 - drop), 0.05)) for drop in (0.0, 0.06, 0.12)]
    return [line for both in lines for line in both]


def _pleats() -> list:
    upper = [
        [(0.8 * x, 6.73), (1.0 * x, 6.78), (1.15 * x, 6.83)]
        for x in (-0.16, -0.11, -0.06, 0, 0.06, 0.11, 0.16)
    ]
    lower = [
        [(0.8 * x, 6.54), (1.0 * x, 6.50), (1.1 * x, 6.46)]
        for x in (-0.16, -0.11, -0.06, 0, 0.06, 0.11, 0.16)
    ]
    return upper + lower


def strengths(
    intensities: Mapping[int, float], age: float, resting: np.ndarray, liveliness: np.ndarray
) -> np.ndarray:
    """Returns how strongly each drawing shows, [N] float32.

    Args:
      intensities: From 0 to 1 by AU.
      age: Of the identity, 0.4 to 1.
      resting: [N] what this face shows at rest.
      liveliness: [N] factors by which this face folds more or less than others.
    """
    maturity = float(np.clip((age - 0.42) / 0.5, 0, 1))
    shown = []
    for causes, when_young in _CAUSES.values():
        moved = min(1.2, sum(share * intensities.get(au, 0.0) for au, share in causes.items()))
        shown.append(moved * (when_young + (1 - when_young) * maturity))
    return (np.asarray(shown, np.float32) * liveliness + resting).astype(np.float32)


def sample_resting(age: float, rng: np.random.Generator) -> np.ndarray:
    """Draws what a face shows at rest, [N] float32: more with age, and much different between people."""
    maturity = float(np.clip((age - 0.45) / 0.5, 0, 1))
    largest = np.asarray([RESTING.get(name, 0.0) for name in NAMES], np.float32)
    return (largest * rng.uniform(0, 0.35 + 0.65 * maturity, len(NAMES))).astype(np.float32)


@kernel()
def carve(skin, maps, extents, shown):
    """Carves folds into a face's texture.

    Args:
      skin: [S, S, 6]: red, green, blue, gloss, slope to the right, slope downwards.
      maps: [N, S, S] drawings.
      extents: [N, 4] of the drawings.
      shown: [N] strengths.
    Returns:
      Such a texture.
    """
    side = skin.shape[0]
    fold = np.zeros((side, side), np.float32)
    first_row, end_row, first_column, end_column = side, 1, side, 1
    for k in range(maps.shape[0]):
        if shown[k] > 0.01:
            first_row, end_row = min(first_row, extents[k, 0]), max(end_row, extents[k, 1])
            first_column, end_column = min(first_column, extents[k, 2]), max(end_column, extents[k, 3])
            for y in range(extents[k, 0], extents[k, 1]):
                for x in range(extents[k, 2], extents[k, 3]):
                    fold[y, x] += shown[k] * maps[k, y, x]
    texture = skin.copy()
    tint = (0.24, 0.32, 0.34)
    # The drawings keep clear of the map's edges; slopes reach one pixel further.
    for y in range(first_row - 1, end_row + 1):
        for x in range(first_column - 1, end_column + 1):
            depth = min(1.0, max(0.0, fold[y, x]))
            for c in range(3):
                texture[y, x, c] *= 1 - depth * tint[c]
            texture[y, x, 3] *= 1 - 0.5 * depth
            texture[y, x, 4] -= _FOLD_DEPTH * (fold[y, x + 1] - fold[y, x - 1]) / 2
            texture[y, x, 5] -= _FOLD_DEPTH * (fold[y + 1, x] - fold[y - 1, x]) / 2
    return texture
