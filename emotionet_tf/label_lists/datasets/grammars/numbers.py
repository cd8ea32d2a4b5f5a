"""Numbers as label files write them; what Python takes beyond that, such as "1_0" or "nan", is no number."""

from __future__ import annotations

import math
import re

MAX_FRAME = 10_000_000
"""A longer number is damage: four days of video at 30 frames a second."""

_WHOLE = re.compile(r"[0-9]{1,8}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]*)?([eE][+-]?[0-9]{1,2})?", re.ASCII)


def whole_number(text: str) -> int:
    """Returns a number of digits only, at most `MAX_FRAME`; raises ValueError for anything else."""
    if not _WHOLE.fullmatch(text) or int(text) > MAX_FRAME:
        raise ValueError(f"'{text[:40]}' is not a whole number")
    return int(text)


def frame_number(text: str, first: int = 1) -> int:
    """Returns the number of a frame, which count from `first`; raises ValueError with the reason where it is none."""
    frame = whole_number(text)
    if frame < first:
        raise ValueError(f"frame {frame}, but frames count from {first}: is it shifted?")
    return frame


def number(text: str) -> float:
    """Returns a number, also in scientific notation; raises ValueError for anything else."""
    value = float(text) if _NUMBER.fullmatch(text) else math.inf
    if not math.isfinite(value):
        raise ValueError(f"'{text[:40]}' is not a number")
    return value


def au_number(text: str) -> int:
    """Returns an AU's number, that tables write as "12" or "1.2000000e+01"; raises ValueError for anything else."""
    value = number(text)
    if value != int(value) or not 0 <= value < 1000:
        raise ValueError(f"'{text[:40]}' is not an AU")
    return int(value)
