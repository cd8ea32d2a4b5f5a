"""Pre-training on class records whose classes are colours."""

import contextlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.action_units import VIEWS
from emotionet_tf.errors import UserError
from emotionet_tf.models import ModelConfig, build_model
from emotionet_tf.models.backbones.backbone_folders import load_backbone_folders, read_backbone_info
from emotionet_tf.models.backbones.building import nested_backbones
from emotionet_tf.models.class_network import build_class_network
from emotionet_tf.models.network_files import read_network
from emotionet_tf.records import dataset_info
from emotionet_tf.records.fields import CLASS_FIELDS, encode
from emotionet_tf.storage.files import sha256_of
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION, Augmentation
from emotionet_tf.training import class_validation
from emotionet_tf.training.devices import Devices
from emotionet_tf.training.monitoring.curves import read_curves
from emotionet_tf.training.objectives.class_losses import ClassLoss
from emotionet_tf.training.pretrain import pretrain
from emotionet_tf.training.pretrain_config import PretrainConfig

CROP_PX = 36
COLOURS = {
    "ann": (220, 40, 40), "bob": (40, 220, 40), "cem": (40, 40, 220), "dee": (200, 200, 40),
    "eva": (40, 200, 200), "fay": (200, 40, 200), "gus": (120, 120, 120), "hal": (240, 140, 40),
}  # fmt: skip
TRAINED, UNSEEN = ("ann", "bob", "cem", "dee", "eva"), ("fay", "gus", "hal")


@pytest.fixture(scope="module", autouse=True)
def small_ownnet() -> None:
    """Leaves OwnNet itself, in place of the folder's fixture: the small network takes longer to learn persons."""


def write_classes(folder: Path, counts: dict[str, int], *, size_px: int = CROP_PX, seed: int = 0) -> str:
    """Writes class records; all crops of a class have its colour, with noise and a random brightness."""
    generator = np.random.default_rng(seed)
    examples = [name for name, count in counts.items() for _ in range(count)]
    generator.shuffle(examples)
    folder.mkdir(parents=True)
    views = {}
    for view in VIEWS:
        path = folder / f"{view}-00000-of-00001.tfrecord"
        with tf.io.TFRecordWriter(str(path)) as writer:
            for number, name in enumerate(examples):
                noise = generator.normal(0, 15, (size_px, size_px, 3)) + generator.normal(0, 15)
                crop = (np.array(COLOURS[name]) + noise).clip(0, 255).astype(np.uint8)
                values = {"example_id": str(number), "image": cv2.imencode(".jpg", crop)[1].tobytes()}
                values |= {"labels": np.zeros(23), "mask": np.zeros(23), "angles": np.zeros(3)}
                values |= {"angles_mask": np.zeros(3), "class_index": list(counts).index(name)}
                writer.write(encode(values, CLASS_FIELDS))
        views[view] = (dataset_info.describe_shard(path, len(examples)),)
    info = dataset_info.DatasetInfo(
        name="colours",
        views=views,
        num_examples=len(examples),
        num_rows=len(examples),
        num_without_face=0,
        num_rejected=0,
        crop_size_px=size_px,
        known={},
        positives={},
        mean_angles=(0, 0, 0),
        order_sha256=dataset_info.order_checksum([map(str, range(len(examples)))]),
        classes=tuple(counts),
        class_counts=tuple(counts.values()),
    )
    dataset_info.save_dataset_info(folder, info)
    return str(folder)


@pytest.fixture(scope="module")
def records(tmp_path_factory) -> Callable[[str], str]:
    """Returns the folder of a set by its name: `val` has the classes of `train` in another order."""
    root = tmp_path_factory.mktemp("colours")
    folders = {
        "train": write_classes(root / "train", dict.fromkeys(TRAINED, 9)),
        "val": write_classes(root / "val", dict.fromkeys(reversed(TRAINED), 4), seed=1),
        "open": write_classes(root / "open", dict.fromkeys((*UNSEEN, "cem"), 4), seed=2),
        "unseen": write_classes(root / "strangers", dict.fromkeys(UNSEEN, 4), seed=3),
        "single": write_classes(root / "single", dict.fromkeys(UNSEEN, 1), seed=4),
        "large": write_classes(root / "large", dict.fromkeys(TRAINED, 2), size_px=48, seed=5),
    }
    return folders.__getitem__


