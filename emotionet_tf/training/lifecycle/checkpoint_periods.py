"""A run in checkpoint periods: one Keras epoch each, a checkpoint after each, validation after some."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.keras_versions import whole_executions
from emotionet_tf.training.lifecycle.checkpoints import RunState


class Segment(NamedTuple):
    """CheckpointPeriods of one length that are trained in one go."""

    first_epoch: int
    end_epoch: int
    steps_per_epoch: int


@dataclass(frozen=True)
class CheckpointPeriods:
    """When a run writes checkpoints and validates.

    Attributes:
      num_steps: Length of the run, in batches.
      checkpoint_steps: Length of a checkpoint period; a last, shorter one takes what is left.
      validation_steps: A multiple of it; of a run without validation, any number.
    """

    num_steps: int
    checkpoint_steps: int
    validation_steps: int

    def has_validation(self, epoch: int) -> bool:
        """Returns whether to validate after a checkpoint period, counted from 0: one in so many, and the run's last."""
        return (epoch + 1) % self._every == 0 or epoch + 1 == self._num_epochs

    def num_ends(self, step: int, is_validated: bool) -> int:
        """Returns how many periods end after a step, of those with validation or of those without."""
        begun = min(step // self.checkpoint_steps, self._num_epochs)
        num_validated = math.ceil(self._num_epochs / self._every) - begun // self._every
        if begun == self._num_epochs:
            num_validated = 0
        return num_validated if is_validated else self._num_epochs - begun - num_validated

    @property
    def _every(self) -> int:
        return max(1, self.validation_steps // self.checkpoint_steps)

    @property
    def _num_epochs(self) -> int:
        return math.ceil(self.num_steps / self.checkpoint_steps)

    def is_end(self, step: int) -> bool:
        """Returns whether a checkpoint period ends after so many steps."""
        return step > 0 and (step % self.checkpoint_steps == 0 or step == self.num_steps)

    def segments(self, first_step: int) -> Iterator[Segment]:
        """Yields what is left of a run: the rest of a begun period, then whole ones, then a last, shorter one."""
        length, step = self.checkpoint_steps, first_step
        while step < self.num_steps:
            epoch, begun = divmod(step, length)
            num_whole = 0 if begun else (self.num_steps - step) // length
            num_steps = length if num_whole else min(length - begun, self.num_steps - step)
            segment = Segment(epoch, epoch + max(num_whole, 1), num_steps)
            yield segment
            step += (segment.end_epoch - epoch) * num_steps


def fit_in_periods(
    model: keras.Model,
    periods: CheckpointPeriods,
    batches_from: Callable[[int], tf.data.Dataset],
    *,
    state: RunState,
    callbacks: Sequence[keras.callbacks.Callback],
) -> None:
    """Trains from where a run stands to its end.

    Args:
      model: Compiled, and restored if the run is resumed.
      periods: When to call the callbacks' `on_epoch_end`.
      batches_from: Returns the endless batches from a step on.
      state: Where the run stands. If it was stopped before the end of a period was dealt with, that is done first.
      callbacks: Keras's; the last of them marks the period as finished.
    """
    if periods.is_end(state.step) and state.finished_step < state.step:
        epoch = (state.step - 1) // periods.checkpoint_steps
        called = keras.callbacks.CallbackList(list(callbacks), model=model)
        called.on_train_begin()
        called.on_epoch_end(epoch, {})
        called.on_train_end()
    for segment in periods.segments(state.step):
        with whole_executions(model, segment.steps_per_epoch):
            model.fit(
                batches_from(state.step),
                initial_epoch=segment.first_epoch,
                epochs=segment.end_epoch,
                steps_per_epoch=segment.steps_per_epoch,
                callbacks=list(callbacks),
                verbose=0,
                # Keras 3 warns of batches that it cannot shuffle itself.
                shuffle=False,
            )
