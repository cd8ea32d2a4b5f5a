"""The demonstration: the whole line on rendered faces, in minutes on two cores."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emotionet_tf.action_units import GROUPS, au_name
from emotionet_tf.experiments.rendered_data import rendered_data_nodes
from emotionet_tf.experiments.run_layout import CONFIGS_DIR
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import RUN

DISCLAIMER = "scores on rendered faces: they say nothing about EmotioNet"


@dataclass(frozen=True)
class DemoSizes:
    """How large the demonstration is.

    Attributes:
      num_train: Photos with automatic labels only.
      num_opt: Photos with all labels; a fifth of their identities is for validation.
      num_test: Photos to score.
      crop_size_px: Side of the registered crops.
      image_size_px: Side of the networks' input.
      num_steps: Batches of an expression and of a pose training; poses are learned sooner.
      backbones: Of the two student pairs; the first also of the teachers.
    """

    num_train: int = 1800
    num_opt: int = 1200
    num_test: int = 500
    crop_size_px: int = 104
    image_size_px: int = 96
    num_steps: tuple[int, int] = (1500, 750)
    backbones: tuple[str, str] = ("ownnet2", "ownnet3")


SYSTEMS = {"teacher": "teacher", "student_a": "student A", "student_b": "student B", "fusion": "fusion A+B"}
_GROUPS = ("expression", "pose")
_LEARNING_RATES = {"expression": "0.03", "pose": "0.01"}


def demo_nodes(sizes: DemoSizes, seed: int = 0) -> list[Node]:
    """Returns the demonstration's commands in order; all that they write lies below `placeholders.RUN`."""
    root = RUN
    num_photos = {"train": sizes.num_train, "opt": sizes.num_opt, "val": 0, "test": sizes.num_test}
    return [
        *rendered_data_nodes(root, num_photos=num_photos, crop_size_px=sizes.crop_size_px, seed=seed),
        *(_train(root, sizes, "teacher", group, sizes.backbones[0], seed) for group in _GROUPS),
        _pseudo_label(root),
        *(
            _train(root, sizes, name, group, backbone, seed + number)
            for number, (name, backbone) in enumerate(
                zip(("student_a", "student_b"), sizes.backbones, strict=True), 1
            )
            for group in _GROUPS
        ),
        *_scoring_nodes(root),
        _predict(root),
    ]


def _train(root: Path, sizes: DemoSizes, name: str, group: str, backbone: str, seed: int) -> Node:
    folder, flagfile = _model_dir(root, name, group), CONFIGS_DIR / "demo.flags"
    records, labels = root / "records", root / "pseudo_labels"
    sources = [f"--source=opt={records / 'opt-train'}"]
    inputs = [flagfile, records / "opt-train" / "dataset.json", records / "opt-val" / "dataset.json"]
    if name != "teacher":
        sources.append(f"--source=train={records / 'train'}@{labels}")
        inputs += [records / "train" / "dataset.json", labels / "labels.json"]
    return Node(
        f"train/{name}/{group}",
        f"Training the {group} network of {SYSTEMS[name]}",
        "emotionet_tf.bin.train",
        (
            f"--flagfile={flagfile}",
            f"--output_dir={folder}",
            *sources,
            f"--val_records_dir={records / 'opt-val'}",
            f"--group={group}",
            f"--backbone={backbone}",
            f"--image_size_px={sizes.image_size_px}",
            f"--num_steps={sizes.num_steps[_GROUPS.index(group)]}",
            f"--learning_rate={_LEARNING_RATES[group]}",
            f"--seed={seed}",
        ),
        inputs=tuple(inputs),
        outputs=(folder / "best.keras", folder / "last.keras", folder / "train.json"),
        owned=(folder,),
    )


def _model_dir(root: Path, name: str, group: str) -> Path:
    return root / "models" / name / group


def _model_flags(root: Path, name: str) -> list[str]:
    return [f"--model_dir={_model_dir(root, name, group)}" for group in _GROUPS]


def _model_files(root: Path, name: str) -> list[Path]:
    return [_model_dir(root, name, group) / "best.keras" for group in _GROUPS]


