"""Where Keras 2 (TensorFlow 2.15) and Keras 3 (TensorFlow 2.16 and later) differ: a function for each difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import tensorflow as tf
from tensorflow import keras

# `tensorflow.keras` of TensorFlow 2.15 has no `__version__`.
IS_KERAS_3 = hasattr(keras, "ops")
KERAS_MAJOR = 3 if IS_KERAS_3 else 2


def tensorflow_variable(variable: Any) -> tf.Variable:
    """Returns TensorFlow's own variable; Keras 3 wraps it."""
    return variable.value if IS_KERAS_3 and not isinstance(variable, tf.Variable) else variable


def layer_name_of(tensor: Any) -> str:
    """Returns the name of the layer that a functional model's tensor comes from."""
    return tensor._keras_history.operation.name if IS_KERAS_3 else tensor.node.layer.name


def one_count_per_replica() -> dict[str, Any]:
    """Returns the arguments of `add_weight` for a count that every replica keeps for itself, to the same number."""
    if IS_KERAS_3:  # Its `add_weight` takes no `synchronization`.
        return {"aggregation": "only_first_replica"}
    return {
        "synchronization": tf.VariableSynchronization.ON_READ,
        "aggregation": tf.VariableAggregation.ONLY_FIRST_REPLICA,
    }


def gradients_of(
    optimizer: keras.optimizers.Optimizer,
    loss: tf.Tensor,
    variables: Sequence[tf.Variable],
    tape: tf.GradientTape,
) -> list[tf.Tensor | None]:
    """Returns what the optimiser's `apply_gradients` takes.

    An optimiser that scales the loss, as float16 needs it, has the gradients of the scaled loss in between: Keras 2
    divides here by the scale, Keras 3 when it applies them.
    """
    if not IS_KERAS_3:
        return [gradient for gradient, _ in optimizer.compute_gradients(loss, variables, tape)]
    with tape:
        scaled = optimizer.scale_loss(loss)
    return tape.gradient(scaled, variables)


@contextmanager
def one_batch_at_a_time(model: keras.Model) -> Iterator[None]:
    """Lets a compiled model take one batch an execution, whatever `steps_per_execution` it was compiled with."""
    if IS_KERAS_3:
        steps_at_once, model.steps_per_execution = model.steps_per_execution, 1
        try:
            yield
        finally:
            model.steps_per_execution = steps_at_once
        return
    steps_at_once = model._steps_per_execution.numpy()
    model._steps_per_execution.assign(1)
    try:
        yield
    finally:
        model._steps_per_execution.assign(steps_at_once)


def step_on_batch(train_function: Any) -> Callable[[Any], Any]:
    """Returns Keras's compiled training function of an iterator as one of a batch."""
    if IS_KERAS_3:  # It fetches its batch outside of its graph.
        return lambda batch: train_function(iter([batch]))
    of_iterator = train_function.python_function

    def of_batch(batch: Any) -> Any:
        return of_iterator(iter([batch]))

    return tf.function(of_batch, reduce_retracing=True)


def build_optimizer(optimizer: keras.optimizers.Optimizer, variables: Sequence[tf.Variable]) -> None:
    """Makes an optimiser's variables; Keras 3 refuses to be asked twice."""
    if not (IS_KERAS_3 and optimizer.built):
        optimizer.build(variables)
