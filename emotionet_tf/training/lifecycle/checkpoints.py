"""Where a run stands: saved at every checkpoint period, restored when the same command is run again."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf
from tensorflow import keras
from typing_extensions import override

from emotionet_tf.errors import UserError
from emotionet_tf.keras_versions import build_optimizer
from emotionet_tf.training.lifecycle.checkpoint_files import CheckpointFiles
from emotionet_tf.training.lifecycle.finiteness import NotFiniteError, are_finite
from emotionet_tf.training.optimization.training_network import TrainingNetwork

NUM_KEPT = 2
"""Checkpoints that are kept by default: if the newest is damaged, the one before is used."""


def has_checkpoint(folder: Path) -> bool:
    """Returns whether a run's checkpoint folder holds one to resume from."""
    return bool(CheckpointFiles(folder).steps())


class RunState:
    """The checkpoints of a run: weights, optimiser, dropout counters, the best score so far, the period that was
    finished last, and the training loss that stands in no row of the curves yet.

    All numbers of a checkpoint are finite; a run that meets others ends without one.

    Args:
      network: What the weights belong to.
      model: What trains them, compiled.
      folder: Of the checkpoints.
      num_kept: How many of the newest are kept.
      restored_from: The folder of what is restored, where it is another one: of several workers one writes it, and all
        resume from it.
    """

    def __init__(
        self,
        network: keras.Model,
        model: TrainingNetwork,
        folder: Path,
        num_kept: int = NUM_KEPT,
        restored_from: Path | None = None,
    ):
        self._network = network
        self._model = model
        self._optimizer = model.optimizer
        self.sums = model.sums
        self._best_score = tf.Variable(-math.inf, trainable=False)
        self._loss_sum = tf.Variable(0.0, trainable=False, dtype=tf.float64)
        self._num_loss_steps = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._finished_step = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._best_step = tf.Variable(0, trainable=False, dtype=tf.int64)
        build_optimizer(self._optimizer, model.trainable_variables)
        contents = dict(
            model=network,
            optimizer=self._optimizer,
            best_score=self._best_score,
            loss_sum=self._loss_sum,
            num_loss_steps=self._num_loss_steps,
            finished_step=self._finished_step,
            interval=tf.train.Checkpoint(**self.sums.variables),
        )
        details = tf.train.Checkpoint(measures_sum=self.sums.measures_variable, best_step=self._best_step)
        self._checkpoint = tf.train.Checkpoint(**contents, details=details)
        self._without_details = tf.train.Checkpoint(**contents)
        # Checkpoints of earlier versions hold a counter, and are read as these.
        _ = self._checkpoint.save_counter, self._without_details.save_counter
        self._folder = folder
        self._files = CheckpointFiles(folder)
        self._num_kept = num_kept
        self._damaged: set[int] = set()
        self._restored_from = restored_from or folder
        self._finite_step = 0

    @property
    def step(self) -> int:
        """Number of batches trained on."""
        return int(self._optimizer.iterations.numpy())

    @property
    def finished_step(self) -> int:
        """Where the last period ended whose validation, row and best model are done."""
        return int(self._finished_step.numpy())

    @property
    def best_score(self) -> float:
        """The best validation score so far; minus infinity before the first."""
        return float(self._best_score.numpy())

    @best_score.setter
    def best_score(self, score: float) -> None:
        self._best_score.assign(score)
        self._best_step.assign(self.step)

    @property
    def best_step(self) -> int | None:
        """When it was reached; None where the run was resumed from a checkpoint of an older version since."""
        return int(self._best_step.numpy()) or None

    def take_period_loss(self) -> None:
        """Takes the training loss of a checkpoint period that has ended over into the next row's."""
        self._loss_sum.assign_add(self.sums.total_loss)
        self._num_loss_steps.assign_add(self.sums.num_steps)
        self.sums.reset()

    def take_row_loss(self) -> float:
        """Returns the mean training loss of the periods since the last call, and forgets them."""
        mean = float(self._loss_sum.numpy()) / max(int(self._num_loss_steps.numpy()), 1)
        self._loss_sum.assign(0.0)
        self._num_loss_steps.assign(0)
        return mean

    def finish_period(self) -> None:
        """Marks the period that ends here as done, and saves."""
        self._finished_step.assign(self.step)
        self.save()

    def restore(self) -> int:
        """Restores the newest checkpoint that can be read, where there is one; returns the step.

        Raises:
          UserError: If there are checkpoints but none fits the network and can be read.
        """
        self._files.tidy()
        first_error = ""
        there = CheckpointFiles(self._restored_from)
        for step in reversed(there.steps()):
            path = there.prefix(step)
            try:
                self._readable(path).read(path).assert_consumed()
                self.require_finite()
            # TensorFlow's reader of checkpoints turns its own errors into Python's.
            except (
                NotFiniteError, AssertionError, ValueError, IndexError, RuntimeError, KeyError, tf.errors.OpError,
            ) as error:  # fmt: skip
                reason = f"checkpoint {path} cannot be used: {str(error).splitlines()[0]}"
                first_error = first_error or reason
                print(reason, flush=True)
                self._damaged.add(step)
                continue
            self._model.refresh()
            return self.step
        if first_error:
            raise UserError(
                f"{first_error}; and there is no other: remove {self._restored_from} to start over"
            )
        return self.step

    def _readable(self, path: str) -> tf.train.Checkpoint:
        """Returns what a checkpoint holds: older versions kept no details."""
        # `tf.train.list_variables` asks first whether it is a folder, which ram:// affirms of any name's beginning.
        names = tf.compat.v1.train.NewCheckpointReader(path).get_variable_to_shape_map()
        has_details = any(name.startswith("details/") for name in names)
        return self._checkpoint if has_details else self._without_details

    def save(self) -> None:
        """Writes a checkpoint of this step.

        Raises:
          NotFiniteError: If it would hold numbers that are not finite.
          UserError: If it cannot be written.
          In either case those before it are as they were.
        """
        self.require_finite()
        try:
            self._files.write(self.step, self._checkpoint.write)
        except (tf.errors.OpError, OSError) as error:
            kept = f"; the run resumes from {self.newest} once it can" if self.newest else ""
            raise UserError(
                f"the checkpoint of step {self.step} cannot be written in {self._folder}: {first_line(error)}{kept}"
            ) from error
        self._damaged.discard(self.step)
        self._files.keep(self._num_kept, self._damaged)

    @property
    def newest(self) -> str:
        """The newest checkpoint that is not known to be damaged; empty without one."""
        good = [step for step in self._files.steps() if step not in self._damaged]
        return self._files.prefix(good[-1]) if good else ""

    def require_finite(self) -> None:
        """Raises NotFiniteError unless all numbers of a checkpoint of this step would be finite."""
        if self.sums.num_broken_steps:
            raise NotFiniteError("loss is not finite", self.first_broken_step)
        if not are_finite(
            [*self._network.variables, *self._optimizer.variables, *self.sums.variables.values()]
        ):
            raise NotFiniteError("network's weights are not finite", self.step, self._finite_step)
        self._finite_step = self.step

    @property
    def first_broken_step(self) -> int:
        """The first step whose loss was not finite; this one without such a step."""
        return self.step - max(self.sums.num_broken_steps - 1, 0)


def first_line(error: Exception) -> str:
    """Returns the first line of an error's message, without TensorFlow's names of operations."""
    text = error.message if isinstance(error, tf.errors.OpError) else str(error)
    return re.sub(
        r"\{\{.*?\}\} ?|\[Op:\w+\]", "", (text.strip().splitlines() or [type(error).__name__])[0]
    ).strip()


class SaveAtPeriodEnd(keras.callbacks.Callback):
    """At the end of every checkpoint period, keeps the best model by validation score, then writes a checkpoint.

    In this order, so that a run killed between the two chooses the same best model again. Comes after all callbacks
    that belong to the end of a checkpoint period.
    """

    def __init__(self, state: RunState, save_best: Callable[[], None]):
        super().__init__()
        self._state = state
        self._save_best = save_best

    @override
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        score = (logs or {}).get("val_score")
        if score is not None and score > self._state.best_score:
            self._state.require_finite()
            self._state.best_score = float(score)
            self._save_best()
        self._state.finish_period()
