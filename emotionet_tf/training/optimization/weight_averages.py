"""Moving averages of a run's weights, kept by its optimiser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.keras_versions import IS_KERAS_3


class AveragedWeights:
    """Makes a Keras optimiser keep exponential moving averages of the weights apart from them.

    After each step, average = d average + (1 - d) weight with d = min(decay, (1 + steps) / (10 + steps)): of a decay
    near 1 the random weights of the start are so forgotten within a short run too. The averages are variables of the
    optimiser, and so are in its checkpoints; the weights that are trained on never take their place.

    Source: the averages are Keras's (`use_ema`); the rise of d is that of `tf.train.ExponentialMovingAverage` with
      `num_updates`.
    """

    _decay: float = 0.0

    def _decay_after(self, num_steps: tf.Variable) -> tf.Tensor:
        steps = tf.cast(num_steps, tf.float32)
        return tf.minimum(self._decay, (1 + steps) / (10 + steps))

    @property
    def ema_momentum(self) -> tf.Tensor:
        """d of the step that is being done."""
        return self._decay if IS_KERAS_3 else self._decay_after(self.iterations)  # type: ignore[attr-defined]

    @ema_momentum.setter
    def ema_momentum(self, value: float) -> None:
        self._decay = value

    def build(self, variables: Sequence[tf.Variable]) -> None:
        """Makes the averages, which start at the weights; those of Keras 3 start at zero by themselves."""
        super().build(variables)  # type: ignore[misc]
        if IS_KERAS_3 and self.use_ema:  # type: ignore[attr-defined]
            for average, variable in zip(self._model_variables_moving_average, variables, strict=True):  # type: ignore[attr-defined]
                average.assign(variable)

    def _update_model_variables_moving_average(self, variables: Sequence[tf.Variable]) -> None:
        """Moves the averages after a step; Keras 3 calls it before it counts the step."""
        if not IS_KERAS_3:
            return super()._update_model_variables_moving_average(variables)  # type: ignore[misc]
        # Keras 3's own takes the first step's weights whole.
        decay = self._decay_after(self.iterations)  # type: ignore[attr-defined]
        for average, variable in zip(self._model_variables_moving_average, variables, strict=True):  # type: ignore[attr-defined]
            average.assign(decay * average + (1 - decay) * variable)

    def add_variable_from_reference(
        self, model_variable: tf.Variable, variable_name: str = "", *args: Any, **kwargs: Any
    ) -> tf.Variable:
        """Returns a variable that the optimiser keeps beside a weight; an average is trainable."""
        if IS_KERAS_3:
            named = {"name": variable_name} if variable_name else {}
            return super().add_variable_from_reference(model_variable, *args, **named, **kwargs)  # type: ignore[misc]
        if variable_name != "average":
            return super().add_variable_from_reference(model_variable, variable_name, *args, **kwargs)  # type: ignore[misc]
        # A layer that lives on an average counts it as trained, and once more as not trained, were it not so itself.
        with tf.variable_creator_scope(lambda create, **kwargs: create(**{**kwargs, "trainable": True})):
            return super().add_variable_from_reference(model_variable, variable_name, *args, **kwargs)  # type: ignore[misc]

    def average_of(self, variable: tf.Variable) -> tf.Variable:
        """Returns the average of a variable, once the optimiser is built; itself, where it is not trained."""
        key = self._var_key(variable)  # type: ignore[attr-defined]
        index = (self._trainable_variables_indices if IS_KERAS_3 else self._index_dict).get(key)  # type: ignore[attr-defined]
        return variable if index is None else self._model_variables_moving_average[index]  # type: ignore[attr-defined]

    def finalize_variable_values(self, var_list: Sequence[tf.Variable]) -> None:
        """Keeps the weights at the end of `fit`, where Keras would replace them by their averages."""


def weight_averages(optimizer: keras.optimizers.Optimizer) -> AveragedWeights | None:
    """Returns who keeps the averages of a run's weights; None where there are none."""
    inner: Any = getattr(optimizer, "inner_optimizer", optimizer)
    return inner if isinstance(inner, AveragedWeights) and inner.use_ema else None  # type: ignore[attr-defined]
