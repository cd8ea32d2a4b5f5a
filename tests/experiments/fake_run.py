"""A reproduction's folder with predictions made of the truth plus noise: what the report reads, without a training."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS, FRAMINGS, GROUPS, POSE, au_name
from emotionet_tf.experiments.reproduction import reproduction_of, start
from emotionet_tf.experiments.run_layout import RunLayout
from emotionet_tf.experiments.werner2020.lineage import (
    ALL_FUSIONS,
    OPENFACE_BASELINE,
    OWNNET8_BASELINE,
    ROWS,
    row_of,
)
from emotionet_tf.experiments.werner2020.plan import Plan, plan_for
from emotionet_tf.inference.fusion import fuse
from emotionet_tf.inference.prediction_files import Predictions, read_predictions, write_predictions
from emotionet_tf.label_lists.formats.plain_csv import write_plain_csv
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.records.dataset_info import save_dataset_info
from emotionet_tf.records.writing.dataset_counts import RecordCounts
from emotionet_tf.training.monitoring.curve_file import CurveFile
from emotionet_tf.training.monitoring.validation_results import ValidationResults
from emotionet_tf.training.objectives.validation_measures import AUS, validation_measures

NUM_PHOTOS = {"opt-train": 80, "opt": 100, "train": 200, "opt-val": 60, "val": 60, "test": 120}
_PHOTOS_A_PERSON = 4


def make_fake_run(root: Path, *, num_seeds: int = 3, keys: frozenset[str] | None = None) -> Plan:
    """Writes records' tables, predictions, curves and node records of some rows; all rows where `keys` is None."""
    run = reproduction_of(root, paper="werner2020", scale="small", num_seeds=num_seeds)
    start(run)
    plan = plan_for(run)
    generator = np.random.default_rng(0)
    truth = {name: write_fake_records(plan.layout, name, generator) for name in NUM_PHOTOS}
    for row in ROWS:
        if keys is None or row.key in keys:
            for seed in plan.seeds_of(row):
                _write_row(plan, row, seed, truth, generator)
    for fusion in ALL_FUSIONS:
        for seed in plan.seeds_of(fusion):
            _write_fusion(plan, fusion, seed)
    if keys is None:
        for name in plan.run.evaluated:
            aus = POSE.aus
            scores = noisy(truth[name], 0.2, generator)[:, -len(aus) :]
            _write_predictions(plan, OPENFACE_BASELINE, 0, name, aus, scores)
    _write_node_records(plan)
    return plan


def write_fake_records(layout: RunLayout, name: str, generator: np.random.Generator) -> np.ndarray:
    """Writes a dataset's tables and returns the labels, [photos, 23]."""
    count = NUM_PHOTOS[name]
    labels = (generator.random((count, 23)) < generator.uniform(0.1, 0.5, 23)).astype(np.float32)
    mask = (generator.random((count, 23)) < 0.9).astype(np.float32)
    rows = [LabelRow(id_, id_, labels[i] * mask[i], mask[i]) for i, id_ in enumerate(ids_of(name))]
    folder = layout.records(name)
    write_plain_csv(folder / "rows.csv", rows)
    # The last two have no face.
    save_fake_info(folder, name, rows[:-2], num_usable=count)
    return labels


def save_fake_info(
    folder: Path,
    name: str,
    records: Sequence[LabelRow] = (),
    *,
    num_usable: int | None = None,
    crop_size_px: int = 72,
) -> None:
    """Writes the description of records that are not there; as many rows are usable as there are records by default."""
    counts = RecordCounts()
    for row in records:
        counts.add(row, None)
    info = counts.describe(
        name,
        views={},
        num_usable=len(records) if num_usable is None else num_usable,
        num_rejected=0,
        crop_size_px=crop_size_px,
        framing=FRAMINGS[0],
        settings={"split_by": "folder"},
    )
    save_dataset_info(folder, info)


def ids_of(name: str) -> list[str]:
    """Returns the ids of a dataset's photos."""
    return [f"{name}-{i // _PHOTOS_A_PERSON}/{i}.jpg" for i in range(NUM_PHOTOS[name])]


def noisy(labels: np.ndarray, error_rate: float, generator: np.random.Generator) -> np.ndarray:
    """Returns labels of which a share is wrong."""
    return np.abs(labels - (generator.random(labels.shape) < error_rate))


def _write_row(plan, row, seed, truth, generator) -> None:
    # A student errs less than its teacher.
    error_rate = {None: 0.14}.get(row.teacher, 0.10) + 0.005 * generator.standard_normal()
    if row.key == OWNNET8_BASELINE.key:
        error_rate = 0.25
    aus = ACTION_UNITS if "all" in row.groups else tuple(au for g in row.groups for au in GROUPS[g].aus)
    for name in plan.run.evaluated:
        if not (row.whole_opt_set and name == "opt-val"):
            scores = noisy(truth[name], error_rate, generator)[:, : len(aus)]
            _write_predictions(plan, row.key, seed, name, aus, scores)
    for group in row.groups:
        if not (group == "pose" and row.pose_of):
            _write_training(plan, row, seed, group, 1 - error_rate)


def _write_predictions(plan, key, seed, name, aus, scores) -> None:
    path = plan.layout.predictions(key, seed, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_predictions(path, Predictions(tuple(ids_of(name)), aus, scores.astype(float)))


def _write_training(plan, row, seed, group, best) -> None:
    folder = plan.layout.model(row.key, seed, group)
    folder.mkdir(parents=True)
    aus = ACTION_UNITS if group == "all" else GROUPS[group].aus
    backbone = plan.scale.networks[row.architecture].backbone
    settings = {"backbone": backbone, "image_size_px": 64, "batch_size": 16, "init_weights": None}
    (folder / "run.json").write_text(json.dumps({"settings": settings}))
    results = ValidationResults(validation_measures(AUS), aus)
    file = CurveFile(folder, () if row.whole_opt_set else results.curve_columns())
    for step in (250, 500, 750, 1000):
        score = best - 0.3 * np.exp(-step / 300)
        row_of_curve = {"train_loss": 1.2 - score, "val_loss": 1.3 - score, "val_score": score}
        file.add(step, row_of_curve | {f"{au_name(au)}_loss": 1 - score for au in aus})


def _write_fusion(plan, fusion, seed) -> None:
    for name in plan.run.evaluated:
        members = [plan.layout.predictions(key, seed, name) for key in fusion.members]
        if all(path.is_file() for path in members) and not (
            name == "opt-val" and any(row_of(key).whole_opt_set for key in fusion.members)
        ):
            one = fuse([read_predictions(path) for path in members])
            _write_predictions(plan, fusion.key, seed, name, one.aus, one.scores)


def _write_node_records(plan: Plan) -> None:
    for number, node in enumerate(planned.placed(plan.layout.root) for planned in plan.run.nodes()):
        if all(path.suffix != ".csv" or path.is_file() for path in node.outputs) and number % 17:
            path = plan.layout.state / f"{node.name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            outputs = {str(output): "" for output in node.outputs}
            record = {"command": node.command, "inputs": {}, "outputs": outputs, "seconds": 12.5}
            path.write_text(json.dumps({**record, "ended": "2026-01-02T03:04:05+00:00"}))
