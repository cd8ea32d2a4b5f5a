"""What the pre-trainings reached: the report's table of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.report.run_facts import RunFacts
from emotionet_tf.experiments.report.tables import Column, Table, table_of
from emotionet_tf.experiments.scores.verdicts import NOT_RUN
from emotionet_tf.experiments.siat_ntu2020.lineage import ROWS, Task
from emotionet_tf.experiments.siat_ntu2020.plan import pretrained_dir
from emotionet_tf.experiments.siat_ntu2020.scales import SCALES
from emotionet_tf.training.monitoring.curves import read_curves

_MEASURES = {"val_accuracy": "accuracy", "val_auc": "verification's AUC", "val_recall": "mean recall"}
# `models.backbones.backbone_folders` names it too, but brings TensorFlow with it.
_INFO_FILE = "backbone.json"


@dataclass(frozen=True)
class _Pretraining:
    """What a backbone learned: by seed that was validated what its best network scored, and of how many classes."""

    title: str
    best: Sequence[Mapping[str, float]]
    num_classes: int | None


def pretrainings_table(facts: RunFacts) -> Table:
    """Returns each pre-training with what it reached on held-out photos, means over the seeds."""
    scale = SCALES[facts.run.scale.name]
    needed = dict.fromkeys(
        (scale.architecture(row.architecture), task) for row in ROWS for task in row.starts_from
    )
    rows = [
        _pretraining(facts, architecture, scale.networks[architecture].backbone, task)
        for architecture, task in needed
    ]
    return table_of(
        "pretrainings",
        "Pre-trainings, on photos of their own sets that they were not trained on",
        (
            Column("learned, backbone", lambda row: row.title),
            Column("trained", lambda row: len(row.best) or NOT_RUN, "count"),
            Column("classes", lambda row: row.num_classes, "count"),
            *(Column(title, _mean_of(measure), "score") for measure, title in _MEASURES.items()),
        ),
        rows,
        "Of the step that trainings start from, the best by AUC or mean recall; means over the seeds. Verification "
        "tells photos of one person from photos of two, by the cosine of their embeddings; 0.5 is chance.",
    )


def _pretraining(facts: RunFacts, architecture: str, backbone: str, task: Task) -> _Pretraining:
    seeds = range(facts.run.num_seeds)
    folders = [pretrained_dir(facts.run.layout, backbone, task, seed) for seed in seeds]
    best = [values for folder in folders if (values := _best_values(folder))]
    return _Pretraining(f"{task.value}, {architecture}", best, _num_classes(folders[0]))


def _best_values(folder: Path) -> dict[str, float]:
    """Returns what a run's best network by validation scored, by column; nothing where none was validated yet."""
    try:
        values = read_curves(folder).values
    except UserError:
        return {}
    scores = values.get("val_score", np.empty(0))
    if not np.isfinite(scores).any():
        return {}
    best = int(np.nanargmax(scores))
    return {name: float(column[best]) for name, column in values.items() if np.isfinite(column[best])}


def _mean_of(measure: str) -> Callable[[_Pretraining], float | None]:
    def mean_over_seeds(row: _Pretraining) -> float | None:
        values = [run[measure] for run in row.best if measure in run]
        return float(np.mean(values)) if values else None

    return mean_over_seeds


def _num_classes(folder: Path) -> int | None:
    try:
        return len(json.loads((folder / _INFO_FILE).read_text(encoding="utf-8"))["classes"])
    except FileNotFoundError:
        return None