def config_of(
    records: Callable[[str], str], output_dir: Path, val: str | None = "val", **changes: object
) -> PretrainConfig:
    values = dict(
        task="identity",
        records_dir=records("train"),
        output_dir=str(output_dir),
        val_records_dir=val and records(val),
        backbone="ownnet1",
        image_size_px=32,
        num_steps=60,
        batch_size=16,
        learning_rate=0.05,
        momentum=0.9,
        neck_units=16,
        norm_momentum=0.8,
        augmentation=NO_AUGMENTATION,
        checkpoint_interval_steps=30,
        validation_interval_steps=30,
    )
    return PretrainConfig(**{**values, **changes})


@pytest.fixture(scope="module")
def persons(records, tmp_path_factory) -> tuple[Path, str]:
    """Returns the folder of a run on persons, validated on one of them and three other persons, and what it printed."""
    folder = tmp_path_factory.mktemp("runs") / "persons"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        pretrain(config_of(records, folder, val="open"))
    return folder, printed.getvalue()


@pytest.mark.slow
def test_network_verifies_persons_and_tells_those_it_was_trained_on(persons):
    folder, printed = persons
    curves = read_curves(folder)
    np.testing.assert_array_equal(curves.steps, [30, 60])
    assert set(curves.values) == {"train_loss", "val_loss", "val_score", "val_accuracy", "val_auc"}
    assert curves.values["val_auc"].max() > 0.85
    # Of the one person who was trained on, whose place among the classes is another in the validation set.
    assert curves.values["val_accuracy"].max() == 1
    summary = json.loads((folder / "train.json").read_text())
    assert summary["best_val_score"] == pytest.approx(curves.values["val_auc"].max(), rel=1e-5)
    assert "5 persons in 45 photos" in printed
    assert "validation: 16 photos of 4 persons, 1 of them trained on" in printed
    assert re.search(r"step 60/60  validation: score 0.\d+ \(accuracy 1.0000, AUC 0.\d+\), loss", printed)


@pytest.mark.slow
def test_other_settings_in_the_same_folder_are_refused_with_the_difference(records, persons):
    with pytest.raises(UserError, match="made with other settings: margin was 0.35 and is now 0.2"):
        pretrain(config_of(records, persons[0], val="open", margin=0.2))


def test_without_a_trained_person_only_verification_is_measured(records):
    config = config_of(records, Path("never"), val="unseen")
    network = build_class_network(
        "ownnet1", 32, 5, has_cosine_logits=True, neck="bn_dropout_fc_bn", neck_units=16, dropout=0.5
    )
    loss = ClassLoss(np.ones(5, np.float32), scale_and_margin=(30, 0.35))
    validation = class_validation.open_validation(config, TRAINED, CROP_PX, Devices("cpu"))
    results = class_validation.ClassEvaluator(network, validation, loss, "identity", Devices("cpu"))()
    assert set(results) == {"val_auc", "val_score"} and 0 <= results["val_auc"] <= 1


