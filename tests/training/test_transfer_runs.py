"""Runs that start from other runs' backbones."""

import json
from pathlib import Path

import numpy as np
import pytest
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models import load_model
from emotionet_tf.models.backbones.building import nested_backbones
from emotionet_tf.models.packing import pack_model
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION
from emotionet_tf.stream.sources import Source
from emotionet_tf.training import run, starting_weights, train
from emotionet_tf.training.train_config import TrainConfig

pytestmark = pytest.mark.slow


def config_of(records: Path, output_dir: Path, **changes: object) -> TrainConfig:
    values = dict(
        output_dir=str(output_dir),
        sources=(Source("opt", str(records / "opt-train")),),
        group="expression",
        backbone="ownnet1",
        image_size_px=32,
        num_steps=4,
        batch_size=4,
        learning_rate=0.05,
        momentum=0.9,
        augmentation=NO_AUGMENTATION,
        checkpoint_interval_steps=2,
        validation_interval_steps=2,
    )
    return TrainConfig(**{**values, **changes})


@pytest.fixture(scope="module")
def started(tiny_records, tmp_path_factory) -> Path:
    """Returns the folder of a trained model, whose backbone is to start others."""
    folder = tmp_path_factory.mktemp("start") / "model"
    train.train(config_of(tiny_records, folder, seed=1))
    return folder


def backbones(folder: Path) -> list[keras.Model]:
    return nested_backbones(load_model(folder, "last").network)


def are_equal(one: keras.Model, other: keras.Model) -> bool:
    return all(np.array_equal(x.numpy(), y.numpy()) for x, y in zip(one.weights, other.weights, strict=True))


def test_frozen_backbone_keeps_every_bit_while_the_head_learns(tiny_records, started, tmp_path, capsys):
    train.train(
        config_of(
            tiny_records, tmp_path / "run", init_backbone=(str(started),), freeze_backbone=True, group="all"
        )
    )
    output = capsys.readouterr().out
    assert f"ownnet1 starts from {started}, trained for action_units (close_up view, 32 px)" in output
    assert "the backbone is frozen" in output
    start, end = backbones(started)[0], backbones(tmp_path / "run")[0]
    # By layer: a frozen layer lists its weights in another order among those of the whole network.
    for one, other in zip(start.layers, end.layers, strict=True):
        for expected, got in zip(one.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(got, expected)
    bias = load_model(tmp_path / "run").network.get_layer("head_opt").get_weights()[1]
    assert np.all(bias != 0)


def test_packed_model_that_looks_twice_starts_a_run_that_looks_once(tiny_records, started, tmp_path):
    packed = pack_model(
        load_model(started), tmp_path / "packed", looks=("0.9", "1.1:1:mirrored"), provenance={}
    )
    train.train(config_of(tiny_records, tmp_path / "run", init_backbone=(str(packed),), freeze_backbone=True))
    expected, got = (nested_backbones(load_model(folder).network)[0] for folder in (packed, tmp_path / "run"))
    assert are_equal(expected, got)
    assert load_model(tmp_path / "run").config.looks == ()


class InterruptedRunError(Exception):
    pass


def test_interrupted_run_with_two_slower_backbones_ends_with_the_same_bits(
    tiny_records, started, tmp_path, monkeypatch
):
    def config(name: str) -> TrainConfig:
        return config_of(
            tiny_records,
            tmp_path / name,
            backbone="ownnet1+ownnet1",
            init_backbone=(str(started), str(started)),
            backbone_lr_factor=0.1,
            neck="bn_dropout_fc_bn",
            neck_units=8,
            weight_decay=5e-4,
            lr_decay_factor=0.1,
            lr_decay_points=(0.3, 0.5, 0.8),
        )

    class Interrupting(run.ProgressLine):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise InterruptedRunError

    train.train(config("undisturbed"))
    with monkeypatch.context() as patched:
        patched.setattr(run, "ProgressLine", Interrupting)
        with pytest.raises(InterruptedRunError):
            train.train(config("resumed"))
    with monkeypatch.context() as patched:
        patched.setattr(
            starting_weights, "load_backbone_folders", lambda *_: pytest.fail("they were read again")
        )
        train.train(config("resumed"))
    one, other = (load_model(tmp_path / name, "last").network for name in ("undisturbed", "resumed"))
    assert are_equal(one, other)
    # The same start and the same image, but weights of their own behind them.
    assert not are_equal(*nested_backbones(one))


def test_another_architecture_leaves_no_folder_and_names_both(tiny_records, started, tmp_path):
    with pytest.raises(UserError, match="backbone is ownnet2, the folders to start from hold ownnet1"):
        train.train(
            config_of(tiny_records, tmp_path / "run", backbone="ownnet2", init_backbone=(str(started),))
        )
    assert not (tmp_path / "run").exists()


def test_run_whose_starting_model_has_changed_is_refused(tiny_records, started, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("model.json", "last.keras"):
        (copy / name).write_bytes((started / name).read_bytes())
    config = config_of(tiny_records, tmp_path / "run", num_steps=2, init_backbone=(str(copy),))
    train.train(config)
    (copy / "last.keras").write_bytes((copy / "last.keras").read_bytes() + b" ")
    with pytest.raises(UserError, match=r"checksum of .*last\.keras was"):
        train.train(config)


def test_run_from_before_there_were_these_settings_had_their_defaults(tiny_records, tmp_path, capsys):
    config = config_of(tiny_records, tmp_path / "run", num_steps=2)
    train.train(config)
    path = tmp_path / "run" / "run.json"
    content = json.loads(path.read_text())
    later = ("neck", "neck_units", "init_backbone", "freeze_backbone", "backbone_lr_factor")
    for name in (*later, "lr_decay_factor", "lr_decay_points"):
        del content["settings"][name]
    path.write_text(json.dumps(content))
    train.train(config)
    assert "already trained" in capsys.readouterr().out
    with pytest.raises(UserError, match="settings: lr_decay_factor was 0.33 and is now 0.1; choose"):
        train.train(config_of(tiny_records, tmp_path / "run", num_steps=2, lr_decay_factor=0.1))
