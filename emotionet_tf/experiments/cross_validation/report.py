"""A cross-validation's results for people: the table that is printed, `report.md`, and `scores_by_part.csv`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.experiments.cross_validation.intensities import CrossIntensities
from emotionet_tf.experiments.cross_validation.results import (
    MEAN_OVER_PARTS,
    PARTS_FILE,
    POOLED,
    REPORT_FILE,
    CrossResults,
    describe_rows,
    score_rows,
)
from emotionet_tf.experiments.cross_validation.scores import CrossScores, mean_of_known
from emotionet_tf.experiments.report.cell_texts import text_of
from emotionet_tf.experiments.report.markdown import markdown_of
from emotionet_tf.experiments.report.tables import Column, Table, Value, table_of
from emotionet_tf.storage.files import write_text

_MAX_NAMED = 12


def write_report(results: CrossResults) -> list[Path]:
    """Writes the report and the table of all scores by part; returns their files."""
    root = results.plan.config.root
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(score_rows(results))
    write_text(root / PARTS_FILE, text.getvalue())
    config, protocol = results.plan.config, results.plan.protocol
    source = f", {protocol.source}" if protocol.source else ""
    blocks = [
        f"# {config.dataset} by {protocol.name}",
        f"Persons are tested by a network that has not learnt from them{source}.",
        "\n".join(f"- {line}" for line in remarks(results)),
        *(markdown_of(table) for table in tables(results)),
        f"Every score of every part: `{PARTS_FILE}`.\n",
    ]
    write_text(root / REPORT_FILE, "\n\n".join(blocks))
    return [root / REPORT_FILE, root / PARTS_FILE]


def format_results(results: CrossResults) -> str:
    """Returns the results as text for a terminal."""
    blocks = ["\n".join(_text_of(table)) for table in tables(results)]
    return "\n\n".join([*blocks, "\n".join(remarks(results))])


def tables(results: CrossResults) -> list[Table]:
    """Returns the scores by AU, by tested part, and of intensities where there are some."""
    intensities = [_of_intensities(results.intensities)] if results.intensities else []
    return [_by_au(results), _by_part(results), *intensities]


def remarks(results: CrossResults) -> list[str]:
    """Returns what has to be known to read the scores, the means first."""
    scores, with_face = results.all_rows, results.with_face
    low, high = scores.pooled_f1_interval()
    num_parts = len(results.plan.protocol.tested)
    lines = [
        f"F1, mean over the {num_parts} tested parts (what papers report): "
        + _means(scores.part_means["f1"], with_face.part_means["f1"]),
        f"F1, {results.num_rows:,} rows pooled: "
        + _means(scores.pooled.values["f1"], with_face.pooled.values["f1"])
        + f"; 95 % by the choice of "
        f"the {len(results.persons)} persons: {low:.4f} to {high:.4f}",
        f'F1 of always deciding "present", pooled: {mean_of_known(scores.always_present_f1):.4f}',
        f"{results.num_rows:,} rows, {results.num_without_face:,} of them without a face, which count as absent; "
        f"{results.num_rejected:,} more could not be used",
    ]
    published = results.plan.protocol.published_rows
    if published:
        lists = ", ".join(f"{name} {count:,}" for name, count in published.items())
        lines.append(f"rows of the published lists: {lists}")
    if results.absent_persons:
        lines.append(
            f"{_listed(results.absent_persons)} of the protocol have no row: these scores are not comparable with "
            "published ones"
        )
    if results.aus_without_score:
        names = ", ".join(map(au_name, results.aus_without_score))
        lines.append(
            f"{names} of the protocol have no label or no prediction in some part and are in no mean"
        )
    return lines


def _means(f1: np.ndarray, f1_with_face: np.ndarray) -> str:
    return f"{mean_of_known(f1):.4f}, of the rows with a face {mean_of_known(f1_with_face):.4f}"


def _by_au(results: CrossResults) -> Table:
    scores, pooled = results.all_rows, results.all_rows.pooled
    columns: list[Column[int]] = [
        Column("AU", lambda i: au_name(results.aus[i])),
        Column("known", lambda i: int(pooled.num_known[i]), "count"),
        Column("present", lambda i: int(pooled.num_present[i]), "count"),
        Column(MEAN_OVER_PARTS, lambda i: _value(scores.part_means["f1"][i]), "score", group="F1"),
        Column(POOLED, lambda i: _value(pooled.values["f1"][i]), "score", group="F1"),
        Column("always present", lambda i: _value(scores.always_present_f1[i]), "score", group="F1"),
        Column("accuracy, pooled", lambda i: _value(pooled.values["accuracy"][i]), "score"),
    ]
    return table_of("aus", "By AU", columns, range(len(results.aus)))


def _by_part(results: CrossResults) -> Table:
    scores, with_face = results.all_rows, results.with_face

    def f1_of(one: CrossScores, name: str) -> Value:
        return _value(mean_of_known(one.parts[name].values["f1"]))

    columns: list[Column] = [
        Column("tested", lambda rows: rows.part),
        Column("persons", lambda rows: describe_rows(rows)[1], "count"),
        Column("rows", lambda rows: describe_rows(rows)[0], "count"),
        Column("without face", lambda rows: describe_rows(rows)[2], "count"),
        Column("all rows", lambda rows: f1_of(scores, rows.part), "score", group="mean F1"),
        Column("with a face", lambda rows: f1_of(with_face, rows.part), "score", group="mean F1"),
    ]
    return table_of("parts", "By tested part", columns, scores.tested)


def _of_intensities(intensities: CrossIntensities) -> Table:
    means, pooled = intensities.part_means, intensities.pooled

    def mean_or(i: int, values: np.ndarray) -> Value:
        return _value(mean_of_known(values) if i == len(intensities.aus) else values[i])

    columns: list[Column[int]] = [
        Column("intensity", lambda i: au_name(intensities.aus[i]) if i < len(intensities.aus) else "mean"),
        Column(
            "rows with a face",
            lambda i: int(intensities.num_rows[i]) if i < len(intensities.aus) else None,
            "count",
        ),
        Column(MEAN_OVER_PARTS, lambda i: mean_or(i, means["icc"]), "score", group="ICC(3,1)"),
        Column(POOLED, lambda i: mean_or(i, pooled["icc"]), "score", group="ICC(3,1)"),
        Column("MAE, mean over parts", lambda i: mean_or(i, means["mae"]), "score"),
        Column("MSE, mean over parts", lambda i: mean_or(i, means["mse"]), "score"),
    ]
    return table_of("intensities", "Intensities, 0 to 5", columns, range(len(intensities.aus) + 1))


def _value(number: float) -> float | None:
    return None if np.isnan(number) else float(number)


def _text_of(table: Table) -> list[str]:
    """Returns a table as lines, its columns padded."""
    cells = [[column.full_title for column in table.columns]]
    for row in table.value_rows:
        cells.append([text_of(value, column.kind) for value, column in zip(row, table.columns, strict=True)])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if column.is_numeric else cell.ljust(width)
            for cell, width, column in zip(line, widths, table.columns, strict=True)
        ).rstrip()
        for line in cells
    ]


def _listed(persons: Sequence[str]) -> str:
    more = f" and {len(persons) - _MAX_NAMED} more" if len(persons) > _MAX_NAMED else ""
    return ", ".join(persons[:_MAX_NAMED]) + more