@pytest.mark.slow
def test_expressions_are_learned_on_from_persons_and_passed_on_to_an_au_model(
    records, persons, tmp_path, capsys
):
    folder = tmp_path / "run"
    start = (str(persons[0]),)
    pretrain(config_of(records, folder, task="expression", label_smoothing=0.1, init_backbone=start))
    assert f"ownnet1 starts from {persons[0]}, trained for identity" in capsys.readouterr().out
    # The validation set's classes stand in another order than the trained ones.
    assert read_curves(folder).values["val_recall"].max() > 0.9
    info = read_backbone_info(folder)
    assert (info.task, info.classes, info.backbone) == ("expression", TRAINED, "ownnet1")
    assert (info.image_size_px, info.crop_size_px, info.view) == (32, CROP_PX, "close_up")
    config = ModelConfig("ownnet1", (51,), "context", ("opt",), "opt", image_size_px=32, crop_size_px=CROP_PX)
    model = build_model(config)
    load_backbone_folders(model, "ownnet1", [str(folder)])
    (pretrained,) = nested_backbones(read_network(folder / "best.keras"))
    (loaded,) = nested_backbones(model)
    for expected, got in zip(pretrained.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(got, expected)


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.mark.slow
def test_broken_off_and_resumed_run_ends_with_the_same_bits(records, tmp_path, monkeypatch, capsys):
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    steps = dict(num_steps=14, checkpoint_interval_steps=4, validation_interval_steps=8)
    options = {**steps, "augmentation": Augmentation()}
    pretrain(config_of(records, undisturbed, **options))
    evaluate, calls = class_validation.ClassEvaluator.__call__, []

    def evaluate_once(evaluator: class_validation.ClassEvaluator, check: object) -> dict[str, float]:
        # The second time before there is a row and a checkpoint.
        calls.append(evaluator)
        if len(calls) > 1:
            raise KilledError
        return evaluate(evaluator)

    with monkeypatch.context() as patched, pytest.raises(KilledError):
        patched.setattr(class_validation.ClassEvaluator, "__call__", evaluate_once)
        pretrain(config_of(records, killed, **options))
    pretrain(config_of(records, killed, **options))
    assert "resuming from step 12 of 14" in capsys.readouterr().out
    for name in ("best.keras", "last.keras", "curves.csv"):
        assert sha256_of(undisturbed / name) == sha256_of(killed / name), name
    pretrain(config_of(records, killed, **options))
    assert "is already trained: nothing to do" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("val", "changes", "message"),
    [
        ("large", {}, r"large holds crops of 48 px, .*train of 36 px"),
        ("single", {}, r"single: verification needs two persons, and two photos of one"),
        ("open", {"task": "expression"}, r"class 'fay' is not one of those in .*: ann, bob"),
        ("val", {"backbone": "ownnet1+ownnet1"}, "one backbone is needed here"),
        ("val", {"init_backbone": ("nowhere",)}, "nowhere holds neither a pre-trained backbone"),
    ],
)
def test_call_that_does_not_fit_leaves_no_folder(records, tmp_path, val, changes, message):
    with pytest.raises(UserError, match=message):
        pretrain(config_of(records, tmp_path / "run", val=val, **changes))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "smile"}, "task must be one of identity, expression, got 'smile'"),
        ({"view": "far"}, "view must be one of close_up, context, got 'far'"),
        ({"neck": "giraffe"}, "neck must be one of none, bn_dropout_fc_bn, got 'giraffe'"),
        ({"margin": 1.5}, "margin must be between 0 and 1, got 1.5"),
        ({"scale": 0.5}, "scale must be between 1 and 1000, got 0.5"),
        ({"num_steps": 0}, "num_steps must be at least 1, got 0"),
        ({"validation_interval_steps": 45}, "45 is not a multiple of checkpoint_interval_steps 30"),
        ({"init_backbone": ("a", "b")}, "one backbone starts from one init_backbone"),
        ({"init_backbone": ("a",), "init_weights": "b"}, "not from both"),
    ],
)
def test_value_that_is_none_is_named_with_the_valid_ones(changes, message):
    with pytest.raises(UserError, match=message):
        config_of(lambda name: name, Path("never"), **changes)


def test_defaults_follow_the_task():
    identity, expression = (
        PretrainConfig(task=task, records_dir="r", output_dir="o") for task in ("identity", "expression")
    )
    assert (identity.neck_name, identity.damping_exponent, identity.scale_and_margin) == (
        "bn_dropout_fc_bn",
        0,
        (30, 0.35),
    )
    assert (expression.neck_name, expression.damping_exponent, expression.scale_and_margin) == (
        "none",
        1,
        None,
    )
