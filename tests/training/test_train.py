import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import warm_commands
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from emotionet_tf import models
from emotionet_tf.errors import UserError
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records
from emotionet_tf.storage.files import sha256_of
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION
from emotionet_tf.stream.batches import evaluation_stream
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.monitoring.curves import read_curves
from emotionet_tf.training.train import train
from emotionet_tf.training.train_config import TrainConfig

pytestmark = pytest.mark.slow

NUM_STEPS = 44


def flags_of(records: Path, output_dir: Path, **changes: object) -> list[str]:
    values = dict(
        output_dir=output_dir,
        val_records_dir=records / "opt-val",
        group="pose",
        backbone="ownnet1",
        image_size_px=32,
        num_steps=NUM_STEPS,
        batch_size=8,
        checkpoint_interval_steps=8,
        validation_interval_steps=16,
        seed=3,
    )
    sources = [f"--source=opt={records / 'opt-train'}", f"--source=train={records / 'train'}"]
    return [*sources, *(f"--{name}={value}" for name, value in {**values, **changes}.items())]


DYING_TRAIN = """
import os, runpy, signal, sys
moment = sys.argv.pop(1)
replace = os.replace
def dying(source, target):
    inside = os.listdir(source) if os.path.isdir(source) else []
    if "ckpt-16.index" in inside and moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    if str(target).endswith("ckpt-24.index") and moment == "between":
        os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)
os.replace = dying
runpy.run_module("emotionet_tf.bin.train", run_name="__main__", alter_sys=True)
"""
"""Dies before the checkpoint of step 16 counts, or between the files of that of step 24."""


def start(flags: list[str], dies: str = "") -> warm_commands.WarmProcess:
    command = ["-c", DYING_TRAIN, dies] if dies else ["-m", "emotionet_tf.bin.train"]
    return warm_commands.start([*command, *flags])


def finish(flags: list[str]) -> str:
    process = start(flags)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return output


def die(flags: list[str], moment: str) -> None:
    process = start(flags, moment)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL, errors


def end_after_checkpoint(flags: list[str], output_dir: Path, step: int, number: int, code: int) -> None:
    """Sends a signal at a random moment after the checkpoint of a step is there."""
    process = start(flags)
    deadline = time.monotonic() + 240
    while not (output_dir / "checkpoints" / f"ckpt-{step}.index").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    delay = random.SystemRandom().uniform(0, 0.1)
    print(f"signal {number} {delay:.3f} s after the checkpoint of step {step}")
    time.sleep(delay)
    process.send_signal(number)
    process.communicate()
    assert process.returncode == code, "the run ended before the signal came"


def weights_of(model_dir: Path, which: str) -> list[np.ndarray]:
    return models.load_model(model_dir, which).network.get_weights()


def test_killed_and_resumed_run_ends_with_the_same_bits(tiny_records, tmp_path):
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    finish(flags_of(tiny_records, undisturbed))
    end_after_checkpoint(flags_of(tiny_records, killed), killed, 8, signal.SIGTERM, 75)
    die(flags_of(tiny_records, killed), "before")
    die(flags_of(tiny_records, killed), "between")
    end_after_checkpoint(flags_of(tiny_records, killed), killed, 32, signal.SIGKILL, -signal.SIGKILL)
    output = finish(flags_of(tiny_records, killed))
    assert "resuming from step" in output
    for which in ("last", "best"):
        for expected, got in zip(weights_of(undisturbed, which), weights_of(killed, which), strict=True):
            np.testing.assert_array_equal(got, expected)
        assert sha256_of(undisturbed / f"{which}.keras") == sha256_of(killed / f"{which}.keras")
    summaries = [json.loads((folder / "train.json").read_text()) for folder in (undisturbed, killed)]
    curves = [(folder / "curves.csv").read_bytes() for folder in (undisturbed, killed)]
    assert curves[0] == curves[1]
    assert [line.split(b",")[0] for line in curves[0].splitlines()] == [b"step", b"16", b"32", b"44"]
    assert summaries[0]["best_val_score"] == summaries[1]["best_val_score"]


