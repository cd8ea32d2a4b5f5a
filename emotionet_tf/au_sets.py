"""The AU sets that datasets code, by name: a records folder names its set, and EmotioNet's 23 are the default.

Sources: the datasets' label files as public readers take them; BP4D's list leaves out AU25 and AU26, whose columns are
there but not coded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from emotionet_tf.action_units import ACTION_UNITS, flip_partner, table_order

EMOTIONET = "emotionet"
OWN = "own"
"""What a set is called that is none of the named ones."""

_DISFA = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
_BP4D_PLUS = (*(1, 2, 4, 5, 6, 7), *range(9, 21), 22, 23, 24, *range(27, 40))

AU_SETS: Mapping[str, tuple[int, ...]] = {
    EMOTIONET: ACTION_UNITS,
    "disfa": _DISFA,
    "bp4d": (1, 2, 4, 5, 6, 7, *range(9, 19), 20, 22, 23, 24, 27, 28),
    "bp4d_plus": _BP4D_PLUS,
    "aff_wild2": (1, 2, 4, 6, 7, 10, 12, 15, 23, 24, 25, 26),
    "aff_wild2_2020": (1, 2, 4, 6, 12, 15, 20, 25),
    "unbc_pain": (4, 6, 7, 9, 10, 12, 20, 25, 26, 43),
}


def au_set_of(aus: Iterable[int]) -> tuple[int, ...]:
    """Returns the columns of labels for these AUs: EmotioNet's 23 if they hold all of them, else the AUs in order."""
    wanted = table_order(aus)
    return ACTION_UNITS if set(wanted) <= set(ACTION_UNITS) else wanted


def common_au_set(sets: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """Returns the columns of labels that lists with these AU sets share: the one set of all, or the union in order."""
    different = list(dict.fromkeys(sets))
    return different[0] if len(different) == 1 else table_order(au for one in different for au in one)


def learnable_columns(aus: Iterable[int]) -> tuple[int, ...]:
    """Returns the label columns that a network with these AUs reads: EmotioNet's 23, or what AUs and flip need."""
    wanted = list(aus)
    return au_set_of([*wanted, *map(flip_partner, wanted)])


def name_of_au_set(aus: Sequence[int]) -> str:
    """Returns the name of an AU set, `OWN` for one that has none."""
    return next((name for name, one in AU_SETS.items() if one == tuple(aus)), OWN)
