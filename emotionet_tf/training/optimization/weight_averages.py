"""Moving averages of a run's weights, kept by its optimiser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from tensorflow import keras


class AveragedWeights:
    """Makes a Keras optimiser keep exponential moving averages of the weights apart from them.

    After each step, average = d average + (1 - d) weight with d = min(decay, (1 + steps) / (10 + steps)): of a decay
    near 1 the random weights of the start are so forgotten within a short run too. The averages are variables of the
    optimiser, and so are in its checkpoints; the weights that are trained on never take their place.

    Source: the averages are Keras's (`use_ema`); the rise of d is that of `tf.train.ExponentialMovingAverage` with
      `num_updates`.
    """

    _decay: float = 0.0

    @property
    def ema_momentum(self) -> tf.Tensor:
        """d of the step that is being done."""
        steps = tf.cast(self.iterations, tf.float32)  # type: ignore[attr-defined]
        return tf.minimum(self._decay, (1 + steps) / (10 + steps))

    @ema_momentum.setter
    def ema_momentum(self, value: float) -> None:
        self._decay = value

    def add_variable_from_reference(
        self, model_variable: tf.Variable, variable_name: str, *args: Any, **kwargs: Any
    ) -> tf.Variable:
        """Returns a variable that the optimiser keeps beside a weight; an average is trainable."""
        if variable_name != "average":
            return super().add_variable_from_reference(model_variable, variable_name, *args, **kwargs)  # type: ignore[misc]
        # A layer that lives on an average counts it as trained, and once more as not trained, were it not so itself.
        with tf.variable_creator_scope(lambda create, **kwargs: create(**{**kwargs, "trainable": True})):
            return super().add_variable_from_reference(model_variable, variable_name, *args, **kwargs)  # type: ignore[misc]

    def average_of(self, variable: tf.Variable) -> tf.Variable:
        """Returns the average of a variable, once the optimiser is built; itself, where it is not trained."""
        key = self._var_key(variable)  # type: ignore[attr-defined]
        index = self._index_dict.get(key)  # type: ignore[attr-defined]
        return variable if index is None else self._model_variables_moving_average[index]  # type: ignore[attr-defined]

    def finalize_variable_values(self, var_list: Sequence[tf.Variable]) -> None:
        """Keeps the weights at the end of `fit`, where Keras would replace them by their averages."""


def weight_averages(optimizer: keras.optimizers.Optimizer) -> AveragedWeights | None:
    """Returns who keeps the averages of a run's weights; None where there are none."""
    inner: Any = getattr(optimizer, "inner_optimizer", optimizer)
    return inner if isinstance(inner, AveragedWeights) and inner.use_ema else None  # type: ignore[attr-defined]
