"""Whether what a JSON file says has the types of a dataclass's fields; files are edited, cut off and mixed up."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

_MOST = 1 << 62
_SHOWN_CHARS = 60


def check_field_types(cls: type, content: Mapping[str, Any]) -> None:
    """Checks the entries that are a dataclass's fields; JSON's lists stand for tuples, whole numbers for floats.

    Args:
      cls: The dataclass; its fields are texts, numbers, or mappings and tuples of these.
      content: Values by field; others than the fields are ignored.
    Raises:
      ValueError: If a value is of another type, or a number is not finite; the message names the field.
    """
    for name, hint in _hints(cls).items():
        if name in content and not _fits(content[name], hint):
            shown = repr(content[name])
            shown = shown if len(shown) <= _SHOWN_CHARS else f"{shown[:_SHOWN_CHARS]}..."
            raise ValueError(f"{name} is {shown}, expected {_described(hint)}")


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _fits(value: Any, hint: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, one) for one in inner)
    if origin is tuple:
        fixed = len(inner) if Ellipsis not in inner else None
        return (
            isinstance(value, list | tuple)
            and fixed in (None, len(value))
            and all(_fits(one, inner[0]) for one in value)
        )
    if origin is not None:  # a mapping by texts
        return isinstance(value, Mapping) and all(_fits(one, inner[1]) for one in value.values())
    if hint is Any:
        return True
    if hint in (int, float):
        is_number = isinstance(value, int if hint is int else int | float) and not isinstance(value, bool)
        return is_number and abs(value) < _MOST and math.isfinite(value)
    return isinstance(value, hint)


def _described(hint: Any) -> str:
    return (
        hint.__name__
        if isinstance(hint, type) and get_origin(hint) is None
        else str(hint).replace("typing.", "")
    )
