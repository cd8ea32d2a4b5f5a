"""Which AUs a photo shows, which of them its coder knew, and what an automatic labeller made of them.

The numbers are data: change them here to imitate another collection.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS, AUTOMATIC_AUS, EXPRESSION, POSE
from emotionet_tf.synthetic.person.expression import OPPOSED, REQUIRED

POSITIVE_SHARES: Mapping[int, float] = {
    1: 0.064, 2: 0.030, 4: 0.119, 5: 0.038, 6: 0.197, 9: 0.021, 10: 0.642, 12: 0.383, 15: 0.183, 17: 0.022,
    18: 0.159, 20: 0.0055, 24: 0.442, 25: 0.495, 26: 0.087, 28: 0.051, 43: 0.028,
    51: 0.173, 52: 0.171, 53: 0.115, 54: 0.073, 55: 0.062, 56: 0.064,
}  # fmt: skip
"""Share of positives among the known labels of EmotioNet's opt set, counted from a public copy of its labels."""

_UNKNOWN_SHARE = 0.012
UNKNOWN_SHARES: Mapping[int, float] = {au: 0.196 if au == 12 else _UNKNOWN_SHARE for au in ACTION_UNITS}
"""Share of labels that the coder left open, beyond those that something hides. AU 12 has 4,832 unknowns in 24,595
rows of the opt set, the most of all; the other AUs' share is an assumption."""

AUTOMATIC_ERRORS: Mapping[int, tuple[float, float]] = {
    1: (0.35, 0.05), 2: (0.40, 0.04), 4: (0.35, 0.07), 5: (0.40, 0.04), 6: (0.25, 0.08), 9: (0.40, 0.03),
    12: (0.12, 0.08), 17: (0.45, 0.05), 20: (0.50, 0.03), 25: (0.10, 0.08), 26: (0.30, 0.06), 43: (0.30, 0.03),
}  # fmt: skip
"""Chance that the automatic labeller misses an AU that is there, and that it sees one that is not: assumed, so
that about 9 in 10 labels are right and rare AUs are mostly wrong when set, as published evaluations of such
labels find."""

# Correlation of the hidden tendencies behind the AUs; pairs that are missing are independent.
_CORRELATIONS: Mapping[tuple[int, int], float] = {
    (1, 2): 0.7, (1, 5): 0.3, (2, 5): 0.35, (1, 15): 0.2, (4, 9): 0.4, (4, 15): 0.25, (4, 24): 0.1, (6, 12): 0.75,
    (6, 10): 0.25, (6, 25): 0.3, (9, 10): 0.45, (10, 25): 0.3, (12, 25): 0.45, (10, 12): 0.2, (15, 17): 0.6,
    (17, 24): 0.3, (25, 26): 0.6, (5, 26): 0.3, (20, 25): 0.2, (24, 25): -0.65, (12, 24): -0.25, (12, 15): -0.5,
    (12, 18): -0.4, (6, 43): 0.15, (18, 25): 0.1,
}  # fmt: skip

_CALIBRATION_ROWS = 20_000
_CALIBRATION_ROUNDS = 25


@functools.lru_cache(maxsize=1)
def _mixing() -> np.ndarray:
    """Returns the matrix that turns independent normal numbers into tendencies, [17, 17]."""
    aus = EXPRESSION.aus
    correlation = np.eye(len(aus))
    for (first, second), value in _CORRELATIONS.items():
        i, j = aus.index(first), aus.index(second)
        correlation[i, j] = correlation[j, i] = value
    values, vectors = np.linalg.eigh(correlation)
    # The symmetric root: eigenvectors' signs, which differ from one processor's LAPACK to another's, leave it alone.
    mixing = (vectors * np.sqrt(np.maximum(values, 1e-3))) @ vectors.T
    return np.round(mixing / np.linalg.norm(mixing, axis=1, keepdims=True), 9)


def _settled(excess: np.ndarray) -> np.ndarray:
    """Returns which AUs are on, [N, 17] bool, from the excess of each tendency over its threshold.

    Of an opposed pair the stronger stays; an AU that requires another switches it on.
    """
    aus = EXPRESSION.aus
    is_on = excess > 0
    for au, needed in REQUIRED.items():
        is_on[:, aus.index(needed)] |= is_on[:, aus.index(au)]
    for first, second in OPPOSED:
        i, j = aus.index(first), aus.index(second)
        both = is_on[:, i] & is_on[:, j]
        is_on[:, i] &= ~(both & (excess[:, i] < excess[:, j]))
        is_on[:, j] &= ~(both & (excess[:, i] >= excess[:, j]))
    for au, needed in REQUIRED.items():
        is_on[:, aus.index(au)] &= is_on[:, aus.index(needed)]
    return is_on


