"""Checkpoints alone: whole or not there, and the one before where the newest is damaged."""

import os

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.training.lifecycle.checkpoints import RunState, has_checkpoint
from emotionet_tf.training.lifecycle.finiteness import NotFiniteError
from emotionet_tf.training.optimization.training_network import TrainingNetwork


@pytest.fixture
def make_state(tmp_path):
    """Returns a function that makes what a new process would: a network, its optimiser, and their checkpoints."""

    def make(num_kept: int = 2) -> RunState:
        network = keras.Sequential([keras.layers.Dense(50, input_shape=(50,))])
        network = keras.Model(network.inputs, network.outputs)
        model = TrainingNetwork(network)
        model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse")
        state = RunState(network, model, tmp_path / "checkpoints", num_kept)
        state.network = network
        return state

    return make


def save(state: RunState, *steps: int) -> RunState:
    """Saves at these steps, with the step as all weights."""
    for step in steps:
        state._optimizer.iterations.assign(step)
        for variable in state.network.trainable_variables:
            variable.assign(tf.fill(variable.shape, float(step)))
        state.save()
    return state


def restored(make_state, folder) -> int:
    """Returns the step that a new process resumes from; its weights are that step's, and nothing else is left."""
    state = make_state()
    step = state.restore()
    assert all((weight == step).all() for weight in state.network.get_weights())
    assert {name.partition("-")[0] for name in os.listdir(folder)} <= {"ckpt"}
    return step


def test_newest_are_kept(make_state, tmp_path):
    save(make_state(num_kept=3), 8, 9, 10, 11)
    indices = sorted(path.stem for path in (tmp_path / "checkpoints").glob("*.index"))
    assert indices == ["ckpt-10", "ckpt-11", "ckpt-9"]
    assert len(list((tmp_path / "checkpoints").iterdir())) == 6
    assert restored(make_state, tmp_path / "checkpoints") == 11


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


def remove(path):
    path.unlink()


@pytest.mark.parametrize("damage", [truncate, flip, empty, remove])
@pytest.mark.parametrize("suffix", ["data-00000-of-00001", "index"])
def test_damaged_checkpoint_is_reported_and_replaced_by_the_one_before(
    make_state, tmp_path, capsys, damage, suffix
):
    folder = tmp_path / "checkpoints"
    save(make_state(), 9, 10)
    damage(folder / f"ckpt-10.{suffix}")
    assert restored(make_state, folder) == 9
    if (damage, suffix) != (remove, "index"):
        assert f"checkpoint {folder / 'ckpt-10'} cannot be used: " in capsys.readouterr().out
    state = make_state()
    state.restore()
    # What cannot be used goes with the next that is written, and takes nobody's place.
    save(state, 11)
    assert sorted(path.stem for path in folder.glob("*.index")) == ["ckpt-11", "ckpt-9"]


def test_checkpoints_that_are_all_damaged_are_one_error_and_stay(make_state, tmp_path):
    save(make_state(), 9, 10)
    for path in (tmp_path / "checkpoints").glob("*.data*"):
        truncate(path)
    with pytest.raises(
        UserError, match=r"ckpt-10 cannot be used: .*; and there is no other: remove .*checkpoints"
    ):
        make_state().restore()
    assert len(list((tmp_path / "checkpoints").iterdir())) == 4


def test_list_of_checkpoints_that_tensorflow_keeps_is_not_needed(make_state, tmp_path):
    save(make_state(), 9)
    (tmp_path / "checkpoints" / "checkpoint").write_text("garbage")
    assert has_checkpoint(tmp_path / "checkpoints")
    state = make_state()
    assert state.restore() == 9


@pytest.mark.parametrize("step", [10, 11])
@pytest.mark.parametrize("num_moved", [0, 1, 2])
def test_run_killed_while_a_checkpoint_is_written_has_it_or_the_one_before(
    make_state, tmp_path, monkeypatch, step, num_moved
):
    """The process dies before the checkpoint counts, or its files are in place; step 10 replaces one of that step."""
    folder = tmp_path / "checkpoints"
    state = save(make_state(), 10)
    replace, moved = os.replace, []

    def killed_in_between(*paths):
        if len(moved) == num_moved:
            raise InterruptedError
        moved.append(paths)
        replace(*paths)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", killed_in_between)
        with pytest.raises(UserError):
            save(state, step)
    expected = step if num_moved else 10
    assert (folder / "written").is_dir() == (num_moved > 0)
    assert restored(make_state, folder) == expected
    # Before, while TensorFlow writes: what is there does not count.
    (folder / "writing").mkdir()
    (folder / "writing" / "ckpt-12.index").write_bytes(b"half")
    assert restored(make_state, folder) == expected


@pytest.mark.parametrize("kind", ["weight", "momentum", "loss"])
def test_numbers_that_are_not_finite_are_never_saved(make_state, tmp_path, kind):
    state = save(make_state(), 10)
    variables = {"weight": state.network.variables, "momentum": state._optimizer.variables[2:]}
    if kind == "loss":
        for loss in (1.0, np.nan, 1.0, 1.0):
            state.sums.add(tf.constant([loss]))
    else:
        value = variables[kind][0].numpy()
        value.flat[-1] = np.inf
        variables[kind][0].assign(value)
    state._optimizer.iterations.assign(15)
    with pytest.raises(NotFiniteError) as error:
        state.save()
    # Of the four steps, 12 to 15, the second was the first.
    assert error.value.step == (13 if kind == "loss" else 15)
    assert restored(make_state, tmp_path / "checkpoints") == 10
