"""Scores and thresholds become decisions, and thresholds columns of a table. Needs neither TensorFlow nor pandas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emotionet_tf.action_units import au_name

HALF = 0.5
"""The threshold of an AU that has none of its own: a score is rounded."""
DECIMALS = 6
"""Of the scores and thresholds in prediction files."""


def decide(scores: np.ndarray, thresholds: np.ndarray | float = HALF) -> np.ndarray:
    """Returns the decisions, 1 from a threshold upward; the default, 0.5, rounds the scores.

    Args:
      scores: [photos, AUs].
      thresholds: [AUs], or one for all.
    """
    return (scores >= thresholds).astype(np.int8)


def threshold_columns(aus: Sequence[int], thresholds: np.ndarray) -> dict[str, float]:
    """Returns the columns of a table that tell its thresholds: none where all are 0.5, else one for each AU."""
    if (thresholds == HALF).all():
        return {}
    # Rounded to nothing, a threshold would make photos without a face present.
    rounded = np.maximum(thresholds.round(DECIMALS), 10.0**-DECIMALS)
    return {threshold_name(au): float(value) for au, value in zip(aus, rounded, strict=True)}


def threshold_name(au: int) -> str:
    """Returns the column name of an AU's threshold."""
    return f"{au_name(au)}_threshold"
