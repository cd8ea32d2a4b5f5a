"""The Action Units of FACS, the 23 of the EmotioNet Challenge 2020, and what a horizontal flip does to them.

An AU is its FACS number. Where a dataset codes the sides of the face apart, the left side's AU is the number plus
`LEFT` and the right side's the number plus `RIGHT`: left and right are the person's own. A dataset's *AU set* is a
tuple of such numbers in `table_order`; EmotioNet's is `ACTION_UNITS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

UNKNOWN = 999
"""How the label lists write "not known". It never leaves the parser: tables and records carry a mask instead."""

VIEWS = ("close_up", "context")
"""The two zooms at which a face is registered (Werner et al. 2020, Fig. 1)."""

FRAMINGS = ("registered", "box")
"""What places a face in its crops: its landmarks, which are put onto a reference shape, or the detector's box alone."""


@dataclass(frozen=True)
class AuGroup:
    """A set of AUs that one network predicts, with the view it looks at.

    Attributes:
      name: "expression" or "pose".
      aus: The AU numbers, in column order.
      view: Which crop the group's network sees.
      damping: Exponent alpha of the imbalance damping (Werner et al. 2020, sec. 2, "Training").
      uses_angles: Whether the three head angles are a second input.
    """

    name: str
    aus: tuple[int, ...]
    view: str
    damping: float
    uses_angles: bool


EXPRESSION = AuGroup(
    "expression", (1, 2, 4, 5, 6, 9, 10, 12, 15, 17, 18, 20, 24, 25, 26, 28, 43), "close_up", 0.5, False
)
POSE = AuGroup("pose", (51, 52, 53, 54, 55, 56), "context", 0.7, True)
GROUPS = {group.name: group for group in (EXPRESSION, POSE)}

ACTION_UNITS: tuple[int, ...] = EXPRESSION.aus + POSE.aus
"""The order of the 23 label columns, everywhere."""

NUM_AUS = len(ACTION_UNITS)

AUTOMATIC_AUS: tuple[int, ...] = (1, 2, 4, 5, 6, 9, 12, 17, 20, 25, 26, 43)
"""The 12 AUs that EmotioNet's automatic training labels carry; also the AUs of the 2018 challenge."""

LEFT, RIGHT = 1000, 2000
"""What is added to an AU's number where a dataset codes one side of the face."""

DESCRIPTIONS = {
    1: "inner brow raiser", 2: "outer brow raiser", 4: "brow lowerer", 5: "upper lid raiser", 6: "cheek raiser",
    7: "lid tightener", 8: "lips toward each other", 9: "nose wrinkler", 10: "upper lip raiser",
    11: "nasolabial deepener", 12: "lip corner puller", 13: "sharp lip puller", 14: "dimpler",
    15: "lip corner depressor", 16: "lower lip depressor", 17: "chin raiser", 18: "lip pucker", 19: "tongue show",
    20: "lip stretcher", 21: "neck tightener", 22: "lip funneler", 23: "lip tightener", 24: "lip pressor",
    25: "lips part", 26: "jaw drop", 27: "mouth stretch", 28: "lip suck", 29: "jaw thrust", 30: "jaw sideways",
    31: "jaw clencher", 32: "lip bite", 33: "cheek blow", 34: "cheek puff", 35: "cheek suck", 36: "tongue bulge",
    37: "lip wipe", 38: "nostril dilator", 39: "nostril compressor", 41: "lid droop", 42: "slit", 43: "eyes closed",
    44: "squint", 45: "blink", 46: "wink", 51: "head turn left", 52: "head turn right", 53: "head up",
    54: "head down", 55: "head tilt left", 56: "head tilt right", 57: "head forward", 58: "head back",
    61: "eyes turn left", 62: "eyes turn right", 63: "eyes up", 64: "eyes down",
}  # fmt: skip
"""Standard FACS names of all AUs that datasets code; 41, 42 and 44 are those of the FACS of 1978."""

_MIRRORED = {51: 52, 55: 56, 61: 62}
_FLIP_PARTNERS = {**_MIRRORED, **{right: left for left, right in _MIRRORED.items()}}
_NAME = re.compile(r"AU[ _]?0*(\d{1,3}) ?([LR]?)", re.IGNORECASE)
_SIDES = {"": 0, "L": LEFT, "R": RIGHT}


