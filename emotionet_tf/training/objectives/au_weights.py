"""lambda, the weight of each AU in eq. 1: its scale, and a proposal that evens out when the AUs peak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

MIN_ROWS = 8
"""In a shorter curve a peak cannot be distinguished from noise."""

_LARGEST_CHANGE = 3.0


def normalised_au_weights(weights: Mapping[int, float], aus: Sequence[int]) -> np.ndarray:
    """Returns lambda, [AUs] float64 of mean 1; an AU without a weight has 1 before the scaling.

    Source: Werner et al. 2020, sec. 2: "all weights are normalized to not increase the average gradient length".
    """
    values = np.array([weights.get(au, 1.0) for au in aus], np.float64)
    return values / values.mean()


@dataclass(frozen=True)
class Peaks:
    """When each AU is at its best; arrays are [AUs].

    Attributes:
      steps: The median of the steps at which the smoothed loss is within noise of its least.
      losses: The least smoothed loss, in nats.
      rises: How much higher the smoothed loss is at the end, in nats.
      has_declined: Whether that is more than noise; False: the AU has not been seen to overfit.
    """

    steps: np.ndarray
    losses: np.ndarray
    rises: np.ndarray
    has_declined: np.ndarray


def find_peaks(steps: np.ndarray, losses: np.ndarray) -> Peaks:
    """Finds where each AU's validation loss is least.

    The loss shows overfitting sooner than the score, which stays at the majority baseline for a while and then jumps.
    A single least value would be an accident of noise: the curve is smoothed over five rows, and every row
    counts whose smoothed loss is within one standard error of the least. The noisier or flatter a curve, the wider and
    the more central the stretch that counts, and the less it will say.

    Args:
      steps: [rows], increasing.
      losses: [rows, AUs], mean validation cross-entropies; no NaN.
    Raises:
      ValueError: If there are fewer than `MIN_ROWS` rows.
    """
    if len(steps) < MIN_ROWS:
        raise ValueError(f"peaks need at least {MIN_ROWS} rows, got {len(steps)}")
    kernel = np.array([1, 2, 3, 2, 1]) / 9
    smooth = _smoothed(losses, kernel)
    # Of second differences, which a straight trend does not move, and whose deviation is sqrt(6) times the noise's; of
    # their median, as a jump is not noise: 1.4826 makes it a deviation.
    noise = 1.4826 * np.median(np.abs(np.diff(losses, n=2, axis=0)), axis=0) / np.sqrt(6)
    tolerance = noise * np.sqrt((kernel**2).sum())
    least = smooth.min(axis=0)
    is_near = smooth <= least + tolerance
    peak_steps = np.array([np.median(steps[is_near[:, i]]) for i in range(losses.shape[1])])
    return Peaks(peak_steps, least, smooth[-1] - least, ~is_near[-1])


def _smoothed(curves: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Returns weighted means along the rows; at the ends, of what the kernel reaches."""
    norm = np.convolve(np.ones(len(curves)), kernel, mode="same")
    return np.stack([np.convolve(curve, kernel, mode="same") / norm for curve in curves.T], axis=1)


def propose_au_weights(
    old_weights: np.ndarray, peak_steps: np.ndarray, is_known: np.ndarray, exponent: float
) -> np.ndarray:
    """Returns lambdas that move the AUs' peaks towards their median.

    lambda_new = lambda_old (peak step / median peak step)^exponent: an AU that peaks early gets less weight and learns
    slower. A change is at most threefold; an AU whose peak is not known keeps its weight. The result has mean 1.

    Args:
      old_weights: [AUs], lambda of the run whose peaks these are.
      peak_steps: [AUs]; ignored where not known.
      is_known: [AUs] bool, at least one True.
      exponent: 1 would even the peaks out at once if they came in inverse proportion to lambda.
    Source: ours. Werner et al. 2020, sec. 2, tuned lambda "to adjust the training speed of the different AUs in order
      to avoid that some AUs are already overfitting while others are still underfitted", and do not say how.
    """
    if not is_known.any():
        raise ValueError("no AU has a peak that is known")
    ratio = np.where(is_known, peak_steps, 1) / np.median(peak_steps[is_known])
    change = np.where(is_known, np.clip(ratio**exponent, 1 / _LARGEST_CHANGE, _LARGEST_CHANGE), 1.0)
    weights = old_weights * change
    return weights / weights.mean()


def peak_spread(peak_steps: np.ndarray) -> float:
    """Returns the standard deviation of the natural logarithms of steps: 0 where all AUs peak at once."""
    return float(np.std(np.log(peak_steps)))
