"""One person's skin on the face map: tone, blotches, make-up, brows, stubble, gloss and relief."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from emotionet_tf.synthetic.person.appearance import Appearance, Brow
from emotionet_tf.synthetic.person.face_map import SIDE_PX, arc, blob, draw, mirrored, noise, pair, to_map
from emotionet_tf.synthetic.person.identity import Identity
from emotionet_tf.synthetic.rendering.compiled import kernel

_BROW_HEIGHT = 7.475
_BROW_LENGTH = 0.43


@dataclass(frozen=True)
class Skin:
    """A person's face map.

    Attributes:
      texture: [S, S, 6] float32: red, green, blue, linear; the factor of the highlights; the slopes of pores and bumps
        to the right and downwards.
    """

    texture: np.ndarray


def paint_skin(identity: Identity, appearance: Appearance, rng: np.random.Generator) -> Skin:
    """Paints a person's face map; it takes tens of milliseconds, so it is kept for all photos of a person."""
    age, melanin = identity.age, identity.melanin
    fine, pores = noise(rng, 3), noise(rng, 1.4)
    blotches = noise(rng, 40) * 0.03 + noise(rng, 12) * 0.02 + fine * 0.012 * (0.5 + age) + pores * 0.014
    albedo = np.empty((SIDE_PX, SIDE_PX, 3), np.float32)
    albedo[:] = appearance.skin
    _tint(albedo, blotches, (1.0, 1.0, 1.0))
    _tint(albedo, _redness(appearance.ruddiness, melanin), (0.0, -0.16, -0.15))
    _tint(albedo, _sockets(age, rng), (-0.75, -1.0, -0.9))
    _tint(albedo, _bridge(rng), (-0.75, -0.85, -0.85))
    _dot_moles(albedo, appearance.skin, rng)
    _mix(albedo, appearance.hair, _beard_shade(appearance, rng))
    if appearance.make_up > 0:
        shadow = pair(0.31, 7.39, 34, 11) * appearance.make_up * 0.45
        _mix(albedo, appearance.skin * rng.uniform(0.25, 0.75, 3), shadow)
    brow_colour = np.minimum(appearance.hair * 0.7, appearance.skin * 0.33)
    _mix(albedo, brow_colour, _brows(appearance.brow, rng))
    _mix(albedo, appearance.skin * 0.12, _lash_lines(0.55 + 0.4 * appearance.lashes))
    oily = 0.5 + 0.5 * blob(0, 7.75, 110, 60) + 0.6 * blob(0, 7.05, 16, 60) + 0.25 * pair(0.42, 7.0, 40, 30)
    gloss = (oily * rng.uniform(0.5, 1.4) * (1 + 0.25 * fine)).astype(np.float32)
    relief = noise(rng, 1.6) * 0.03 * (0.5 + age) + noise(rng, 4) * 0.04 * (0.3 + age)
    down, right = np.gradient(relief.astype(np.float32))
    return Skin(np.dstack([albedo, gloss.clip(0, 3), right, down]).astype(np.float32))


@kernel()
def _tint(albedo, cover, change):
    """Brightens a texture [S, S, 3] by shares of each colour where it is covered [S, S]."""
    for y in range(albedo.shape[0]):
        for x in range(albedo.shape[1]):
            for c in range(3):
                albedo[y, x, c] *= 1 + cover[y, x] * change[c]


def _mix(albedo: np.ndarray, colour: np.ndarray, cover: np.ndarray) -> None:
    _lay_over(albedo, np.asarray(colour, np.float32), np.asarray(cover, np.float32))


@kernel()
def _lay_over(albedo, colour, cover):
    """Lays a colour [3] over a texture [S, S, 3], which it covers by shares [S, S]."""
    for y in range(albedo.shape[0]):
        for x in range(albedo.shape[1]):
            share = cover[y, x]
            for c in range(3):
                albedo[y, x, c] = albedo[y, x, c] * (1 - share) + colour[c] * share


def _redness(ruddiness: float, melanin: float) -> np.ndarray:
    spots = pair(0.42, 6.95, 52, 44) + 0.8 * blob(0, 6.95, 26, 30) + 0.3 * blob(0, 6.25, 40, 28)
    return spots * (0.3 + 0.7 * ruddiness) * (1 - 0.7 * melanin)


