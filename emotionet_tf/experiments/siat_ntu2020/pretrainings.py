"""What the pre-trainings reached: the report's table of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean

from emotionet_tf.experiments.report.run_facts import RunFacts
from emotionet_tf.experiments.report.tables import Column, Table, Value
from emotionet_tf.experiments.scores.verdicts import NOT_RUN
from emotionet_tf.experiments.siat_ntu2020.lineage import ROWS, Task
from emotionet_tf.experiments.siat_ntu2020.plan import pretrained_dir
from emotionet_tf.experiments.siat_ntu2020.scales import SCALES

_MEASURES = {Task.FACE: ("val_auc", "verification's AUC"), Task.EMOTION: ("val_recall", "mean recall")}


def pretrainings_table(facts: RunFacts) -> Table:
    """Returns each pre-training with what it reached on held-out photos, means over the seeds."""
    scale = SCALES[facts.run.scale.name]
    needed = dict.fromkeys(
        (scale.architecture(row.architecture), task) for row in ROWS for task in row.starts_from
    )
    rows: list[Sequence[Value]] = []
    for architecture, task in needed:
        backbone = scale.networks[architecture].backbone
        folders = [
            pretrained_dir(facts.run.layout, backbone, task, seed) for seed in range(facts.run.num_seeds)
        ]
        best = [line for folder in folders if (line := _best_line(folder)) is not None]
        column, measure = _MEASURES[task]
        values = (_mean_of(best, "val_accuracy"), measure, _mean_of(best, column))
        rows.append(
            (f"{task.value}, {architecture}", len(best) or NOT_RUN, _num_classes(folders[0]), *values)
        )
    return Table(
        "pretrainings",
        "Pre-trainings, on photos of their own sets that they were not trained on",
        (
            Column("learned, backbone"),
            Column("trained", "count"),
            Column("classes", "count"),
            Column("accuracy", "score"),
            Column("measure"),
            Column("its value", "score"),
        ),
        tuple(rows),
        "Of the step that trainings start from, the best by the measure; means over the seeds. Verification tells "
        "photos of one person from photos of two, by the cosine of their embeddings; 0.5 is chance.",
    )


def _best_line(folder: Path) -> Mapping[str, str] | None:
    """Returns the line of a run's curves with the best validation score; None where there is none yet."""
    try:
        with (folder / "curves.csv").open(encoding="utf-8", newline="") as file:
            lines = [line for line in csv.DictReader(file) if line.get("val_score")]
    except FileNotFoundError:
        return None
    return max(lines, key=lambda line: float(line["val_score"])) if lines else None


def _mean_of(lines: Sequence[Mapping[str, str]], column: str) -> float | None:
    values = [float(line[column]) for line in lines if line.get(column)]
    return mean(values) if values else None


def _num_classes(folder: Path) -> int | None:
    try:
        return len(json.loads((folder / "backbone.json").read_text(encoding="utf-8"))["classes"])
    except FileNotFoundError:
        return None