def _pseudo_label(root: Path) -> Node:
    records, labels = root / "records" / "train", root / "pseudo_labels"
    return Node(
        "pseudo_label",
        "Letting the teachers label the training set",
        "emotionet_tf.bin.pseudo_label",
        (*_model_flags(root, "teacher"), f"--records_dir={records}", f"--output_dir={labels}"),
        inputs=(*_model_files(root, "teacher"), records / "dataset.json"),
        outputs=(labels / "labels.json",),
        owned=(labels,),
    )


def _scoring_nodes(root: Path) -> list[Node]:
    test = root / "records" / "test"
    predict = [
        Node(
            f"score/{name}",
            f"Predicting the test set with {SYSTEMS[name]}",
            "emotionet_tf.bin.predict_records",
            (*_model_flags(root, name), f"--records_dir={test}", f"--output={_predictions(root, name)}"),
            inputs=(*_model_files(root, name), test / "dataset.json", test / "rows.csv"),
            outputs=(_predictions(root, name),),
        )
        for name in SYSTEMS
        if name != "fusion"
    ]
    members = tuple(_predictions(root, name) for name in ("student_a", "student_b"))
    fused = _predictions(root, "fusion")
    fuse = Node(
        "fuse",
        "Fusing the students",
        "emotionet_tf.bin.fuse",
        (f"--output={fused}", *map(str, members)),
        inputs=members,
        outputs=(fused,),
    )
    evaluate = [
        Node(
            f"evaluate/{name}",
            f"Evaluating {title} on the test set",
            "emotionet_tf.bin.evaluate",
            (
                f"--predictions={_predictions(root, name)}",
                f"--labels={test / 'rows.csv'}",
                f"--output={scores_file(root, name)}",
            ),
            inputs=(_predictions(root, name), test / "rows.csv"),
            outputs=(scores_file(root, name),),
        )
        for name, title in SYSTEMS.items()
    ]
    return [*predict, fuse, *evaluate]


def _predictions(root: Path, name: str) -> Path:
    return root / "predictions" / f"{name}.csv"


def scores_file(root: Path, name: str) -> Path:
    """Returns where the demonstration keeps a system's scores."""
    return root / "scores" / f"{name}.json"


def _predict(root: Path) -> Node:
    annotated = root / "annotated"
    return Node(
        "predict",
        "Predicting on photos, with annotated pictures",
        "emotionet_tf.bin.predict",
        (
            *_model_flags(root, "student_a"),
            *_model_flags(root, "student_b"),
            f"--output={root / 'photos.csv'}",
            f"--annotated_dir={annotated}",
            str(root / "examples"),
        ),
        # The examples are some of the test set's photos.
        inputs=(
            *_model_files(root, "student_a"),
            *_model_files(root, "student_b"),
            root / "records" / "test" / "rows.csv",
        ),
        outputs=(root / "photos.csv",),
        owned=(annotated,),
    )


def read_scores(root: Path) -> dict[str, dict[str, Any]]:
    """Returns the evaluated systems' scores by their title, the majority baseline first."""
    evaluations = {
        title: json.loads(scores_file(root, name).read_text(encoding="utf-8"))
        for name, title in SYSTEMS.items()
    }
    baseline = next(iter(evaluations.values()))["majority_floor"]
    return {
        "majority baseline": baseline,
        **{title: content["scores"] for title, content in evaluations.items()},
    }


def format_summary(scores: dict[str, dict[str, Any]]) -> str:
    """Returns the closing table: accuracy, F1 and score of every system, and the score by group."""
    lines = ["                  accuracy      F1   score  expression    pose"]
    for title, content in scores.items():
        groups = [_group_score(content, group) for group in _GROUPS]
        lines.append(
            f"{title:16s}  {content['accuracy']:8.4f}  {content['f1']:6.4f}  {content['ranking_score']:6.4f}  "
            f"{groups[0]:10.4f}  {groups[1]:6.4f}"
        )
    return "\n".join(lines)


def _group_score(content: dict[str, Any], group: str) -> float:
    rows = [content["per_au"][au_name(au)] for au in GROUPS[group].aus]
    known = [(row["accuracy"] + row["f1"]) / 2 for row in rows if row["accuracy"] is not None]
    return sum(known) / len(known)