def _lash_lines(strength: float) -> np.ndarray:
    """Returns the dark line that the roots of the lashes make on both lids."""
    upper = draw(mirrored(arc((0.165, 7.275), (0.465, 7.285), 0.155, 14)), 2, 0.8)
    lower = draw(mirrored(arc((0.18, 7.262), (0.455, 7.275), -0.09, 14)), 2, 0.8)
    return np.clip(1.5 * upper + 0.6 * lower, 0, 1) * strength


def _sockets(age: float, rng: np.random.Generator) -> np.ndarray:
    """Returns the shade round the eyes; above them it varies widely, so that a dark brow region is not AU 4 alone."""
    below = pair(0.30, 7.16, 34, 15) * (0.05 + 0.14 * max(0.0, age - 0.45) + 0.12 * rng.random())
    above = pair(0.29, 7.38, 40, 14) * 0.3 * rng.random() + pair(0.16, 7.36, 16, 20) * 0.25 * rng.random()
    return below + above


def _bridge(rng: np.random.Generator) -> np.ndarray:
    """Returns the shade at both sides of the nose's bridge, which is flatter on the mesh than on most faces."""
    return pair(0.1, 7.27, 8, 26) * 0.55 * rng.random()


def _dot_moles(albedo: np.ndarray, tone: np.ndarray, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(0, 12))):
        column, row = to_map(rng.uniform(-0.6, 0.6), rng.uniform(6.2, 8.0))
        colour = tuple(float(value) for value in tone * rng.uniform(0.45, 0.8))
        cv2.circle(
            albedo, (int(column * 8), int(row * 8)), int(rng.uniform(3, 8)), colour, -1, cv2.LINE_AA, 3
        )


def _beard_shade(appearance: Appearance, rng: np.random.Generator) -> np.ndarray:
    if appearance.beard == 0:
        return np.zeros((SIDE_PX, SIDE_PX), np.float32)
    grain = np.clip(0.5 + 0.35 * noise(rng, 1.5) + 0.1 * noise(rng, 4), 0, 1)
    return beard_region() * grain * appearance.beard * 0.8


def beard_region() -> np.ndarray:
    """Returns where beards grow on the face map, 0 to 1."""
    jaw = np.clip(1.5 * blob(0, 6.24, 150, 42), 0, 1) * np.clip(1 - 1.3 * blob(0, 6.62, 62, 17), 0, 1)
    upper_lip = np.clip(1.3 * blob(0, 6.79, 34, 9), 0, 1)
    above_throat = np.arange(SIDE_PX)[:, None] < to_map(0, 5.98)[1]
    return np.clip(np.maximum(jaw, upper_lip), 0, 1) * above_throat


def _brows(brow: Brow, rng: np.random.Generator) -> np.ndarray:
    """Returns the cover of the eyebrows, drawn hair by hair at twice the map's size."""
    canvas = np.zeros((2 * SIDE_PX, 2 * SIDE_PX), np.uint8)
    num_hairs = int(300 * brow.density)
    for side in (-1, 1):
        along = rng.random(num_hairs) ** 0.75
        arch = np.sin(along * np.pi * 0.85)
        x = brow.inner_end + along * _BROW_LENGTH * brow.length
        centre = _BROW_HEIGHT + (brow.arch + 0.02) * arch + brow.tilt * (along - 0.5)
        centre -= 0.045 * np.clip(along - 0.6, 0, 1)
        taper = np.where(along < 0.15, 0.75 + along / 0.6, 1) * np.clip((1.03 - along) / 0.5, 0.12, 1)
        y = centre + rng.normal(0, 0.42, num_hairs) * brow.thickness * taper
        turn = np.interp(along, [0, 0.25, 0.6, 1], [1.25, 0.55, 0.1, -0.35]) + rng.normal(0, 0.18, num_hairs)
        length = rng.uniform(0.03, 0.06, num_hairs)
        roots = to_map(side * x, y)
        tips = to_map(side * (x + np.cos(turn) * length), y + np.sin(turn) * length * 0.55)
        # A step of 1/16 pixel on a map of twice the size.
        hairs = np.rint(np.stack([roots, tips], 1) * 32).astype(np.int32)
        cv2.polylines(canvas, list(hairs), False, (255,), 1, cv2.LINE_AA, 4)
    strokes = cv2.resize(canvas, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    soft = cv2.GaussianBlur(strokes, (0, 0), 0.6)
    return np.clip(1.7 * soft + 0.8 * cv2.GaussianBlur(soft, (0, 0), 2), 0, 1) * brow.darkness
