"""Where a run stands: saved at every interval, restored when the same command is run again."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.paths import remove_tree
from emotionet_tf.training.training_network import TrainingNetwork

NUM_KEPT = 2
"""Checkpoints that are kept by default: should the newest be damaged, there is one to go back to."""


def has_checkpoint(folder: Path) -> bool:
    """Returns whether a run's checkpoint folder holds one to go on from."""
    return tf.train.latest_checkpoint(str(folder)) is not None


class RunState:
    """The checkpoints of a run: weights, optimiser, dropout counters, the best score so far, the interval that was
    finished last, and the training loss that stands in no row of the curves yet.

    A checkpoint counts only once TensorFlow has renamed its index file into place, so a killed run leaves none that
    looks whole.

    Args:
      network: What the weights belong to.
      model: What trains them, compiled.
      folder: Of the checkpoints.
      num_kept: So many of the newest are kept.
      restored_from: The folder of what is restored, where it is another one: of several workers one writes it, and all
        go on from it.
    """

    def __init__(
        self,
        network: keras.Model,
        model: TrainingNetwork,
        folder: Path,
        num_kept: int = NUM_KEPT,
        restored_from: Path | None = None,
    ):
        self._model = model
        self._optimizer = model.optimizer
        self.sums = model.sums
        self._best_score = tf.Variable(-math.inf, trainable=False)
        self._loss_sum = tf.Variable(0.0, trainable=False, dtype=tf.float64)
        self._num_loss_steps = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._finished_step = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._optimizer.build(model.trainable_variables)
        self._checkpoint = tf.train.Checkpoint(
            model=network,
            optimizer=self._optimizer,
            best_score=self._best_score,
            loss_sum=self._loss_sum,
            num_loss_steps=self._num_loss_steps,
            finished_step=self._finished_step,
            interval=tf.train.Checkpoint(**self.sums.variables),
        )
        self._folder = folder
        self._manager = tf.train.CheckpointManager(self._checkpoint, str(folder), max_to_keep=num_kept)
        self._restored_from = restored_from or folder

    @property
    def step(self) -> int:
        """Number of batches trained on."""
        return int(self._optimizer.iterations.numpy())

    @property
    def finished_step(self) -> int:
        """Where the last interval ended whose validation, row and best model are done."""
        return int(self._finished_step.numpy())

    @property
    def best_score(self) -> float:
        """The best validation score so far; minus infinity before the first."""
        return float(self._best_score.numpy())

    @best_score.setter
    def best_score(self, score: float) -> None:
        self._best_score.assign(score)

    def take_interval_loss(self) -> None:
        """Takes the training loss of an interval that has ended over into the next row's."""
        self._loss_sum.assign_add(self.sums.total_loss)
        self._num_loss_steps.assign_add(self.sums.num_steps)
        self.sums.reset()

    def take_row_loss(self) -> float:
        """Returns the mean training loss of the intervals since the last call, and forgets them."""
        mean = float(self._loss_sum.numpy()) / max(int(self._num_loss_steps.numpy()), 1)
        self._loss_sum.assign(0.0)
        self._num_loss_steps.assign(0)
        return mean

    def finish_interval(self) -> None:
        """Marks the interval that ends here as done, and saves."""
        self._finished_step.assign(self.step)
        self.save()

    def restore(self) -> int:
        """Restores the newest checkpoint that can be read, where there is one; returns the step.

        Raises:
          UserError: If there are checkpoints but none fits the network and can be read.
        """
        _remove_unfinished(self._folder)
        first_error = ""
        there = tf.train.CheckpointManager(self._checkpoint, str(self._restored_from), max_to_keep=None)
        for path in reversed(there.checkpoints):
            try:
                self._checkpoint.restore(path).assert_consumed()
            # TensorFlow's reader of checkpoints turns its own errors into Python's.
            except (
                AssertionError, ValueError, IndexError, RuntimeError, KeyError, tf.errors.OpError,
            ) as error:  # fmt: skip
                reason = f"checkpoint {path} cannot be used: {str(error).splitlines()[0]}"
                first_error = first_error or reason
                print(reason, flush=True)
                continue
            self._model.refresh()
            return self.step
        if first_error:
            raise UserError(
                f"{first_error}; and there is no other: remove {self._restored_from} to start over"
            )
        return self.step

    def save(self) -> None:
        """Writes a checkpoint of this step.

        Raises:
          UserError: If it cannot be written; those before it are as they were.
        """
        try:
            self._manager.save(checkpoint_number=self.step)
        except tf.errors.OpError as error:
            _remove_unfinished(self._folder)
            last = self._manager.latest_checkpoint
            kept = f"; the run goes on from {last} once it can" if last else ""
            raise UserError(
                f"the checkpoint of step {self.step} cannot be written in {self._folder}: "
                f"{error.message.splitlines()[0]}{kept}"
            ) from error


def _remove_unfinished(folder: Path) -> None:
    """Removes what a killed run left of a checkpoint that it was writing."""
    for leftover in folder.glob("*_temp"):
        remove_tree(leftover)


class SaveRun(keras.callbacks.Callback):
    """At the end of every interval: keeps the best model by validation score, then writes a checkpoint.

    In this order, so that a run killed between the two chooses the same best model again. Stands behind all callbacks
    that belong to the end of an interval.
    """

    def __init__(self, state: RunState, save_best: Callable[[], None]):
        super().__init__()
        self._state = state
        self._save_best = save_best

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keras's call."""
        score = (logs or {}).get("val_score")
        if score is not None and score > self._state.best_score:
            self._state.best_score = float(score)
            self._save_best()
        self._state.finish_interval()
