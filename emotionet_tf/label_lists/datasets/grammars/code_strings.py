"""Codes in one text: "1+2+25", "R12B + 6A", "4+L10", "L14 or R14"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from emotionet_tf.action_units import LEFT, RIGHT, is_action_unit

_CODE = re.compile(r"(?:AU)?([LR]?)(\d{1,2})(?:\.0)?([A-E]?)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_SIDES = {"": (0, LEFT, RIGHT), "L": (0, LEFT), "R": (0, RIGHT)}
LETTERS = {letter: float(value) for value, letter in enumerate("ABCDE", start=1)}
"""The intensities of FACS."""


@dataclass
class Codes:
    """What a text says.

    Attributes:
      present: Intensity, NaN where none is given, of the AUs that are present; of one that is not said to be on one
        side, both sides are, too.
      unknown: AUs, and sides, that may be present or not.
      sided: AUs of which the text names a side.
      odd: Codes that are not AUs; one with an AU's number makes that AU unknown.
    """

    present: dict[int, float] = field(default_factory=dict)
    unknown: set[int] = field(default_factory=set)
    sided: set[int] = field(default_factory=set)
    odd: list[str] = field(default_factory=list)

    def aus(self) -> set[int]:
        """Returns the AUs, without sides, of which the text says something."""
        return {au % LEFT for au in (*self.present, *self.unknown)}


def parse_codes(text: str) -> Codes:
    """Returns what a text of codes joined by + says.

    A side stands before the number, an intensity from A to E behind it. Of alternatives joined by "or", what all of
    them have is present, the rest is unknown.

    Raises:
      ValueError: If there is no code, or one without a number.
    """
    codes = Codes()
    for term in text.split("+"):
        _add_term(codes, [_parse(one) for one in re.split(r"\bor\b", term, flags=re.IGNORECASE)], term)
    for au in [au for au in codes.unknown if au in codes.present]:
        codes.unknown.discard(au)
    return codes


def _add_term(codes: Codes, alternatives: list[Codes], term: str) -> None:
    named = set[int]().union(*(one.present for one in alternatives), *(one.unknown for one in alternatives))
    for au in named:
        values = [one.present.get(au) for one in alternatives]
        intensities = {value for value in values if value is not None and not np.isnan(value)}
        if None in values:
            codes.unknown.add(au)
        else:
            value = intensities.pop() if len(intensities) == 1 and len(set(map(str, values))) == 1 else np.nan
            earlier = codes.present.get(au, value)
            codes.present[au] = float(np.fmax(earlier, value))
    for one in alternatives:
        codes.sided |= one.sided
        codes.odd += one.odd


def _parse(text: str) -> Codes:
    """Returns what one code says."""
    text = "".join(text.split())
    if not text:
        raise ValueError("an empty code")
    found = _CODE.fullmatch(text)
    if found and is_action_unit(int(found[2])):
        au, side = int(found[2]), found[1].upper()
        intensity = LETTERS.get(found[3].upper(), np.nan)
        return Codes({au + one: intensity for one in _SIDES[side]}, sided={au} if side else set())
    number = _NUMBER.search(text)
    if not number:
        raise ValueError(f"'{text[:40]}' is not a code")
    au = int(number[0][:6])
    if not found and is_action_unit(au):
        return Codes(unknown={au, au + LEFT, au + RIGHT}, odd=[text])
    return Codes(odd=[text])


def columns_of_codes(all_codes: list[Codes]) -> set[int]:
    """Returns the AUs of a dataset's texts, and both sides of those of which one names a side."""
    sided = set[int]().union(*(one.sided for one in all_codes))
    aus = set[int]().union(*(one.aus() for one in all_codes))
    return aus | {au + side for au in sided for side in (LEFT, RIGHT)}
