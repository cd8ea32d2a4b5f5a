"""Where a run stands: saved at every interval, restored when the same command is run again."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models.pretrained import refresh_normalization

_NUM_KEPT = 2


def has_checkpoint(folder: Path) -> bool:
    """Returns whether a run's checkpoint folder holds one to go on from."""
    return tf.train.latest_checkpoint(str(folder)) is not None


class RunState:
    """The checkpoints of a run: weights, optimiser, dropout counters, the best score so far and the
    training loss that stands in no row of the curves yet.

    A checkpoint counts only once TensorFlow has renamed its index file into place, so a killed run leaves none that
    looks whole; the one before is kept as well.
    """

    def __init__(self, model: keras.Model, folder: Path):
        self._best_score = tf.Variable(-math.inf, trainable=False)
        self._loss_sum = tf.Variable(0.0, trainable=False, dtype=tf.float64)
        self._num_loss_steps = tf.Variable(0, trainable=False, dtype=tf.int64)
        model.optimizer.build(model.trainable_variables)
        self._checkpoint = tf.train.Checkpoint(
            model=model,
            optimizer=model.optimizer,
            best_score=self._best_score,
            loss_sum=self._loss_sum,
            num_loss_steps=self._num_loss_steps,
        )
        self._manager = tf.train.CheckpointManager(self._checkpoint, str(folder), max_to_keep=_NUM_KEPT)
        self._model = model
        self._optimizer = model.optimizer

    @property
    def step(self) -> int:
        """Number of batches trained on."""
        return int(self._optimizer.iterations.numpy())

    @property
    def best_score(self) -> float:
        """The best validation score so far; minus infinity before the first."""
        return float(self._best_score.numpy())

    @best_score.setter
    def best_score(self, score: float) -> None:
        self._best_score.assign(score)

    def add_loss(self, mean_loss: float, num_steps: int) -> None:
        """Adds the mean training loss of some steps."""
        self._loss_sum.assign_add(float(mean_loss) * num_steps)
        self._num_loss_steps.assign_add(num_steps)

    def take_mean_loss(self) -> float:
        """Returns the mean training loss of the steps since the last call, and forgets them."""
        mean = float(self._loss_sum.numpy()) / max(int(self._num_loss_steps.numpy()), 1)
        self._loss_sum.assign(0.0)
        self._num_loss_steps.assign(0)
        return mean

    def restore(self) -> int:
        """Restores the newest checkpoint where there is one; returns the step.

        Raises:
          UserError: If the checkpoint does not fit the network.
        """
        latest = self._manager.latest_checkpoint
        if latest:
            try:
                self._checkpoint.restore(latest).assert_consumed()
            except (AssertionError, ValueError, tf.errors.OpError) as error:
                raise UserError(
                    f"checkpoint {latest} cannot be used: {str(error).splitlines()[0]}"
                ) from error
            refresh_normalization(self._model)
        return self.step

    def save(self) -> None:
        """Writes a checkpoint of this step."""
        self._manager.save(checkpoint_number=self.step)


class SaveRun(keras.callbacks.Callback):
    """At the end of every interval: keeps the best model by validation score, then writes a checkpoint.

    In this order, so that a run killed between the two chooses the same best model again.
    """

    def __init__(self, state: RunState, save_best: Callable[[keras.Model], None]):
        super().__init__()
        self._state = state
        self._save_best = save_best

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keras's call."""
        score = (logs or {}).get("val_score")
        if score is not None and score > self._state.best_score:
            self._state.best_score = float(score)
            self._save_best(self.model)
        self._state.save()
