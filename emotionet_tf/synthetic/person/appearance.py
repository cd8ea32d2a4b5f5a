"""The colours and fashions of one person: skin, hair, eyes, lips, brows, beard, clothes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotionet_tf.synthetic.person.identity import Identity

# Linear albedo from pale to dark.
_SKIN_TONES = np.array(
    [[0.74, 0.50, 0.39], [0.62, 0.39, 0.275], [0.46, 0.265, 0.17], [0.27, 0.145, 0.085], [0.12, 0.062, 0.038]]
)
_HAIR_COLOURS = np.array(
    [
        [0.018, 0.014, 0.012], [0.045, 0.028, 0.018], [0.09, 0.052, 0.029], [0.19, 0.115, 0.06],
        [0.38, 0.27, 0.15], [0.19, 0.075, 0.033], [0.42, 0.41, 0.39],
    ]
)  # fmt: skip
_HAIR_SHARES_DARK = np.array([0.6, 0.27, 0.06, 0.02, 0.02, 0.01, 0.02])
_HAIR_SHARES_LIGHT = np.array([0.1, 0.22, 0.27, 0.2, 0.12, 0.05, 0.04])
_IRIS_COLOURS = np.array(
    [[0.075, 0.038, 0.02], [0.13, 0.075, 0.035], [0.12, 0.13, 0.065], [0.13, 0.2, 0.29], [0.19, 0.22, 0.24]]
)
_IRIS_SHARES_DARK = np.array([0.7, 0.24, 0.04, 0.01, 0.01])
_IRIS_SHARES_LIGHT = np.array([0.2, 0.2, 0.2, 0.27, 0.13])
_CLOTHES = np.array(
    [
        [0.02, 0.02, 0.022], [0.05, 0.05, 0.055], [0.2, 0.2, 0.2], [0.75, 0.75, 0.74], [0.03, 0.045, 0.09],
        [0.09, 0.12, 0.18], [0.25, 0.05, 0.05], [0.3, 0.24, 0.17], [0.07, 0.1, 0.07], [0.45, 0.4, 0.36],
        [0.35, 0.42, 0.5], [0.3, 0.16, 0.2],
    ]
)  # fmt: skip
_GREY_HAIR = len(_HAIR_COLOURS) - 1


@dataclass(frozen=True)
class Brow:
    """Shape of the eyebrows, in units of the head at rest."""

    thickness: float
    density: float
    arch: float
    length: float
    inner_end: float
    tilt: float
    darkness: float


@dataclass(frozen=True)
class Appearance:
    """Colours are linear RGB triples.

    Attributes:
      skin: Mean albedo of the skin.
      hair: Of the scalp's hair and the beard.
      iris: Of the eyes.
      lips: With make-up where there is some.
      clothes: Of what covers the shoulders.
      ruddiness: 0 to 1.
      make_up: 0 to 1.
      beard: 0 (none) to 1 (dense).
      beard_length: In units of the head; below 0.01 it is painted only.
      lashes: Opacity of the lashes.
      brow: The eyebrows.
      pupil_degrees: Radius of the pupil seen from the eyeball's centre.
      neckline: Height at rest where the clothes begin.
    """

    skin: np.ndarray
    hair: np.ndarray
    iris: np.ndarray
    lips: np.ndarray
    clothes: np.ndarray
    ruddiness: float
    make_up: float
    beard: float
    beard_length: float
    lashes: float
    brow: Brow
    pupil_degrees: float
    neckline: float


def sample_appearance(identity: Identity, rng: np.random.Generator) -> Appearance:
    """Draws what a person looks like beyond the head's shape."""
    is_male = identity.masculinity > 0.5
    is_dark = identity.melanin > 0.33
    position = identity.melanin * (len(_SKIN_TONES) - 1)
    skin = np.stack([np.interp(position, range(len(_SKIN_TONES)), tone) for tone in _SKIN_TONES.T])
    make_up = 0.0 if is_male else float(rng.uniform(0, 1) * (rng.random() < 0.65))
    has_beard = is_male and rng.random() < 0.5
    return Appearance(
        skin=skin * rng.uniform(0.92, 1.08),
        hair=_hair_colour(is_dark, identity.age, rng) * rng.uniform(0.75, 1.3),
        iris=_drawn(_IRIS_COLOURS, _IRIS_SHARES_DARK if is_dark else _IRIS_SHARES_LIGHT, rng)
        * rng.uniform(0.7, 1.3),
        lips=_lip_colour(skin, make_up, rng),
        clothes=_CLOTHES[rng.integers(len(_CLOTHES))] * rng.uniform(0.7, 1.3),
        ruddiness=float(rng.uniform(0, 1)),
        make_up=make_up,
        beard=float(rng.uniform(0.25, 1.0)) if has_beard else 0.0,
        beard_length=float(rng.choice([0.0, 0.025, 0.06])) if has_beard else 0.0,
        lashes=float(rng.uniform(0.35, 0.6) + (0 if is_male else 0.15 + 0.3 * make_up)),
        brow=_brow(is_male, rng),
        pupil_degrees=float(rng.uniform(9, 14)),
        neckline=float(rng.uniform(5.3, 5.75)),
    )


def _drawn(colours: np.ndarray, shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return colours[rng.choice(len(colours), p=shares / shares.sum())]


def _hair_colour(is_dark: bool, age: float, rng: np.random.Generator) -> np.ndarray:
    shares = (_HAIR_SHARES_DARK if is_dark else _HAIR_SHARES_LIGHT).copy()
    if age > 0.78:
        shares *= 0.4
        shares[_GREY_HAIR] += 0.6
    return _drawn(_HAIR_COLOURS, shares, rng)


def _lip_colour(skin: np.ndarray, make_up: float, rng: np.random.Generator) -> np.ndarray:
    """Returns the skin's own colour, redder, under a lipstick."""
    bare = skin * np.array([0.76, 0.38, 0.4]) * rng.uniform(0.85, 1.1)
    stick = np.array([0.2, 0.02, 0.035]) + rng.uniform(0, 1, 3) * np.array([0.3, 0.08, 0.1])
    cover = 0.75 * make_up
    return bare * (1 - cover) + stick * cover


def _brow(is_male: bool, rng: np.random.Generator) -> Brow:
    return Brow(
        thickness=float(rng.uniform(0.017, 0.03) + (0.012 if is_male else 0.0)),
        density=float(rng.uniform(0.7, 1.3)),
        arch=float(rng.uniform(-0.015, 0.03) if is_male else rng.uniform(0.0, 0.055)),
        length=float(rng.uniform(0.9, 1.1)),
        inner_end=float(rng.uniform(0.09, 0.18)),
        tilt=float(rng.uniform(-0.065, 0.015)),
        darkness=float(rng.uniform(0.65, 1)),
    )