AFTER_TENSORFLOW = "import runpy, tensorflow; runpy.run_module('emotionet_tf.bin.train', run_name='__main__')"


@pytest.mark.slow
def test_first_steps_of_a_new_process_give_the_bits_of_one_that_has_tensorflow(tiny_records, tmp_path):
    # The new one imports TensorFlow leanly. Neither is a warm command: those leave their graphs as they are traced.
    new, other = (
        flags_of(
            tiny_records,
            tmp_path / name,
            num_steps=3,
            checkpoint_interval_steps=2,
            validation_interval_steps=2,
        )
        for name in ("new", "other")
    )
    for start in (["-m", "emotionet_tf.bin.train", *new], ["-c", AFTER_TENSORFLOW, *other]):
        subprocess.run([sys.executable, *start], check=True, capture_output=True)
    # Each with OwnNet itself, which this process has a small network for.
    files = [tmp_path / name / "last.keras" for name in ("new", "other")]
    assert files[0].read_bytes() == files[1].read_bytes()
    curves = [(tmp_path / name / "curves.csv").read_bytes() for name in ("new", "other")]
    assert curves[0] == curves[1]


def config_of(records: Path, output_dir: Path, **changes: object) -> TrainConfig:
    values = dict(
        output_dir=str(output_dir),
        sources=(Source("opt", str(records / "opt-train")),),
        group="expression",
        val_records_dir=str(records / "opt-val"),
        backbone="ownnet1",
        image_size_px=32,
        num_steps=120,
        batch_size=8,
        learning_rate=0.05,
        momentum=0.9,
        dropout=0.0,
        augmentation=NO_AUGMENTATION,
        checkpoint_interval_steps=60,
        validation_interval_steps=60,
    )
    return TrainConfig(**{**values, **changes})


def test_network_learns_what_can_be_seen(tiny_records, tmp_path):
    train(config_of(tiny_records, tmp_path / "run"))
    model = models.load_model(tmp_path / "run", "last")
    column = model.config.aus.index(12)
    # Photos of the other set, none of which it has seen.
    unseen = evaluation_stream(str(tiny_records / "train"), view="close_up", batch_size=64, image_size_px=32)
    (batch,) = unseen.as_numpy_iterator()
    known = batch["mask"][:, column] == 1
    decisions = model.predict_scores(batch["image"])[:, column] >= 0.5
    assert known.sum() >= 30
    assert (decisions == (batch["labels"][:, column] == 1))[known].mean() > 0.95


def test_curves_hold_a_row_for_each_validation_with_the_scores_of_every_au(tiny_records, tmp_path):
    steps = dict(num_steps=10, checkpoint_interval_steps=2, validation_interval_steps=4)
    train(config_of(tiny_records, tmp_path / "run", **steps))
    curves = read_curves(tmp_path / "run")
    np.testing.assert_array_equal(curves.steps, [4, 8, 10])
    assert len(curves.aus) == 17
    accuracy, f1, losses = (curves.per_au(name) for name in ("accuracy", "f1", "loss"))
    np.testing.assert_allclose(np.nanmean(accuracy, axis=1), curves.values["val_accuracy"], rtol=1e-5)
    np.testing.assert_allclose(np.nanmean(f1, axis=1), curves.values["val_f1"], rtol=1e-5)
    assert np.array_equal(np.isnan(losses), np.isnan(accuracy))
    # TensorBoard has the loss of each period of two steps, a row that of all steps since the one before.
    events = EventAccumulator(str(tmp_path / "run" / "logs" / "train")).Reload().Scalars("loss/all")
    logged = [event.value for event in events]
    expected = [(logged[0] + logged[1]) / 2, (logged[2] + logged[3]) / 2, logged[4]]
    np.testing.assert_allclose(curves.values["train_loss"], expected, rtol=1e-5)


