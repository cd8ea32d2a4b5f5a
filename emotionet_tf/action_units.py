"""The 23 Action Units of the EmotioNet Challenge 2020, their two groups and what a horizontal flip does to them."""

from __future__ import annotations

from collections.abc import Iterable
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

FLIP_PARTNERS = {51: 52, 52: 51, 55: 56, 56: 55}
"""AUs that are each other's mirror image: turn left/right and tilt left/right."""

DESCRIPTIONS = {
    1: "inner brow raiser", 2: "outer brow raiser", 4: "brow lowerer", 5: "upper lid raiser", 6: "cheek raiser",
    9: "nose wrinkler", 10: "upper lip raiser", 12: "lip corner puller", 15: "lip corner depressor",
    17: "chin raiser", 18: "lip pucker", 20: "lip stretcher", 24: "lip pressor", 25: "lips part", 26: "jaw drop",
    28: "lip suck", 43: "eyes closed", 51: "head turn left", 52: "head turn right", 53: "head up",
    54: "head down", 55: "head tilt left", 56: "head tilt right",
}  # fmt: skip
"""Standard FACS names; left and right are the person's own."""


def column_of(au: int) -> int:
    """Returns the label column of an AU.

    Raises:
      ValueError: If the AU is none of the 23.
    """
    if au not in ACTION_UNITS:
        raise ValueError(f"AU {au} is not one of the 23 challenge AUs: {', '.join(map(str, ACTION_UNITS))}")
    return ACTION_UNITS.index(au)


def columns_of(aus: Iterable[int]) -> list[int]:
    """Returns the label columns of several AUs, in the order given; raises ValueError as `column_of` does."""
    return [column_of(au) for au in aus]


def au_name(au: int) -> str:
    """Returns the column name of an AU in CSV files: AU 1 is "AU01"."""
    return f"AU{au:02d}"


AU_NAMES: tuple[str, ...] = tuple(au_name(au) for au in ACTION_UNITS)


def flip_permutation(aus: tuple[int, ...] = ACTION_UNITS) -> list[int]:
    """Returns, for each column after a horizontal flip, the column it is taken from.

    Raises:
      ValueError: If `aus` holds an AU without its mirror partner.
    """
    missing = [au for au in aus if FLIP_PARTNERS.get(au, au) not in aus]
    if missing:
        raise ValueError(
            f"cannot flip a set that holds AU {missing[0]} without AU {FLIP_PARTNERS[missing[0]]}"
        )
    return [aus.index(FLIP_PARTNERS.get(au, au)) for au in aus]
