"""What ends a run in one line that says what to do: numbers that are not finite, and a full disk."""

import re
import shutil
import signal
import subprocess

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models.network_files import write_network
from emotionet_tf.stream.batches import training_stream
from emotionet_tf.stream.sources import Source
from emotionet_tf.training import au_batches, run
from emotionet_tf.training.lifecycle.checkpoint_periods import CheckpointPeriods
from emotionet_tf.training.lifecycle.checkpoints import RunState
from emotionet_tf.training.lifecycle.stopping import SaveWithinPeriods
from emotionet_tf.training.monitoring.curve_file import CurveFile
from emotionet_tf.training.monitoring.step_times import StepTimes
from emotionet_tf.training.monitoring.tensorboard_log import TensorBoardLog
from emotionet_tf.training.optimization.training_network import TrainingNetwork
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.train import train
from emotionet_tf.training.train_config import TrainConfig


def config_of(records, output_dir) -> TrainConfig:
    return TrainConfig(
        output_dir=str(output_dir),
        sources=(Source("opt", str(records / "opt-train")),),
        group="pose",
        backbone="ownnet1",
        image_size_px=32,
        num_steps=20,
        batch_size=4,
        checkpoint_interval_steps=5,
        validation_interval_steps=5,
    )


@pytest.mark.slow
def test_loss_that_is_not_finite_is_reported_with_step_examples_and_the_checkpoint_before(
    tiny_records, tmp_path, monkeypatch
):
    def with_a_broken_row(*arguments, start_step, **settings):
        batches = training_stream(*arguments, start_step=start_step, **settings)
        is_broken = tf.reshape(tf.range(4) == 2, [4, 1])

        def break_step(step, batch):
            labels = tf.where(is_broken & (step == 7), np.nan, batch["labels"])
            return {**batch, "labels": labels, "mask": tf.ones_like(labels)}

        return batches.enumerate(start_step).map(break_step)

    monkeypatch.setattr(au_batches, "training_stream", with_a_broken_row)
    config = config_of(tiny_records, tmp_path / "run")
    stream = training_stream(
        config.sources, view="context", batch_size=4, image_size_px=32, seed=config.seed, start_step=7
    )
    ids = [example_id.decode() for example_id in next(iter(stream))["example_id"].numpy()]
    newest = tmp_path / "run" / "checkpoints" / "ckpt-5"
    with pytest.raises(UserError) as error:
        train(config, RunOptions(steps_per_execution=5))
    assert str(error.value).startswith(
        f"the loss is nan at step 8, on the batch of {', '.join(ids)}, where {ids[2]} hold numbers that are not "
        f"finite; the newest checkpoint, {newest}, is good; "
    )
    assert [path.name for path in newest.parent.glob("*.index")] == ["ckpt-5.index"]


@pytest.mark.slow
def test_run_asked_to_end_with_broken_weights_keeps_the_checkpoint_before(
    tiny_records, tmp_path, monkeypatch
):
    class Asked(SaveWithinPeriods):
        def on_train_batch_end(self, batch, logs=None):
            if self._state.step == 7:
                weight = self.model.trainable_variables[0]
                weight.assign(tf.fill(weight.shape, np.inf))
                signal.raise_signal(signal.SIGTERM)
            super().on_train_batch_end(batch, logs)

    monkeypatch.setattr(run, "SaveWithinPeriods", Asked)
    # Which of two steps did it is not known, so that no batch is named.
    message = r"weights are not finite at step 7, as they were at 5; the newest checkpoint, .*ckpt-5, is good"
    with pytest.raises(UserError, match=message):
        train(config_of(tiny_records, tmp_path / "run"))
    assert [path.name for path in (tmp_path / "run").glob("**/*.index")] == ["ckpt-5.index"]


@pytest.fixture
def disk(tmp_path):
    """Returns an empty disk of 2 MB, and a function that fills it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small disk")

    def fill():
        with open(folder / "filler", "wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            while True:
                file.write(bytes(4096))

    yield folder, fill
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_disk_is_one_line_and_harms_nothing_that_was_there(disk):
    folder, fill = disk
    network = keras.Sequential([keras.layers.Dense(100, input_shape=(100,))])
    network = keras.Model(network.inputs, network.outputs)
    model = TrainingNetwork(network)
    model.compile(keras.optimizers.SGD(0.1), "mse")
    state = RunState(network, model, folder / "checkpoints")
    curves = CurveFile(folder, [])
    times = StepTimes(CheckpointPeriods(30, 10, 10), state, None)
    board = TensorBoardLog(folder, state, times, batch_size=4, learning_rate=lambda step: tf.constant(0.1))

    def write_all(step):
        state._optimizer.iterations.assign(step)
        for write in (
            state.save,
            lambda: write_network(network, folder / "best.keras"),
            lambda: curves.add(step, {"train_loss": 0.5}),
            # More than the room that the file has taken already.
            lambda: [board.on_epoch_end(step, {"loss": 0.5}) for _ in range(200)],
        ):
            try:
                write()
            except (UserError, OSError) as error:
                yield str(error)

    def files():
        return {
            path: path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and "tfevents" not in path.name
        }

    assert not list(write_all(10))
    before = files()
    fill()
    told = list(write_all(20))
    (folder / "filler").unlink()
    assert files() == before
    patterns = [
        r"the checkpoint of step 20 cannot be written in .*No space left on device; the run resumes from .*ckpt-10 ",
        r"No space left on device: '.*best.keras'",
        r"No space left on device: '.*curves.csv'",
        r"TensorBoard's log cannot be written: .*No space left on device; the same command resumes",
    ]
    assert len(told) == 4, told
    assert all(re.search(pattern, text) for pattern, text in zip(patterns, told, strict=True)), told
    assert not list(write_all(20))
