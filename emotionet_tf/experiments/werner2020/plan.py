"""The commands that reproduce Werner et al. 2020: data, teachers, pseudo-labels, students, fusions, baselines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.experiments.paper import Reproduction
from emotionet_tf.experiments.rendered_data import rendered_data_nodes
from emotionet_tf.experiments.run_layout import RunLayout
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.scoring_nodes import (
    PREDICT_SECONDS,
    fuse_node,
    pair_flags,
    predict_node,
    scored_files,
)
from emotionet_tf.experiments.werner2020.lineage import (
    ALL_FUSIONS,
    DECIDING,
    OPENFACE_BASELINE,
    ROWS,
    Fusion,
    Row,
    Uses,
    row_of,
)
from emotionet_tf.experiments.werner2020.scales import SCALES, Scale

_REPETITION_SEED = 1000
_PRETRAINING_SEED = 1


@dataclass(frozen=True)
class Plan:
    """A reproduction that can be listed or run.

    Attributes:
      run: What is asked.
      scale: The sizes.
    """

    run: Reproduction
    scale: Scale

    @property
    def layout(self) -> RunLayout:
        """Where everything lies."""
        return self.run.layout

    def seeds_of(self, row: Row | Fusion) -> range:
        """Returns the seeds' numbers, counted from 0; a fusion has those that all its members have."""
        keys = row.members if isinstance(row, Fusion) else (row.key,)
        return range(self.run.num_seeds if all(key in DECIDING for key in keys) else 1)

    def nodes(self) -> list[Node]:
        """Returns all commands in an order in which what is waited for comes first.

        The first seed's whole tree precedes the second's: an unfinished run then has as many whole rows as it can.
        """
        nodes = [] if self.run.own_records else self._data_nodes()
        nodes += self._pretraining_nodes()
        for seed in range(self.run.num_seeds):
            pose_only = self._pose_networks_needed(seed)
            for row in ROWS:
                if seed in self.seeds_of(row):
                    nodes += self._row_nodes(row, seed)
                elif row.key in pose_only:
                    nodes.append(self._train(row, seed, "pose"))
            for fusion in ALL_FUSIONS:
                if seed in self.seeds_of(fusion):
                    nodes += self._fusion_nodes(fusion, seed)
            if seed == 0:
                nodes.append(self._openface_baseline())
        return nodes

    def _data_nodes(self) -> list[Node]:
        return rendered_data_nodes(
            self.layout.root,
            num_photos=self.scale.num_photos,
            crop_size_px=self.scale.crop_size_px,
            seed=self.run.seed,
            photo_side_px=self.scale.photo_side_px,
            with_whole_opt_set=True,
        )

    def _pretraining_nodes(self) -> list[Node]:
        architectures = [name for name, net in self.scale.networks.items() if net.pretraining_steps]
        if not architectures:
            return []
        # Other persons and photos than those of the paper's sets, as ImageNet's are.
        data = rendered_data_nodes(
            self.layout.pretraining,
            num_photos={"train": self.scale.num_pretraining_photos, "opt": 0, "val": 0, "test": 0},
            crop_size_px=self.scale.crop_size_px,
            seed=self.run.seed + _PRETRAINING_SEED,
            photo_side_px=self.scale.photo_side_px,
            prefix="pretraining",
        )
        return data + [self._pretrain(architecture) for architecture in architectures]

    def _pretrain(self, architecture: str) -> Node:
        network = self.scale.networks[architecture]
        folder = self.layout.pretrained(network.backbone)
        records = self.layout.pretraining / "records" / "train"
        return Node(
            f"pretraining/{network.backbone}",
            f"{architecture}: pre-training on automatic labels of other faces, in place of ImageNet",
            "emotionet_tf.bin.train",
            (
                *self.scale.training_flags(architecture, "expression", network.pretraining_steps),
                f"--output_dir={folder}",
                f"--source=train={records}",
                f"--seed={self.run.seed + _PRETRAINING_SEED}",
            ),
            inputs=(records / "dataset.json", self.scale.flagfile_path(architecture, "expression")),
            outputs=(folder / "last.keras", folder / "train.json"),
            cost=self.scale.training_seconds(architecture, network.pretraining_steps),
            owned=(folder,),
        )

    def _pose_networks_needed(self, seed: int) -> set[str]:
        rows = (row for row in ROWS if row.pose_of and seed in self.seeds_of(row))
        return {row.pose_of for row in rows if row.pose_of}

    def _row_nodes(self, row: Row, seed: int) -> list[Node]:
        groups = [group for group in row.groups if not (group == "pose" and row.pose_of)]
        nodes = [self._train(row, seed, group) for group in groups]
        if self._scored_on(row):
            nodes.append(self._predict(row, seed))
        if any(student.teacher == row.key and seed in self.seeds_of(student) for student in ROWS):
            nodes.append(self._pseudo_label(row, seed))
        return nodes

    def _train(self, row: Row, seed: int, group: str) -> Node:
        folder = self.layout.model(row.key, seed, group)
        sources, inputs = self._sources(row, seed)
        arguments = [*self.scale.training_flags(row.architecture, group), f"--output_dir={folder}", *sources]
        inputs.append(self.scale.flagfile_path(row.architecture, group))
        if not row.whole_opt_set:
            arguments.append(f"--val_records_dir={self.layout.records('opt-val')}")
            inputs.append(self.layout.records("opt-val") / "dataset.json")
        if row.view:
            arguments.append(f"--view={row.view}")
        network = self.scale.networks[row.architecture]
        if network.pretraining_steps:
            weights = self.layout.pretrained(network.backbone) / "last.keras"
            arguments.append(f"--init_weights={weights}")
            inputs.append(weights)
        arguments.append(f"--seed={self.run.seed + seed + _REPETITION_SEED * row.repetition}")
        return Node(
            f"train/{row.key}/seed{seed}/{group}",
            f"{row.key}, {row.title}: training its {group} network, seed {seed}",
            "emotionet_tf.bin.train",
            tuple(arguments),
            inputs=tuple(inputs),
            outputs=(folder / "last.keras", folder / "train.json"),
            cost=self.scale.training_seconds(row.architecture, network.num_steps[group]),
            owned=(folder,),
        )

    def _sources(self, row: Row, seed: int) -> tuple[list[str], list[Path]]:
        """Returns the flags that name a row's datasets, and the files that these depend on."""
        opt = self.layout.records("opt" if row.whole_opt_set else "opt-train")
        train = self.layout.records("train")
        manual, automatic = f"--source=opt={opt}", f"--source=train={train}"
        if row.uses is Uses.NOTHING:
            return [manual], [opt / "dataset.json"]
        if row.uses is Uses.ONLY_AUTOMATIC:
            return [automatic], [train / "dataset.json"]
        inputs = [opt / "dataset.json", train / "dataset.json"]
        if row.uses is Uses.AUTOMATIC:
            return [manual, automatic], inputs
        assert row.teacher is not None
        labels = self.layout.pseudo_labels(row.teacher, seed)
        head = "opt" if row.uses is Uses.PSEUDO_ONE_HEAD else "train"
        return [manual, f"--source={head}={train}@{labels}"], [*inputs, labels / "labels.json"]

    def _model_dirs(self, row: Row, seed: int) -> list[Path]:
        owners = {group: row.pose_of if group == "pose" and row.pose_of else row.key for group in row.groups}
        return [self.layout.model(owner, seed, group) for group, owner in owners.items()]

    def _scored_on(self, *rows: Row) -> list[str]:
        """Returns the datasets that rows are scored on: a model of the whole opt set has learned from opt-val."""
        learned = {"opt-val"} if any(row.whole_opt_set for row in rows) else set()
        return [name for name in self.run.evaluated if name not in learned]

    def _predict(self, row: Row, seed: int) -> Node:
        models = self._model_dirs(row, seed)
        pairs = [
            (self.layout.records(name), self.layout.predictions(row.key, seed, name))
            for name in self._scored_on(row)
        ]
        title = f"{row.key}, {row.title}: predicting, seed {seed}"
        return predict_node(f"predict/{row.key}/seed{seed}", title, models, pairs)

    def _pseudo_label(self, row: Row, seed: int) -> Node:
        models = self._model_dirs(row, seed)
        train, labels = self.layout.records("train"), self.layout.pseudo_labels(row.key, seed)
        return Node(
            f"pseudo_label/{row.key}/seed{seed}",
            f"{row.key}, {row.title}: labelling the training set, seed {seed}",
            "emotionet_tf.bin.pseudo_label",
            (
                "--which=last",
                *(f"--model_dir={folder}" for folder in models),
                f"--records_dir={train}",
                f"--output_dir={labels}",
            ),
            inputs=(*(folder / "last.keras" for folder in models), train / "dataset.json"),
            outputs=(labels / "labels.json",),
            cost=PREDICT_SECONDS,
            owned=(labels,),
        )

    def _fusion_nodes(self, fusion: Fusion, seed: int) -> list[Node]:
        return [
            fuse_node(
                f"fuse/{fusion.key}/seed{seed}/{name}",
                f"{fusion.title} on {name}, seed {seed}",
                [self.layout.predictions(key, seed, name) for key in fusion.members],
                self.layout.predictions(fusion.key, seed, name),
            )
            for name in self._scored_on(*map(row_of, fusion.members))
        ]

    def _openface_baseline(self) -> Node:
        train = self.layout.records("opt-train")
        pairs = [
            (self.layout.records(name), self.layout.predictions(OPENFACE_BASELINE, 0, name))
            for name in self.run.evaluated
        ]
        return Node(
            "baseline/openface",
            "OpenFace baseline of Fig. 2: an SVM on the head angles for the pose AUs",
            "emotionet_tf.bin.openface_baseline",
            (
                f"--train_records_dir={train}",
                *pair_flags(pairs),
                *(f"--openface_csv={path}" for path in self.run.openface_csvs),
            ),
            inputs=(
                train / "dataset.json",
                *scored_files(pairs),
                *(Path(path) for path in self.run.openface_csvs if Path(path).is_file()),
            ),
            outputs=tuple(csv for _, csv in pairs),
            cost=30,
        )


def plan_for(run: Reproduction) -> Plan:
    """Returns the plan of what is asked."""
    return Plan(run, SCALES[run.scale.name])
