"""Training and pre-training on records and in folders of TensorFlow's in-memory file system, in gs://'s place."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf import models
from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones.backbone_folders import read_backbone_info
from emotionet_tf.models.backbones.building import nested_backbones
from emotionet_tf.models.network_files import read_network
from emotionet_tf.records.writing.class_records import ClassRecordsConfig, write_class_records
from emotionet_tf.storage.files import sha256_of
from emotionet_tf.storage.paths import as_path
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.lifecycle.checkpoints import RunState
from emotionet_tf.training.monitoring.curves import read_curves
from emotionet_tf.training.pretrain import pretrain
from emotionet_tf.training.pretrain_config import PretrainConfig
from emotionet_tf.training.starting_weights import start_network, starting_checksums
from emotionet_tf.training.train import train
from emotionet_tf.training.train_config import TrainConfig

pytestmark = pytest.mark.slow

BUCKET = f"ram://{__name__}"


def config_of(records: Path, output_dir: Path, **changes: object) -> TrainConfig:
    values = dict(
        sources=(Source("opt", str(records / "opt-train")),),
        output_dir=str(output_dir),
        val_records_dir=str(records / "opt-val"),
        group="pose",
        backbone="ownnet1",
        image_size_px=32,
        num_steps=8,
        batch_size=8,
        checkpoint_interval_steps=4,
        validation_interval_steps=4,
        balance_sampling=True,
    )
    return TrainConfig(**{**values, **changes})


def weights_of(model_dir: Path) -> list[np.ndarray]:
    return read_network(model_dir / "last.keras").get_weights()


def test_remote_run_that_is_broken_off_and_gone_on_with_equals_a_local_one(
    bucket, tiny_records, tmp_path, monkeypatch, capsys
):
    train(config_of(tiny_records, tmp_path / "local"))
    remote = config_of(bucket / "records", bucket / "run")
    finish = RunState.finish_period

    def break_off(state: RunState) -> None:
        finish(state)
        if state.step == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(RunState, "finish_period", break_off)
        train(remote)
    train(remote)
    assert "resuming from step 4 of 8" in capsys.readouterr().out
    for ours, theirs in zip(weights_of(tmp_path / "local"), weights_of(bucket / "run"), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert {path.name for path in (tmp_path / "local").iterdir()} == {
        path.name for path in (bucket / "run").iterdir()
    }
    assert read_curves(str(bucket / "run")).steps.tolist() == [4, 8]
    assert any((bucket / "run" / "logs").rglob("events.*"))
    train(remote)
    assert f"{BUCKET}/run is already trained" in capsys.readouterr().out
    with pytest.raises(UserError, match=f"{BUCKET}/run was made with other settings: seed was"):
        train(config_of(bucket / "records", bucket / "run", seed=9))


def test_pretrained_folder_and_weights_are_what_runs_start_from(bucket, make_labelled_faces, tmp_path):
    faces_dir, _ = make_labelled_faces(tmp_path / "persons", 16)
    rows = "".join(f"persons_{number:04d}.jpg,{'ab'[number % 2]}\n" for number in range(16))
    (bucket / "classes.csv").write_text("path,class\n" + rows)
    records_dir = str(bucket / "records")
    write_class_records(
        ClassRecordsConfig(
            faces_dir=str(faces_dir),
            dataset="persons",
            output_dir=records_dir,
            classes=str(bucket / "classes.csv"),
        )
    )
    folder = str(bucket / "backbone")
    shapes = dict(backbone="ownnet1", image_size_px=32, num_steps=1, batch_size=8)
    periods = dict(checkpoint_interval_steps=1, validation_interval_steps=1)
    classes = dict(task="expression", records_dir=f"{records_dir}/persons")
    pretrain(PretrainConfig(output_dir=folder, **classes, **shapes, **periods))
    assert read_backbone_info(folder).classes == ("a", "b")
    weights = f"{folder}/last.keras"
    sums = {f"checksum of {weights}": sha256_of(weights)}
    trained = nested_backbones(read_network(as_path(weights)))[0].get_weights()
    config = models.ModelConfig("ownnet1", (1,), "close_up", ("opt",), "opt", False, 32, 36)
    for start in (dict(init_weights=weights), dict(init_backbone=(folder,))):
        run_config = config_of(bucket / "records", bucket / "started", backbone="ownnet1", **start)
        assert starting_checksums(run_config) == sums
        model = models.build_model(config)
        start_network(model, run_config)
        for ours, theirs in zip(nested_backbones(model)[0].get_weights(), trained, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_remote_folder_without_records_is_told_in_one_line(bucket):
    with pytest.raises(UserError, match=f"{BUCKET}/none is not a records folder: it has no dataset.json"):
        train(config_of(bucket, bucket / "run2", sources=(Source("opt", f"{BUCKET}/none"),)))
    with pytest.raises(UserError, match=f"did you mean {BUCKET}/records/opt-train"):
        train(config_of(bucket, bucket / "run2", sources=(Source("opt", f"{BUCKET}/records"),)))
    assert not tf.io.gfile.exists(f"{BUCKET}/run2")
