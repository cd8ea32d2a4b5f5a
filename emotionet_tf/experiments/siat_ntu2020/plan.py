"""The commands of SIAT-NTU's tables: data, pre-trainings, trainings, predictions, thresholds, means of logits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.experiments.paper import Reproduction
from emotionet_tf.experiments.rendered_data import boxes_of, class_set_nodes, rendered_data_nodes
from emotionet_tf.experiments.run_layout import RunLayout
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.scoring_nodes import fuse_node, predict_node
from emotionet_tf.experiments.siat_ntu2020.lineage import (
    ALIGNED_FACE,
    DECIDING,
    MEANS,
    ROWS,
    THRESHOLDED,
    MeanOfLogits,
    Row,
    Task,
    Thresholded,
    table_1_row,
)
from emotionet_tf.experiments.siat_ntu2020.scales import SCALES, Scale

TUNING_SET = "opt-val"
"""What thresholds are tuned on: nothing is trained on it, and nothing that is tuned on it is scored on it."""

_GROUP = "all"
_PRETRAINED = ("best.keras", "backbone.json")
# `train --init_backbone` takes the best by validation, which is on photos of the sets to pre-train on.


def nodes_of(run: Reproduction) -> list[Node]:
    """Returns all commands of what is asked, in an order in which what is waited for comes first.

    The first seed's whole tree precedes the second's: an unfinished run then has as many whole rows as it can.
    """
    plan = _Plan(run, SCALES[run.scale.name], run.layout)
    nodes = [] if run.own_records else plan.data()
    for seed in range(run.num_seeds):
        nodes += plan.tree(seed)
    return nodes


def pretrained_dir(layout: RunLayout, backbone: str, task: Task, seed: int) -> Path:
    """Returns the folder of a backbone that has learned a task."""
    return layout.pretrained(f"{backbone}-{task.value}") / f"seed{seed}"


@dataclass(frozen=True)
class _Plan:
    run: Reproduction
    scale: Scale
    layout: RunLayout

    def data(self) -> list[Node]:
        """Returns the commands that render faces and turn them into records."""
        aus = rendered_data_nodes(
            self.layout.root,
            num_photos=self.scale.num_photos,
            crop_size_px=self.scale.crop_size_px,
            seed=self.run.seed,
            photo_side_px=self.scale.photo_side_px,
            with_boxes=True,
        )
        # Rendered data of its own: its faces are needed in registered crops only.
        classes = class_set_nodes(
            self.layout.pretraining,
            self.layout.records_dir,
            num_photos=self.scale.num_class_photos,
            crop_size_px=self.scale.crop_size_px,
            seed=self.run.seed,
            photo_side_px=self.scale.photo_side_px,
            prefix="data/pretraining",
        )
        return aus + classes

    def tree(self, seed: int) -> list[Node]:
        """Returns all that a seed has after the data."""
        rows = [row for row in ROWS if self._has(row.key, seed)]
        nodes = [self._pretrain(*needed, seed) for needed in self._pretrainings(rows)]
        for row in rows:
            nodes += [self._train(row, seed), self._predict(row.key, row, seed)]
        nodes.append(self._predict(ALIGNED_FACE, table_1_row(self.scale.selected), seed))
        for one in THRESHOLDED:
            if self._has(one.untuned, seed):
                nodes += self._tune(one, seed)
        for mean in MEANS:
            if all(self._has(key, seed) for key in mean.members):
                nodes += self._mean(mean, seed)
        return nodes

    def _has(self, key: str, seed: int) -> bool:
        return seed == 0 or key in DECIDING

    def _pretrainings(self, rows: list[Row]) -> list[tuple[str, Task]]:
        needed = [
            (self.scale.architecture(row.architecture), task) for row in rows for task in row.starts_from
        ]
        return list(dict.fromkeys(needed))

    def _pretrain(self, architecture: str, task: Task, seed: int) -> Node:
        # One for each seed: what a transfer brings must not hang on the luck of one pre-training.
        backbone = self.scale.networks[architecture].backbone
        folder = pretrained_dir(self.layout, backbone, task, seed)
        train, val = (self.layout.records(f"{task.value}-{split}") for split in ("train", "val"))
        return Node(
            f"pretrain/{task.value}/{backbone}/seed{seed}",
            f"{architecture}: learning {task.value}, seed {seed}",
            "emotionet_tf.bin.pretrain",
            (
                *self.scale.pretraining_flags(architecture, task),
                f"--records_dir={train}",
                f"--val_records_dir={val}",
                f"--output_dir={folder}",
                f"--seed={self.run.seed + seed}",
            ),
            inputs=(
                train / "dataset.json",
                val / "dataset.json",
                self.scale.pretraining_flagfile(task),
            ),
            outputs=(*(folder / file for file in _PRETRAINED), folder / "train.json"),
            cost=self.scale.pretraining_seconds(architecture),
            owned=(folder,),
        )

    def _train(self, row: Row, seed: int) -> Node:
        architecture = self.scale.architecture(row.architecture)
        backbone = self.scale.networks[architecture].backbone
        starts = [pretrained_dir(self.layout, backbone, task, seed) for task in row.starts_from]
        train, val = (self._records(row, name) for name in ("opt-train", "opt-val"))
        folder = self.layout.model(row.key, seed, _GROUP)
        return Node(
            f"train/{row.key}/seed{seed}",
            f"{row.key}, {row.title}: training, seed {seed}",
            "emotionet_tf.bin.train",
            (
                *self.scale.training_flags(architecture, len(starts)),
                *(f"--init_backbone={start}" for start in starts),
                *self._balancing_flags(row),
                f"--source=opt={train}",
                # For the curves: the last model is the one that predicts, as in Magdeburg's tables.
                f"--val_records_dir={val}",
                f"--output_dir={folder}",
                f"--seed={self.run.seed + seed}",
            ),
            inputs=(
                train / "dataset.json",
                val / "dataset.json",
                *(start / file for start in starts for file in _PRETRAINED),
                self.scale.training_flagfile(architecture),
            ),
            outputs=(folder / "last.keras", folder / "train.json"),
            cost=self.scale.training_seconds(architecture, len(starts)),
            owned=(folder,),
        )

    def _balancing_flags(self, row: Row) -> list[str]:
        flags = [f"--damping={row.damping}"]
        if row.has_sampling:
            flags.append("--balance_sampling")
        if row.has_selective:
            flags.append(f"--selective_target={self.scale.selective_target}")
        return flags

    def _records(self, row: Row, name: str) -> Path:
        return self.layout.records(name if row.is_aligned else boxes_of(name))

    def _predict(self, key: str, row: Row, seed: int) -> Node:
        """Returns the command that predicts under a key with a row's model."""
        folder = self.layout.model(row.key, seed, _GROUP)
        pairs = [
            (self._records(row, name), self.layout.predictions(key, seed, name))
            for name in self.run.evaluated
        ]
        title = f"{key}, {row.title}: predicting, seed {seed}"
        return predict_node(f"predict/{key}/seed{seed}", title, [folder], pairs)

    def _tune(self, one: Thresholded, seed: int) -> list[Node]:
        """Returns the command that tunes a row's thresholds; none where there is no set to use them on."""
        scored = [name for name in self.run.evaluated if name != TUNING_SET]
        if not scored:
            return []
        tuned_on = self.layout.predictions(one.untuned, seed, TUNING_SET)
        untuned = [self.layout.predictions(one.untuned, seed, name) for name in scored]
        outputs = [self.layout.predictions(one.key, seed, name) for name in scored]
        details = thresholds_file(self.layout, one.key, seed)
        labels = self.layout.truth(TUNING_SET)
        return [
            Node(
                f"thresholds/{one.key}/seed{seed}",
                f"{one.key}, {one.title}: tuning thresholds on {TUNING_SET}, seed {seed}",
                "emotionet_tf.bin.tune_thresholds",
                (
                    f"--predictions={tuned_on}",
                    f"--labels={labels}",
                    *(
                        flag
                        for path, output in zip(untuned, outputs, strict=True)
                        for flag in (f"--apply_to={path}", f"--output={output}")
                    ),
                    f"--details={details}",
                ),
                inputs=(tuned_on, labels, *untuned),
                outputs=(*outputs, details),
                cost=3,
            )
        ]

    def _mean(self, mean: MeanOfLogits, seed: int) -> list[Node]:
        return [
            fuse_node(
                f"fuse/{mean.key}/seed{seed}/{name}",
                f"{mean.title}: {name}, seed {seed}",
                [self.layout.predictions(key, seed, name) for key in mean.members],
                self.layout.predictions(mean.key, seed, name),
                "--mean=logits",
            )
            for name in self.run.evaluated
        ]


def thresholds_file(layout: RunLayout, key: str, seed: int) -> Path:
    """Returns the file that says which thresholds were tuned, and how."""
    return layout.predictions(key, seed, TUNING_SET).with_name("thresholds.json")
