"""The plain CSV: a column `path` or `id` (or both) and one column per labelled AU, `AU01`, `AU1` or `AU 1`.

999 and an empty cell mean unknown.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace

from emotionet_tf.action_units import ACTION_UNITS, AU_NAMES
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.columns import Columns, au_columns, identity_columns
from emotionet_tf.label_lists.rows import LabelRow, written_values
from emotionet_tf.storage.files import written_aside


def plain_columns(path: str, header: list[str]) -> Columns:
    """Returns a plain CSV's columns; raises UserError where it names no photo or no AU, or an unknown AU."""
    columns = identity_columns(path, header)
    aus = au_columns(path, header, allowed=ACTION_UNITS)
    if not aus:
        raise UserError(f"{path}: no AU column; expected some of {', '.join(AU_NAMES)}")
    return replace(columns, aus=aus, blank_is_unknown=True)


def write_plain_csv(
    path: str | os.PathLike[str],
    rows: Iterable[LabelRow],
    *,
    extra_columns: Mapping[str, Iterable[object]] | None = None,
) -> None:
    """Writes rows as a plain CSV with the columns `id`, `path`, `AU01` .. `AU56`; 999 = unknown.

    Args:
      path: The file to write.
      rows: Its rows, which need not be in memory at once.
      extra_columns: Further columns by name, a value per row; readers of label lists pass over them.
    """
    extra = extra_columns or {}
    with written_aside(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "path", *AU_NAMES, *extra])
        for row, *further in zip(rows, *extra.values(), strict=True):
            values = written_values(row)
            writer.writerow([row.example_id, row.photo, *(values[au] for au in ACTION_UNITS), *further])
