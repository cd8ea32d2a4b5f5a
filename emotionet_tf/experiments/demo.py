"""The demonstration: the whole line on rendered faces, in minutes on two cores."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emotionet_tf.action_units import GROUPS, au_name
from emotionet_tf.experiments.stages import Stage

DISCLAIMER = "scores on rendered faces (the stand-in): they say nothing about EmotioNet"


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


def demo_stages(root: Path, sizes: DemoSizes, seed: int = 0) -> list[Stage]:
    """Returns the demonstration's commands in order; all that they write lies below `root`."""
    return [
        *_data_stages(root, sizes, seed),
        *(_train(root, sizes, "teacher", group, sizes.backbones[0], seed) for group in _GROUPS),
        _pseudo_label(root),
        *(
            _train(root, sizes, name, group, backbone, seed + number)
            for number, (name, backbone) in enumerate(
                zip(("student_a", "student_b"), sizes.backbones, strict=True), 1
            )
            for group in _GROUPS
        ),
        *_scoring_stages(root),
        _predict(root),
    ]


def _data_stages(root: Path, sizes: DemoSizes, seed: int) -> list[Stage]:
    synthesize = Stage(
        "synthesize",
        "Rendering faces with known AUs",
        "emotionet_tf.bin.synthesize",
        (
            f"--output_dir={root / 'stand_in'}",
            f"--num_train={sizes.num_train}",
            f"--num_opt={sizes.num_opt}",
            "--num_val=0",
            f"--num_test={sizes.num_test}",
            f"--seed={seed}",
        ),
    )
    align = Stage(
        "align",
        "Finding and aligning the faces",
        "tfrecords_tools.align_faces",
        (
            f"--photos_dir={root / 'stand_in' / 'photos'}",
            f"--output_dir={root / 'faces'}",
            f"--crop_size_px={sizes.crop_size_px}",
        ),
    )
    return [
        synthesize,
        align,
        _write_records(root, "opt", "EmotioNet_FACS_opt.csv", "--val_fraction=0.2", "--split_by=folder"),
        _write_records(root, "train", "dataFile_0001.txt"),
        _write_records(root, "test", "EmotioNet_FACS_test.csv"),
    ]


def _write_records(root: Path, dataset: str, labels: str, *more: str) -> Stage:
    return Stage(
        f"records_{dataset}",
        f"Writing the records of the {dataset} set",
        "tfrecords_tools.write_records",
        (
            f"--faces_dir={root / 'faces'}",
            f"--labels={root / 'stand_in' / 'labels' / labels}",
            f"--dataset={dataset}",
            f"--output_dir={root / 'records'}",
            *more,
        ),
    )


def _train(root: Path, sizes: DemoSizes, name: str, group: str, backbone: str, seed: int) -> Stage:
    sources = [f"--source=opt={root / 'records' / 'opt-train'}"]
    if name != "teacher":
        sources.append(f"--source=train={root / 'records' / 'train'}@{root / 'pseudo_labels'}")
    return Stage(
        f"train_{name}_{group}",
        f"Training the {group} network of {SYSTEMS[name]}",
        "emotionet_tf.bin.train",
        (
            f"--flagfile={_flagfile('demo')}",
            f"--output_dir={root / 'models' / name / group}",
            *sources,
            f"--val_records_dir={root / 'records' / 'opt-val'}",
            f"--group={group}",
            f"--backbone={backbone}",
            f"--image_size_px={sizes.image_size_px}",
            f"--num_steps={sizes.num_steps[_GROUPS.index(group)]}",
            f"--learning_rate={_LEARNING_RATES[group]}",
            f"--seed={seed}",
        ),
    )


def _flagfile(name: str) -> Path:
    return Path(__file__).parent.parent / "configs" / f"{name}.flags"


def _model_flags(root: Path, name: str) -> list[str]:
    return [f"--model_dir={root / 'models' / name / group}" for group in _GROUPS]


def _pseudo_label(root: Path) -> Stage:
    return Stage(
        "pseudo_label",
        "Letting the teachers label the training set",
        "emotionet_tf.bin.pseudo_label",
        (
            *_model_flags(root, "teacher"),
            f"--records_dir={root / 'records' / 'train'}",
            f"--output_dir={root / 'pseudo_labels'}",
        ),
    )


def _scoring_stages(root: Path) -> list[Stage]:
    single = [name for name in SYSTEMS if name != "fusion"]
    predict = [
        Stage(
            f"score_{name}",
            f"Predicting the test set with {SYSTEMS[name]}",
            "emotionet_tf.bin.predict_records",
            (
                *_model_flags(root, name),
                f"--records_dir={root / 'records' / 'test'}",
                f"--output={_predictions(root, name)}",
            ),
        )
        for name in single
    ]
    members = [str(_predictions(root, name)) for name in ("student_a", "student_b")]
    fuse = Stage(
        "fuse",
        "Fusing the students",
        "emotionet_tf.bin.fuse",
        (f"--output={_predictions(root, 'fusion')}", *members),
    )
    evaluate = [
        Stage(
            f"evaluate_{name}",
            f"Evaluating {title} on the test set",
            "emotionet_tf.bin.evaluate",
            (
                f"--predictions={_predictions(root, name)}",
                f"--labels={root / 'records' / 'test' / 'rows.csv'}",
                f"--output={scores_file(root, name)}",
            ),
        )
        for name, title in SYSTEMS.items()
    ]
    return [*predict, fuse, *evaluate]


def _predictions(root: Path, name: str) -> Path:
    return root / "predictions" / f"{name}.csv"


def scores_file(root: Path, name: str) -> Path:
    """Returns where the demonstration keeps a system's scores."""
    return root / "scores" / f"{name}.json"


def _predict(root: Path) -> Stage:
    return Stage(
        "predict",
        "Predicting on photos, with annotated pictures",
        "emotionet_tf.bin.predict",
        (
            *_model_flags(root, "student_a"),
            *_model_flags(root, "student_b"),
            f"--output={root / 'photos.csv'}",
            f"--annotated_dir={root / 'annotated'}",
            str(root / "examples"),
        ),
    )


def read_scores(root: Path) -> dict[str, dict[str, Any]]:
    """Returns the evaluated systems' scores by their title, the majority floor first."""
    evaluations = {
        title: json.loads(scores_file(root, name).read_text(encoding="utf-8"))
        for name, title in SYSTEMS.items()
    }
    floor = next(iter(evaluations.values()))["majority_floor"]
    return {"majority floor": floor, **{title: content["scores"] for title, content in evaluations.items()}}


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