def test_run_without_validation_has_its_training_loss_at_every_checkpoint(tiny_records, tmp_path):
    steps = dict(num_steps=5, checkpoint_interval_steps=2, validation_interval_steps=4)
    train(config_of(tiny_records, tmp_path / "run", val_records_dir=None, **steps))
    lines = (tmp_path / "run" / "curves.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["step", "2", "4", "5"]
    assert lines[0] == "step,train_loss"


def test_same_seed_gives_the_same_weights_and_another_one_others(tiny_records, tmp_path):
    runs = {name: seed for name, seed in (("a", 1), ("b", 1), ("c", 2))}
    for name, seed in runs.items():
        train(config_of(tiny_records, tmp_path / name, num_steps=6, seed=seed))
    a, b, c = (weights_of(tmp_path / name, "last") for name in runs)
    assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    assert not all(np.array_equal(x, y) for x, y in zip(a, c, strict=True))


def test_other_configuration_in_the_same_folder_is_refused_with_the_difference(tiny_records, tmp_path):
    train(config_of(tiny_records, tmp_path / "run", num_steps=2))
    with pytest.raises(UserError, match="made with other settings: weight_decay was 4e-06 and is now 0.1"):
        train(config_of(tiny_records, tmp_path / "run", num_steps=2, weight_decay=0.1))


def test_corrected_call_is_not_held_up_by_a_mistyped_one(tiny_records, tmp_path):
    mistakes = {
        "backbone": "ownet3",
        "batch_size": 3,
        "val_records_dir": str(tmp_path / "none"),
        "image_size_px": 99,
    }
    sources = (Source("opt", str(tiny_records / "opt-train")), Source("train", str(tiny_records / "train")))
    for name, value in mistakes.items():
        with pytest.raises(UserError):
            train(config_of(tiny_records, tmp_path / "run", sources=sources, num_steps=2, **{name: value}))
    train(config_of(tiny_records, tmp_path / "run", sources=sources, num_steps=2))
    assert models.load_model(tmp_path / "run").config.heads == ("opt", "train")


def test_run_is_not_resumed_when_its_records_have_changed(tiny_records, make_labelled_faces, tmp_path):
    shutil.copytree(tiny_records, tmp_path / "records")
    train(config_of(tmp_path / "records", tmp_path / "run", num_steps=2))
    shutil.rmtree(tmp_path / "records" / "opt-train")
    shutil.copytree(tiny_records / "train", tmp_path / "records" / "opt-train")
    with pytest.raises(UserError, match=r"checksum of .*opt-train was '\w+' and is now"):
        train(config_of(tmp_path / "records", tmp_path / "run", num_steps=2))


def test_validation_crops_of_another_size_are_refused(tiny_records, make_labelled_faces, tmp_path):
    faces_dir, labels = make_labelled_faces(tmp_path / "large", 6, size_px=48)
    write_records(
        RecordsConfig(
            faces_dir=str(faces_dir),
            dataset="large",
            output_dir=str(tmp_path / "records"),
            label_files=(str(labels),),
        )
    )
    with pytest.raises(UserError, match="large holds crops of 48 px, the sources of 36 px"):
        train(config_of(tiny_records, tmp_path / "run", val_records_dir=str(tmp_path / "records" / "large")))


def test_loss_that_is_not_finite_ends_the_run_with_the_step(full_ownnet, tiny_records, tmp_path):
    with pytest.raises(
        UserError, match=r"the (validation )?loss is (nan|inf) at step \d+, on the batch of opt_.*checkpoint"
    ):
        train(config_of(tiny_records, tmp_path / "run", learning_rate=1000.0, num_steps=60))
    assert not (tmp_path / "run" / "best.keras").exists()


def test_pose_network_keeps_the_mean_angles_of_its_training_set(tiny_records, tmp_path):
    train(config_of(tiny_records, tmp_path / "run", group="pose", num_steps=2))
    info = json.loads((tiny_records / "opt-train" / "dataset.json").read_text())
    layer = models.load_model(tmp_path / "run").network.get_layer("fill_missing_angles")
    np.testing.assert_allclose(layer.get_weights()[0], info["mean_angles"], rtol=1e-6)
