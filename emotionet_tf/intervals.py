"""95 % intervals of means and shares."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

LEVEL = 0.95
"""Of every interval."""

MAX_DEGREES = 1000.0
"""From here on Student's distribution is taken for the normal one."""


def t_quantile(degrees: float) -> float:
    """Returns the t that bounds the middle `LEVEL` of Student's distribution; fewer degrees than 1 count as 1."""
    return _t_quantile(round(min(max(degrees, 1.0), MAX_DEGREES), 1))


@lru_cache(maxsize=4096)
def _t_quantile(degrees: float) -> float:
    # With t = sqrt(degrees) tan(angle) the density becomes cos(angle)^(degrees - 1): no tail has to be cut off.
    angles = np.linspace(0, np.pi / 2, 20_001)
    density = np.cos(angles) ** (degrees - 1)
    below = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return float(degrees**0.5 * np.tan(np.interp(LEVEL * below[-1], below, angles)))


def mean_interval(values: np.ndarray) -> tuple[float, float, float]:
    """Returns the mean of values [n], and its interval by Student's t; the interval is nan for fewer than two.

    Source: Student 1908.
    """
    count = len(values)
    mean = float(np.mean(values)) if count else math.nan
    if count < 2:
        return mean, math.nan, math.nan
    half = t_quantile(count - 1) * float(np.std(values, ddof=1)) / math.sqrt(count)
    return mean, mean - half, mean + half


def share_interval(num_hits: int, count: int) -> tuple[float, float, float]:
    """Returns the share of hits, and its score interval; all nan where there is nothing.

    It has a width at shares of 0 and 1, too. Source: Wilson 1927.
    """
    if not count:
        return math.nan, math.nan, math.nan
    z, share = t_quantile(MAX_DEGREES), num_hits / count
    scale = 1 + z**2 / count
    middle = (share + z**2 / (2 * count)) / scale
    half = z * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2)) / scale
    return share, max(0.0, middle - half), min(1.0, middle + half)
