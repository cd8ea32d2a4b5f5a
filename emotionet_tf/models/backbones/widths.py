"""Numbers of channels of networks that are narrower than the published ones."""

from __future__ import annotations

_DIVISOR = 8


def scaled_channels(channels: int, width: float) -> int:
    """Returns channels times width, rounded to a multiple of 8, at least 8 and never below 90 % of the exact value."""
    exact = channels * width
    rounded = max(_DIVISOR, int(exact + _DIVISOR / 2) // _DIVISOR * _DIVISOR)
    return rounded if rounded >= 0.9 * exact else rounded + _DIVISOR