@functools.lru_cache(maxsize=1)
def _thresholds() -> np.ndarray:
    """Returns the thresholds [17] with which the settled AUs have their shares, found by trial."""
    rng = np.random.default_rng(0)
    tendencies = rng.standard_normal((_CALIBRATION_ROWS, len(EXPRESSION.aus))) @ _mixing().T
    shares = np.array([POSITIVE_SHARES[au] for au in EXPRESSION.aus])
    asked = shares.copy()
    ranked = np.sort(tendencies, axis=0)
    for _ in range(_CALIBRATION_ROUNDS):
        rows = np.clip(((1 - asked) * _CALIBRATION_ROWS).astype(int), 0, _CALIBRATION_ROWS - 1)
        thresholds = ranked[rows, np.arange(len(shares))]
        reached = _settled(tendencies - thresholds).mean(0)
        asked = np.clip(asked * (shares / np.maximum(reached, 1e-4)) ** 0.8, 1e-4, 0.98)
    return thresholds


def sample_labels(rng: np.random.Generator) -> dict[int, int]:
    """Draws the true labels of a photo, 0 or 1 for each of the 23 AUs."""
    return sample_expression(rng) | sample_pose_labels(rng)


def sample_expression(rng: np.random.Generator) -> dict[int, int]:
    """Draws 0 or 1 for each of the 17 expression AUs, with EmotioNet's shares."""
    tendencies = _mixing() @ rng.standard_normal(len(EXPRESSION.aus))
    is_on = _settled((tendencies - _thresholds())[None])[0]
    return {au: int(on) for au, on in zip(EXPRESSION.aus, is_on, strict=True)}


def sample_pose_labels(rng: np.random.Generator) -> dict[int, int]:
    """Draws 0 or 1 for each of the 6 pose AUs."""
    labels = {}
    for first, second in zip(POSE.aus[::2], POSE.aus[1::2], strict=True):
        draw = rng.random()
        labels[first] = int(draw < POSITIVE_SHARES[first])
        labels[second] = int(not labels[first] and draw < POSITIVE_SHARES[first] + POSITIVE_SHARES[second])
    return labels


ACTIVE_FROM, RESIDUAL_TO = 0.45, 0.12
"""An AU that is on has at least the first intensity; one that is off moves by no more than the second."""


def sample_intensities(
    labels: Mapping[int, int],
    rng: np.random.Generator,
    *,
    weakest: float = ACTIVE_FROM,
    residual: float = RESIDUAL_TO,
) -> dict[int, float]:
    """Draws an intensity from 0 to 1 for each AU.

    Args:
      labels: 0 or 1 for each of them.
      rng: Random numbers; as many are drawn whatever the labels.
      weakest: Least intensity of an AU that is on.
      residual: Largest intensity of one that is off.
    """
    drawn = {}
    for au, is_on in labels.items():
        strong, faint = rng.uniform(weakest, 1.0), residual * rng.beta(0.5, 1.5)
        drawn[au] = float(strong if is_on else faint)
    return drawn


def sample_known(
    hidden_aus: frozenset[int], rng: np.random.Generator, aus: Sequence[int] = ACTION_UNITS
) -> dict[int, bool]:
    """Draws which labels a coder knew, of the 23 or of others: none of the hidden ones."""
    return {
        au: bool(au not in hidden_aus and draw >= UNKNOWN_SHARES.get(au, _UNKNOWN_SHARE))
        for au, draw in zip(aus, rng.random(len(aus)), strict=True)
    }


def automatic_labels(labels: Mapping[int, int], rng: np.random.Generator) -> dict[int, int]:
    """Draws what the automatic labeller says about its 12 AUs."""
    draws = rng.random(len(AUTOMATIC_AUS))
    said = {}
    for au, draw in zip(AUTOMATIC_AUS, draws, strict=True):
        missed, imagined = AUTOMATIC_ERRORS[au]
        said[au] = int(draw >= missed) if labels[au] else int(draw < imagined)
    return said
