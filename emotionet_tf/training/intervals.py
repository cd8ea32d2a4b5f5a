"""A run in intervals: Keras's `fit` with an epoch for each, checkpoints between them, validation after some."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import tensorflow as tf
from tensorflow import keras


@dataclass(frozen=True)
class Intervals:
    """When a run writes checkpoints and validates.

    Attributes:
      num_steps: Length of the run, in batches.
      checkpoint_steps: Length of an interval; a last, shorter one takes what is left.
      validation_steps: A multiple of it.
    """

    num_steps: int
    checkpoint_steps: int
    validation_steps: int

    def has_validation(self, epoch: int) -> bool:
        """Returns whether to validate after an interval, counted from 0: one in so many, and the run's last."""
        every = self.validation_steps // self.checkpoint_steps
        num_epochs = math.ceil(self.num_steps / self.checkpoint_steps)
        return (epoch + 1) % every == 0 or epoch + 1 == num_epochs


def fit_in_intervals(
    model: keras.Model,
    intervals: Intervals,
    batches_from: Callable[[int], tf.data.Dataset],
    *,
    first_step: int,
    callbacks: Sequence[keras.callbacks.Callback],
    validation: tf.data.Dataset | None = None,
) -> None:
    """Trains from a step to the run's end.

    Args:
      model: Compiled, and restored where the run goes on.
      intervals: When to call the callbacks' `on_epoch_end`, and to validate.
      batches_from: Returns the endless batches from a step on.
      first_step: Batches that were trained on before.
      callbacks: Keras's.
      validation: What Keras evaluates at every validation; None if a callback does, or nothing.
    """
    length = intervals.checkpoint_steps
    num_whole = intervals.num_steps // length
    step = first_step
    for epochs, end in ((num_whole, num_whole * length), (num_whole + 1, intervals.num_steps)):
        first_epoch = step // length
        if step >= end:
            continue
        due = [epoch + 1 for epoch in range(first_epoch, epochs) if intervals.has_validation(epoch)]
        model.fit(
            batches_from(step),
            initial_epoch=first_epoch,
            epochs=epochs,
            steps_per_epoch=min(length, end - step),
            validation_data=validation,
            validation_freq=due,
            callbacks=callbacks,
            verbose=0,
        )
        step = end
