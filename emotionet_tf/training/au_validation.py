"""Validation of a network that learns AUs, as a part of the end of an interval."""

from __future__ import annotations

from tensorflow import keras

from emotionet_tf.training.devices import EvaluationBatches
from emotionet_tf.training.lifecycle.intervals import Intervals


class ValidateAus(keras.callbacks.Callback):
    """At every validation, adds the results of Keras's `evaluate` to the logs of the callbacks behind it.

    Args:
      batches: What is validated on.
      intervals: When.
      watch: Is called during validation as Keras calls it during training, so that a run can be stopped there too.
    """

    def __init__(self, batches: EvaluationBatches, intervals: Intervals, watch: keras.callbacks.Callback):
        super().__init__()
        self._batches, self._num_batches, self._padding_factor = batches
        self._intervals = intervals
        self._watch = watch

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keras's call."""
        if logs is None or not self._intervals.has_validation(epoch):
            return
        results = self.model.evaluate(
            self._batches, steps=self._num_batches, callbacks=[self._watch], return_dict=True, verbose=0
        )
        for name, value in results.items():
            is_mean_of_rows = name.endswith("loss")
            logs[f"val_{name}"] = value * self._padding_factor if is_mean_of_rows else value
