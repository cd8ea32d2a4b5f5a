from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from emotionet_tf.json_fields import check_field_types


@dataclass(frozen=True)
class Described:
    name: str
    count: int
    share: float
    is_soft: bool
    sizes: tuple[float, float]
    counts: Mapping[str, tuple[int, ...]]
    settings: Mapping[str, Any]
    note: str | None = None


GOOD = {
    "name": "opt",
    "count": 3,
    "share": 1,
    "is_soft": False,
    "sizes": [1, 0.5],
    "counts": {"a": [1, 2], "b": []},
    "settings": {"anything": [None]},
}


def test_json_of_the_fields_types_is_taken():
    check_field_types(Described, GOOD)
    check_field_types(Described, {**GOOD, "note": "text", "another key": object()})
    check_field_types(Described, {"note": None})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("name", 3, "name is 3, expected str"),
        ("count", 3.0, "count is 3.0, expected int"),
        ("count", True, "count is True, expected int"),
        ("count", 10**400, "count is 1000.*[.]{3}, expected int"),
        ("share", float("nan"), "share is nan, expected float"),
        ("share", "1", "share is '1', expected float"),
        ("is_soft", 0, "is_soft is 0, expected bool"),
        ("sizes", [1, 2, 3], r"sizes is \[1, 2, 3\], expected tuple\[float, float\]"),
        ("sizes", {"a": 1}, "sizes is"),
        ("counts", {"a": ["1"]}, r"counts is \{'a': \['1'\]\}, expected .*Mapping\[str, tuple\[int, ...\]\]"),
        ("counts", [], r"counts is \[\], expected"),
        ("note", 1, r"note is 1, expected str \| None"),
    ],
)
def test_value_of_another_type_is_named_with_its_field(name, value, message):
    with pytest.raises(ValueError, match=f"^{message}") as raised:
        check_field_types(Described, {**GOOD, name: value})
    assert len(str(raised.value)) < 160
