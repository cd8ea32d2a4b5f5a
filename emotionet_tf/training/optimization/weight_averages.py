"""Moving averages of a run's weights, kept by its optimiser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.keras_versions import OptimizerAverages


class AveragedWeights(OptimizerAverages):
    """Makes a Keras optimiser keep exponential moving averages of the weights apart from them.

    After each step, average = d average + (1 - d) weight with d = min(decay, (1 + steps) / (10 + steps)): of a decay
    near 1 the random weights of the start are so forgotten within a short run too. The averages are variables of the
    optimiser, and so are in its checkpoints; the weights that are trained on never take their place.

    Source: the averages are Keras's (`use_ema`); the rise of d is that of `tf.train.ExponentialMovingAverage` with
      `num_updates`.
    """

    def decay_after(self, num_steps: tf.Variable) -> tf.Tensor:
        """Returns d of the step that follows a number of steps."""
        steps = tf.cast(num_steps, tf.float32)
        return tf.minimum(self.wanted_decay, (1 + steps) / (10 + steps))

    def average_of(self, variable: tf.Variable) -> tf.Variable:
        """Returns the average of a variable, once the optimiser is built; itself, where it is not trained."""
        index = self.index_of(variable)
        return variable if index is None else self._model_variables_moving_average[index]

    def finalize_variable_values(self, var_list: Sequence[tf.Variable]) -> None:
        """Keeps the weights at the end of `fit`, where Keras would replace them by their averages."""


def weight_averages(optimizer: keras.optimizers.Optimizer) -> AveragedWeights | None:
    """Returns who keeps the averages of a run's weights; None where there are none."""
    inner: Any = getattr(optimizer, "inner_optimizer", optimizer)
    return inner if isinstance(inner, AveragedWeights) and inner.use_ema else None
