"""Ids of two files that are not the same and were meant to be: they differ in case, ending, zeros or folders."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator

from emotionet_tf.label_lists.photo_places import PHOTO_SUFFIXES

_NUMBER = re.compile(r"[0-9]+")
_WHOLE_FLOAT = re.compile(r"^([0-9]+)\.0$")


def near_ids(missing: Collection[str], unused: Collection[str]) -> str:
    """Returns how ids without a partner differ from such as could be it, with an example; empty where none does.

    Only pairs count in which each has no other candidate.

    Args:
      missing: Ids of one file that the other lacks.
      unused: Ids of the other file that the first lacks.
    """
    best: tuple[int, str] = (0, "")
    for words, pairs in _kinds(missing, unused):
        found = list(pairs)
        if len(found) > best[0]:
            first, second = found[0]
            best = len(found), f"{len(found)} differ only in {words}, such as '{first}' and '{second}'"
    return best[1]


def _kinds(
    missing: Collection[str], unused: Collection[str]
) -> Iterator[tuple[str, Iterator[tuple[str, str]]]]:
    for words, key in _KEYS.items():
        yield words, _pairs(missing, unused, key)
    yield "the folders in front", _pairs_by_end(missing, unused)


def _without_ending(one: str) -> str:
    stem, ending = os.path.splitext(one)
    return stem if ending.lower() in PHOTO_SUFFIXES else one


def _with_plain_numbers(one: str) -> str:
    # A spreadsheet makes 1 of 001; pandas makes 1.0 of it where a column has empty cells.
    whole = _WHOLE_FLOAT.sub(r"\1", one)
    return _NUMBER.sub(lambda number: number[0].lstrip("0") or "0", whole)


_KEYS: dict[str, Callable[[str], str]] = {
    "upper and lower case": str.casefold,
    "the ending": _without_ending,
    "zeros of numbers": _with_plain_numbers,
    "case, ending or zeros of numbers": lambda one: _with_plain_numbers(_without_ending(one)).casefold(),
}
"""What ids can differ in, and what is left of one without it."""


def _pairs(
    missing: Collection[str], unused: Collection[str], key: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    counts = Counter(map(key, missing))
    candidates = _by_key(unused, key)
    for one in missing:
        if counts[key(one)] == 1 and len(candidates.get(key(one), ())) == 1:
            yield one, candidates[key(one)][0]


def _pairs_by_end(missing: Collection[str], unused: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yields pairs of which one is the end of the other's path."""

    def name(one: str) -> str:
        return one.rpartition("/")[2]

    counts, candidates = Counter(map(name, missing)), _by_key(unused, name)
    for one in missing:
        others = candidates.get(name(one), [])
        if counts[name(one)] == len(others) == 1:
            short, long = sorted((one, others[0]), key=len)
            if long.endswith(f"/{short.lstrip('/')}"):
                yield one, others[0]


def _by_key(ids: Collection[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in ids:
        found.setdefault(key(one), []).append(one)
    return found