def is_action_unit(au: int) -> bool:
    """Returns whether a number is that of an AU, or of one side's."""
    return au // LEFT in (0, 1, 2) and au % LEFT in DESCRIPTIONS


def describe(au: int) -> str:
    """Returns an AU's FACS name, such as "dimpler" or, of one side, "dimpler, left"; raises KeyError for no AU."""
    return DESCRIPTIONS[au % LEFT] + ("", ", left", ", right")[au // LEFT]


def table_order(aus: Iterable[int]) -> tuple[int, ...]:
    """Returns different AUs in the order of their numbers, each before its left and its right side."""
    return tuple(sorted(set(aus), key=lambda au: (au % LEFT, au)))


def column_of(au: int, among: Sequence[int] = ACTION_UNITS) -> int:
    """Returns the label column of an AU in an AU set.

    Raises:
      ValueError: If the set lacks the AU.
    """
    if au not in among:
        which = "the 23 challenge AUs" if among is ACTION_UNITS else "the AUs"
        raise ValueError(f"{au_name(au)} is not one of {which}: {facs_codes(among)}")
    return among.index(au)


def columns_of(aus: Iterable[int], among: Sequence[int] = ACTION_UNITS) -> list[int]:
    """Returns the label columns of several AUs, in the order given; raises ValueError as `column_of` does."""
    return [column_of(au, among) for au in aus]


def au_name(au: int) -> str:
    """Returns the column name of an AU in CSV files: AU 1 is "AU01", its left side "AU01L"."""
    return f"AU{au % LEFT:02d}" + ("", "L", "R")[au // LEFT]


def intensity_name(au: int) -> str:
    """Returns the column name of an AU's intensity in CSV files, such as "AU12_intensity"."""
    return f"{au_name(au)}_intensity"


def facs_code(au: int) -> str:
    """Returns an AU as FACS coders write it: "12", its left side "L12"."""
    return ("", "L", "R")[au // LEFT] + str(au % LEFT)


def facs_codes(aus: Iterable[int]) -> str:
    """Returns AUs as FACS coders write them, such as "6, 12, L14"."""
    return ", ".join(map(facs_code, aus))


def parse_au_name(name: str) -> int | None:
    """Returns the number of the AU that a column's name such as "AU1", "AU 01" or "AU12L" says; None for other names.

    The number need not be one of FACS.
    """
    found = _NAME.fullmatch(name)
    return int(found[1]) + _SIDES[found[2].upper()] if found else None


def aus_with_columns(names: Iterable[str]) -> tuple[int, ...]:
    """Returns the AUs whose columns, named as `au_name` names them, are among a table's, in `table_order`."""
    found = {name: parse_au_name(name) for name in names}
    return table_order(
        au for name, au in found.items() if au is not None and is_action_unit(au) and au_name(au) == name
    )


def parse_au(text: str) -> int:
    """Returns the AU that a text such as "12", "AU12", "L12" or "AU12L" says.

    Raises:
      ValueError: If it is no AU of FACS.
    """
    found = re.fullmatch(r"([LR]?)(\d{1,3})", text.strip(), re.IGNORECASE)
    au = int(found[2]) + _SIDES[found[1].upper()] if found else parse_au_name(text.strip())
    if au is None or not is_action_unit(au):
        raise ValueError(f"'{text.strip()}' is not an AU of FACS, such as 12 or, of one side, L12")
    return au


AU_NAMES: tuple[str, ...] = tuple(au_name(au) for au in ACTION_UNITS)


def flip_partner(au: int) -> int:
    """Returns the AU that a face shows in the mirror: AU51 for AU52, the left AU12 for the right one, else itself."""
    side = au // LEFT
    return _FLIP_PARTNERS.get(au % LEFT, au % LEFT) + (0, RIGHT, LEFT)[side]


def flip_permutation(aus: Sequence[int] = ACTION_UNITS) -> list[int]:
    """Returns, for each column after a horizontal flip, the column it is taken from.

    Raises:
      ValueError: If `aus` holds an AU without its mirror partner.
    """
    missing = [au for au in aus if flip_partner(au) not in aus]
    if missing:
        raise ValueError(
            f"cannot flip a set that holds {au_name(missing[0])} without {au_name(flip_partner(missing[0]))}"
        )
    return [list(aus).index(flip_partner(au)) for au in aus]
