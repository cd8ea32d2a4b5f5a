"""A comparison as JSON, nested, or as a CSV with a row for each AU, table, measure and set of rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from emotionet_tf.action_units import au_name
from emotionet_tf.inference.comparison.comparison import Comparison, ToolResult
from emotionet_tf.inference.comparison.paired import Estimate
from emotionet_tf.storage.files import write_json, written_aside
from emotionet_tf.storage.write_locks import only_writer

_MEAN = "mean"
_PARTS = ("on_common", "difference", "on_all", "agreement", "agreement_difference")


def write_comparison(path: str, comparison: Comparison) -> None:
    """Writes the results, in the format of the path's ending."""
    if not path.endswith(".csv"):
        with only_writer(path):
            write_json(path, to_dict(comparison))
        return
    table = pd.DataFrame(
        _csv_rows(comparison),
        columns=["au", "table", "rows", "num_rows", "measure", "value", "low", "high"],
    )
    with only_writer(path), written_aside(path) as aside:
        table.to_csv(aside, index=False)


def to_dict(comparison: Comparison) -> dict[str, Any]:
    """Returns the results as JSON can hold them; NaN becomes null."""
    return {
        "num_labels": comparison.num_labels,
        "num_persons": comparison.num_persons,
        "persons": comparison.persons_from,
        "num_draws": comparison.num_draws,
        "seed": comparison.seed,
        "tables": {
            one.name: {
                "program": one.table.title,
                "num_rows": len(one.table.rows),
                "num_failed": one.table.num_failed,
                "num_matched": one.matched.num_matched,
                "num_without_label": one.matched.num_unlabelled,
                "num_further_faces": one.matched.num_further_faces,
                "num_rejected": len(one.table.rejected),
                "remarks": [*one.table.remarks, *one.matched.remarks],
            }
            for one in comparison.tables
        },
        "aus_without_scores": [au_name(au) for au in comparison.aus_without_scores],
        "mean_aus": [au_name(au) for au in comparison.mean_aus],
        "mean": {name: _tool(tool) for name, tool in comparison.mean.items()},
        "aus": {
            au_name(one.au): {
                "num_known": one.num_known,
                "num_positive": one.num_positive,
                "num_common": one.num_common,
                "num_common_positive": one.num_common_positive,
                "num_graded": one.num_graded,
                "tables": {
                    name: {
                        "num_scored": tool.num_scored,
                        "num_failed": tool.num_failed,
                        "num_missing": tool.num_missing,
                        "decided_by": tool.decided_by,
                        "ranked_by": tool.ranked_by,
                        **_tool(tool),
                    }
                    for name, tool in one.tools.items()
                },
            }
            for one in comparison.aus
        },
    }


def _tool(tool: ToolResult) -> dict[str, Any]:
    found = {}
    for part in _PARTS:
        if values := getattr(tool, part):
            found[part] = {measure: _values(value) for measure, value in values.items()}
    return found


def _values(value: Estimate | float) -> Any:
    if isinstance(value, Estimate):
        return {name: _number(getattr(value, name)) for name in ("value", "low", "high")}
    return _number(value)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _csv_rows(comparison: Comparison) -> Iterator[tuple[Any, ...]]:
    for one in comparison.aus:
        counts = {"on_common": one.num_common, "difference": one.num_common, "on_all": one.num_known}
        counts |= {"agreement": one.num_graded, "agreement_difference": one.num_graded}
        for name, tool in one.tools.items():
            for kind, count in (
                ("scored", tool.num_scored),
                ("failed", tool.num_failed),
                ("no_row", tool.num_missing),
            ):
                yield au_name(one.au), name, "on_all", one.num_known, f"num_{kind}", count, math.nan, math.nan
            yield from _measures(au_name(one.au), name, tool, counts)
    for name, tool in comparison.mean.items():
        yield from _measures(_MEAN, name, tool, {})


def _measures(au: str, name: str, tool: ToolResult, counts: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    for part in _PARTS:
        for measure, value in getattr(tool, part).items():
            one = value if isinstance(value, Estimate) else Estimate(value)
            yield au, name, part, counts.get(part, ""), measure, one.value, one.low, one.high
