"""A comparison as lines of text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from emotionet_tf.action_units import au_name
from emotionet_tf.inference.comparison.comparison import AuComparison, Comparison, ToolResult
from emotionet_tf.inference.comparison.decision_measures import MEASURES
from emotionet_tf.inference.comparison.intensity_measures import INTENSITY_MEASURES
from emotionet_tf.inference.comparison.paired import Estimate
from emotionet_tf.inference.other_tools.reading import format_rejected

TITLES = {
    "f1": "F1",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced",
    "auc": "AUC",
    "mcc": "MCC",
    "icc": "ICC(3,1)",
    "mse": "MSE",
    "mae": "MAE",
    "ccc": "CCC",
    "pearson": "Pearson",
}
"""What columns call the measures; "balanced" is the balanced accuracy."""

ON_COMMON = "On the rows that every table with the AU scored"
ON_ALL = "On all known labels; a row without a score counts as absent"
OF_INTENSITIES = (
    "Agreement of intensities, on the rows that are coded and that every table with intensities scored"
)


def format_comparison(comparison: Comparison) -> str:
    """Returns tables on common rows, on all rows and of intensities, with what a person should know before them."""
    sections = [about_tables(comparison), about_intervals(comparison)]
    sections.append([f"{ON_COMMON}:", *_lined_up(common_cells(comparison))])
    sections.append([f"{ON_ALL}:", *_lined_up(all_cells(comparison))])
    if any(one.num_graded for one in comparison.aus):
        sections.append([f"{OF_INTENSITIES}:", *_lined_up(intensity_cells(comparison))])
    return "\n\n".join("\n".join(lines) for lines in sections)


def about_tables(comparison: Comparison) -> list[str]:
    """Returns what was read: a line for each table, with what should be known of it behind."""
    lines = []
    for one in comparison.tables:
        matched = one.matched
        counts = [
            f"{len(one.table.rows)} rows",
            f"{one.table.num_failed} of them without a face",
            f"{matched.num_matched} of {comparison.num_labels} labelled rows",
            f"{matched.num_unlabelled} without a label",
            f"{matched.num_further_faces} of further faces",
        ]
        lines.append(f"{one.name} ({one.table.title}): {', '.join(counts)}")
        lines += [f"  {remark}" for remark in (*one.table.remarks, *matched.remarks)]
        if one.table.rejected:
            lines.append(f"  {format_rejected(one.table.rejected)}")
    return lines


def about_intervals(comparison: Comparison) -> list[str]:
    """Returns how persons were told, what the means are over, and which AUs are in no table."""
    lines = [
        f"95 % intervals over {comparison.num_persons} persons ({comparison.persons_from}); {comparison.num_draws} "
        f"resamples, seed {comparison.seed}"
    ]
    if comparison.mean_aus:
        names = " ".join(map(au_name, comparison.mean_aus))
        lines.append(f"means are over the AUs that every table has: {names}")
    else:
        lines.append("no mean: no AU has rows that all tables scored")
    if comparison.aus_without_scores:
        lines.append(f"labelled, but in no table: {' '.join(map(au_name, comparison.aus_without_scores))}")
    empty = [au_name(one.au) for one in comparison.aus if one.num_known and not one.num_positive]
    if empty:
        lines.append(
            f"without a positive label: {' '.join(empty)}; there F1 is 0, MCC is 0, AUC is undefined, and balanced "
            "accuracy is the negatives' recall"
        )
    return lines


def common_cells(comparison: Comparison) -> list[list[str]]:
    """Returns the table on common rows, its header first."""
    first = comparison.tables[0].name
    measures = [TITLES[measure] for measure in MEASURES]
    header = ["AU", "table", "rows", "present", "F1", "95 %", *measures[1:]]
    header += [f"F1 - {first}", "95 %", "AUC - " + first, "95 %"] * (len(comparison.tables) > 1)
    rows = [header]
    for one in comparison.aus:
        numbers = [str(one.num_common), str(one.num_common_positive)]
        rows += [
            [au_name(one.au), name, *numbers, *_common(tool, len(comparison.tables))]
            for name, tool in one.tools.items()
        ]
    rows += [
        ["mean", name, "", "", *_common(tool, len(comparison.tables))]
        for name, tool in comparison.mean.items()
    ]
    return rows


def _common(tool: ToolResult, num_tables: int) -> list[str]:
    cells = [number_text(tool.on_common["f1"].value), interval_text(tool.on_common["f1"])]
    cells += [number_text(tool.on_common[measure].value) for measure in MEASURES[1:]]
    if num_tables > 1:
        for measure in ("f1", "auc"):
            difference = tool.difference.get(measure)
            cells += (
                ["", ""]
                if difference is None
                else [signed_text(difference.value), interval_text(difference, "+")]
            )
    return cells


def all_cells(comparison: Comparison) -> list[list[str]]:
    """Returns the table on all known labels, its header first."""
    header = [
        "AU",
        "table",
        "known",
        "present",
        "scored",
        "failed",
        "no row",
        *(TITLES[one] for one in MEASURES),
    ]
    rows = [[*header, "decided by", "ranked by"]]
    for one in comparison.aus:
        for name, tool in one.tools.items():
            numbers = (one.num_known, one.num_positive, tool.num_scored, tool.num_failed, tool.num_missing)
            measures = [number_text(tool.on_all[measure]) for measure in MEASURES]
            rows.append(
                [au_name(one.au), name, *map(str, numbers), *measures, tool.decided_by, tool.ranked_by]
            )
    for name, tool in comparison.mean.items():
        rows.append(["mean", name, *[""] * 5, *(number_text(tool.on_all[one]) for one in MEASURES), "", ""])
    return rows


def intensity_cells(comparison: Comparison) -> list[list[str]]:
    """Returns the table of intensities' agreement, its header first."""
    rows = [["AU", "table", "rows", "ICC(3,1)", "95 %", *(TITLES[one] for one in INTENSITY_MEASURES[1:])]]
    return rows + [
        [
            au_name(one.au),
            name,
            str(one.num_graded),
            number_text(tool.agreement["icc"].value),
            interval_text(tool.agreement["icc"]),
            *(number_text(tool.agreement[measure].value) for measure in INTENSITY_MEASURES[1:]),
        ]
        for one, name, tool in _tools(comparison.aus)
        if tool.agreement
    ]


def _tools(aus: Sequence[AuComparison]) -> Iterable[tuple[AuComparison, str, ToolResult]]:
    return ((one, name, tool) for one in aus for name, tool in one.tools.items())


def number_text(value: float) -> str:
    """Returns a number with three decimals, "-" for NaN."""
    return "-" if math.isnan(value) else f"{value:.3f}"


def signed_text(value: float) -> str:
    """Returns a difference with its sign, "-" for NaN."""
    return "-" if math.isnan(value) else f"{value:+.3f}"


def interval_text(estimate: Estimate, sign: str = "") -> str:
    """Returns both ends of an interval, "-" where there is none."""
    if math.isnan(estimate.low):
        return "-"
    return f"{estimate.low:{sign}.3f} to {estimate.high:{sign}.3f}"


def _lined_up(rows: Sequence[Sequence[str]]) -> list[str]:
    """Returns lines with texts to the left and numbers to the right of their columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    texts = [name in ("AU", "table", "decided by", "ranked by") for name in rows[0]]
    return [
        "  ".join(
            cell.ljust(width) if is_text else cell.rjust(width)
            for cell, width, is_text in zip(row, widths, texts, strict=True)
        ).rstrip()
        for row in rows
    ]
