"""The report's tables as CSV."""

from __future__ import annotations

import csv
import io

from emotionet_tf.experiments.report.tables import Table, Value
from emotionet_tf.experiments.scores.bootstrap import Interval


def csv_of(table: Table) -> str:
    """Returns a table as CSV; an interval becomes four columns: estimate, low, high and number of seeds."""
    rows = table.value_rows
    expanded = [any(isinstance(row[i], Interval) for row in rows) for i in range(len(table.columns))]
    header: list[str] = []
    for column, has_ends in zip(table.columns, expanded, strict=True):
        name = column.full_title
        header += [name, f"{name} (low)", f"{name} (high)", f"{name} (seeds)"] if has_ends else [name]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        cells: list[str] = []
        for value, has_ends in zip(row, expanded, strict=True):
            cells += _cells(value, has_ends)
        writer.writerow(cells)
    return text.getvalue()


def _cells(value: Value, has_ends: bool) -> list[str]:
    if isinstance(value, Interval):
        return [
            *(f"{number:.6f}" for number in (value.estimate, value.low, value.high)),
            str(value.num_seeds),
        ]
    text = "" if value is None else value.strip() if isinstance(value, str) else str(value)
    return [text, "", "", ""] if has_ends else [text]
