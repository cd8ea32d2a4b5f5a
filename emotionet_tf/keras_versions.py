"""Where Keras 2 (TensorFlow 2.15) and Keras 3 (TensorFlow 2.16 and later) differ: a function for each difference."""

from __future__ import annotations

import warnings
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


def step_results(results: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Returns what a step of `fit` or `evaluate` may return.

    Of several workers Keras 3 takes the mean over an axis, which a number does not have (tensorflow issue 72388). There
    each result gets one, which Keras takes away again.
    """
    is_reduced = IS_KERAS_3 and isinstance(
        tf.distribute.get_strategy(), tf.distribute.MultiWorkerMirroredStrategy
    )
    return {name: value[None] for name, value in results.items()} if is_reduced else results


@contextmanager
def one_batch_at_a_time(model: keras.Model) -> Iterator[None]:
    """Lets a compiled model take one batch an execution, whatever `steps_per_execution` it was compiled with."""
    compiled = model.steps_per_execution if IS_KERAS_3 else model._steps_per_execution.numpy()
    _change_evaluation(model, 1)
    try:
        with warnings.catch_warnings():
            # Keras 3 warns when it has evaluated all batches, even if that is their stated number.
            warnings.filterwarnings("ignore", message="Your input ran out of data")
            yield
    finally:
        _change_evaluation(model, compiled)


def _change_evaluation(model: keras.Model, num_steps: int) -> None:
    if IS_KERAS_3:
        model.steps_per_execution = num_steps
    else:
        model._steps_per_execution.assign(num_steps)


@contextmanager
def whole_executions(model: keras.Model, steps_per_epoch: int) -> Iterator[None]:
    """Lets `fit` train exactly so many steps an epoch, whatever `steps_per_execution` a model was compiled with.

    Keras 2 shortens an epoch's last execution. Keras 3 trains past the epoch's end; here it gets the largest number of
    steps up to the compiled one that divides the epoch.
    """
    if not IS_KERAS_3:
        yield
        return
    compiled = model.steps_per_execution
    fitting = max(number for number in range(1, compiled + 1) if steps_per_epoch % number == 0)
    _change_executions(model, fitting)
    try:
        yield
    finally:
        _change_executions(model, compiled)


def _change_executions(model: keras.Model, num_steps: int) -> None:
    """Has the training function made again where it was made for another number of steps."""
    if model.steps_per_execution != num_steps:
        model.steps_per_execution, model.train_function = num_steps, None


def step_on_batch(train_function: Any) -> Callable[[Any], Any]:
    """Returns Keras's compiled training function of an iterator as one of a batch."""
    if IS_KERAS_3:  # It fetches its batch outside of its graph.
        return lambda batch: train_function(iter([batch]))
    of_iterator = train_function.python_function

    def of_batch(batch: Any) -> Any:
        return of_iterator(iter([batch]))

    # AutoGraph would rewrite Keras's step, our layers and our losses, none of which branches on tensors.
    return tf.function(of_batch, reduce_retracing=True, autograph=False)


def build_optimizer(optimizer: keras.optimizers.Optimizer, variables: Sequence[tf.Variable]) -> None:
    """Makes an optimiser's variables; Keras 3 refuses to be asked twice."""
    if not (IS_KERAS_3 and optimizer.built):
        optimizer.build(variables)


class _ValidatingModel2(keras.Model):
    """A model whose compiled metrics are those of its validation, of which the first is the loss."""

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Compiles, and makes the loss's variables: made within a step, they would have it traced twice."""
        super().compile(*args, **kwargs)
        self.compiled_loss.build(self.output)

    def validation_results(self, inputs: Any, targets: Any, outputs: Any, weights: Any) -> dict[str, Any]:
        """Adds a batch to loss and metrics and returns them; outputs and targets by head."""
        self.compute_loss(inputs, targets, outputs, weights)
        return self.compute_metrics(inputs, targets, outputs, weights)


class _ValidatingModel3(keras.Model):
    """The same; Keras 3 asks at an epoch's end for all compiled metrics, also for those that were never updated."""

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Compiles all but the metrics."""
        self._validation_metrics = kwargs.pop("metrics", {})
        super().compile(*args, **kwargs)

    def validation_results(self, inputs: Any, targets: Any, outputs: Any, weights: Any) -> dict[str, Any]:
        """Adds a batch to loss and metrics and returns them; outputs and targets by head."""
        loss = self.compute_loss(inputs, targets, outputs, weights)
        whole_loss = loss * tf.distribute.get_strategy().num_replicas_in_sync
        num_rows = tf.shape(tf.nest.flatten(inputs)[0])[0]
        self._loss_tracker.update_state(whole_loss, sample_weight=num_rows)
        for head, metrics in self._validation_metrics.items():
            for metric in metrics:
                metric.update_state(targets[head], outputs[head])
        return step_results(self.get_metrics_result())

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        """Builds from one replica's slice: Keras takes the replicas' mean, which several workers cannot of a dict."""
        if iterator is not None and self.distribute_strategy is not None:
            local_results = self.distribute_strategy.experimental_local_results
            for _, _, batches in iterator:
                data_batch = tf.nest.map_structure(lambda value: local_results(value)[0], next(batches))
                break
        super()._maybe_symbolic_build(None, data_batch)


ValidatingModel: type[keras.Model] = _ValidatingModel3 if IS_KERAS_3 else _ValidatingModel2


def train_fused(norm: keras.layers.BatchNormalization) -> None:
    """Has a batch normalisation of images train by TensorFlow's fused kernel, wherever the layer is not synchronized.

    Keras 2 takes it by itself. Keras 3 does not (keras-core issue 225), which makes a step of a small network a quarter
    longer, and takes a batch's biased variance into its running one, where the kernel gives the unbiased one.

    Args:
      norm: Changed in place; what is saved of it is not.
    """
    if not IS_KERAS_3:
        return
    plain_call = norm.call

    def call(inputs: tf.Tensor, training: Any = None, mask: Any = None) -> tf.Tensor:
        is_of_images = len(inputs.shape) == 4 and norm.axis in (-1, 3)
        if not (training and norm.trainable and is_of_images) or norm.synchronized:
            return plain_call(inputs, training=training, mask=mask)
        num_maps = inputs.shape[-1]
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            tf.cast(inputs, norm.compute_dtype),
            tf.convert_to_tensor(norm.gamma) if norm.scale else tf.ones(num_maps),
            tf.convert_to_tensor(norm.beta) if norm.center else tf.zeros(num_maps),
            epsilon=norm.epsilon,
        )
        for running, of_batch in ((norm.moving_mean, mean), (norm.moving_variance, variance)):
            running.assign(running * norm.momentum + of_batch * (1 - norm.momentum))
        return outputs

    norm.call = call


class _OptimizerAverages2:
    """Makes an optimiser keep averages of the weights with a decay of each step's own: (steps so far) to decay.

    Attributes:
      wanted_decay: What the optimiser was given as `ema_momentum`.
    """

    wanted_decay: float = 0.0

    def decay_after(self, num_steps: Any) -> tf.Tensor:
        """Returns the decay of the step that follows a number of steps."""
        raise NotImplementedError

    @property
    def ema_momentum(self) -> tf.Tensor:
        """The decay of the step that is being done."""
        return self.decay_after(self.iterations)  # type: ignore[attr-defined]

    @ema_momentum.setter
    def ema_momentum(self, value: float) -> None:
        self.wanted_decay = value

    def add_variable_from_reference(
        self, model_variable: tf.Variable, variable_name: str, *args: Any, **kwargs: Any
    ) -> tf.Variable:
        """Returns a variable that the optimiser keeps beside a weight; an average is trainable."""
        if variable_name != "average":
            return super().add_variable_from_reference(model_variable, variable_name, *args, **kwargs)  # type: ignore[misc]
        # A layer that lives on an average counts it as trained, and once more as not trained, were it not so itself.
        with tf.variable_creator_scope(lambda create, **kwargs: create(**{**kwargs, "trainable": True})):
            return super().add_variable_from_reference(model_variable, variable_name, *args, **kwargs)  # type: ignore[misc]

    def index_of(self, variable: tf.Variable) -> int | None:
        """Returns a weight's place among those that are trained; None where it is not."""
        return self._index_dict.get(self._var_key(variable))  # type: ignore[attr-defined]


class _OptimizerAverages3:
    """The same; Keras 3's averages start at zero, take the first weights whole, and move before the step is counted."""

    wanted_decay: float = 0.0

    def decay_after(self, num_steps: Any) -> tf.Tensor:
        """Returns the decay of the step that follows a number of steps."""
        raise NotImplementedError

    @property
    def ema_momentum(self) -> float:
        """What the optimiser was given."""
        return self.wanted_decay

    @ema_momentum.setter
    def ema_momentum(self, value: float) -> None:
        self.wanted_decay = value

    def build(self, variables: Sequence[tf.Variable]) -> None:
        """Makes the averages, which start at the weights."""
        super().build(variables)  # type: ignore[misc]
        if self.use_ema:  # type: ignore[attr-defined]
            for average, variable in zip(self._model_variables_moving_average, variables, strict=True):  # type: ignore[attr-defined]
                average.assign(variable)

    def _update_model_variables_moving_average(self, variables: Sequence[tf.Variable]) -> None:
        decay = self.decay_after(self.iterations)  # type: ignore[attr-defined]
        for average, variable in zip(self._model_variables_moving_average, variables, strict=True):  # type: ignore[attr-defined]
            average.assign(decay * average + (1 - decay) * variable)

    def index_of(self, variable: tf.Variable) -> int | None:
        """Returns a weight's place among those that are trained; None where it is not."""
        return self._trainable_variables_indices.get(self._var_key(variable))  # type: ignore[attr-defined]


OptimizerAverages: Any = _OptimizerAverages3 if IS_KERAS_3 else _OptimizerAverages2


class _LossScaling3(keras.mixed_precision.LossScaleOptimizer):
    """Scales the loss; a step whose gradient overflows on any replica changes no weight, and counts as a step.

    Keras 3 does not count it, and looks at the first replica only where several sum their gradients.
    """

    def check_finite(self, grads: Sequence[tf.Tensor | None]) -> tf.Tensor:
        """Returns whether the gradients of all replicas are finite."""
        overflows = tf.cast(~super().check_finite(grads), tf.int32)
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, overflows) == 0

    def _stateful_handle_non_finite_grads(self) -> None:
        super()._stateful_handle_non_finite_grads()
        self.iterations.assign_add(1)


LossScaling: Any = _LossScaling3 if IS_KERAS_3 else keras.mixed_precision.LossScaleOptimizer


class SumBeforeClipping:
    """Makes an optimiser clip the sum of the replicas' gradients, as Keras 2 does; Keras 3 clips each replica's."""

    def _clip_gradients(self, gradients: Sequence[tf.Tensor]) -> list[tf.Tensor]:
        if IS_KERAS_3 and self.global_clipnorm:  # type: ignore[attr-defined]
            pairs = [(gradient, None) for gradient in gradients]
            gradients = [gradient for gradient, _ in super()._all_reduce_sum_gradients(pairs)]  # type: ignore[misc]
        return super()._clip_gradients(gradients)  # type: ignore[misc]

    def _all_reduce_sum_gradients(self, pairs: Any) -> Any:
        """Is called of Keras 3 only, after the clipping."""
        return pairs if self.global_clipnorm else super()._all_reduce_sum_gradients(pairs)  # type: ignore[attr-defined, misc]
