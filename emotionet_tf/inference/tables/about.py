"""Where a table's origin is written, and how it names what made it in a few letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emotionet_tf.storage.files import read_json_or_nothing
from emotionet_tf.storage.paths import as_path

ABOUT_ENDING = ".about.json"
_CHECKSUM_LETTERS = 8


def about_path(table: str) -> str:
    """Returns where what made a table is written: beside it."""
    path = as_path(table)
    return str(path.with_name(path.name + ABOUT_ENDING))


def training_remark(table: str) -> str:
    """Returns what the models of a table were trained on, as far as the file beside it says so; empty without one."""
    models = read_json_or_nothing(as_path(about_path(table))).get("models") or []
    described = [one for one in models if isinstance(one, dict)]
    names = list(dict.fromkeys(str(name) for one in described for name in one.get("trained_on") or ()))
    if not names:
        return ""
    return (
        f"the predictions are of a model that was trained on {', '.join(names)}: where these photos are among its, the "
        "scores flatter"
    )


def short_name(described: Sequence[dict[str, Any]]) -> str:
    """Returns the models' names and the first letters of their checksums, such as "fast/pose@1a2b3c4d"."""
    return " ".join(f"{one['name']}@{one['weights_sha256'][:_CHECKSUM_LETTERS]}" for one in described)
