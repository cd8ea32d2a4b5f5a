"""A network while it trains: the step that it takes on a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
from tensorflow import keras
from typing_extensions import override

from emotionet_tf.keras_versions import (
    ValidatingModel,
    build_optimizer,
    gradients_of,
    one_batch_at_a_time,
    step_results,
)
from emotionet_tf.models.backbones.init_weights import refresh_normalization
from emotionet_tf.models.batch_norms import fuse_norms, synchronize_norms
from emotionet_tf.models.shared_variable_copies import copy_network
from emotionet_tf.training.monitoring.period_sums import PeriodSums
from emotionet_tf.training.monitoring.step_measures import StepMeasures
from emotionet_tf.training.optimization.accumulation import accumulate_gradients
from emotionet_tf.training.optimization.depthwise_gradients import split_kernel_gradients
from emotionet_tf.training.optimization.fused_swishes import fuse_swishes
from emotionet_tf.training.optimization.weight_averages import weight_averages
from emotionet_tf.training.run_config import FLOAT32, RunConfig


class TrainingNetwork(ValidatingModel):
    """A functional network, its weights shared, with a training step of its own.

    A step gives Keras's callbacks its own loss, not Keras's mean since the epoch's start. It adds the loss and what
    else is measured to the sums.

    What is validated and saved is `result`: the network in float32, with the averages of its weights where the
    optimiser keeps some. It has layers of its own on the averages: they take no other weights' place, so that nothing
    has to be put back should a validation fail, and every checkpoint holds the weights that are trained on. Batch
    normalisations' running statistics are not averaged once more.

    Args:
      network: A functional model in float32.
      precision: What it computes in while it trains, one of `run_config.PRECISIONS`. The weights stay float32, and so
        do the layers that give the outputs.
      accumulation_steps: Number of micro-batches of a batch, whose gradients are computed one after another.
      measures: What is measured of each step.
    Attributes:
      wrap_train_function: Returns what Keras's function of an iterator is replaced by, such as a timed one; to be set
        before training, None for no replacement.
    """

    def __init__(
        self,
        network: keras.Model,
        *,
        precision: str = FLOAT32,
        accumulation_steps: int = 1,
        measures: StepMeasures | None = None,
        **kwargs: Any,
    ):
        trained = network if precision == FLOAT32 else copy_network(network, policy=f"mixed_{precision}")
        super().__init__(inputs=trained.input, outputs=trained.output, name=network.name, **kwargs)
        fuse_norms(self)
        split_kernel_gradients(self)
        fuse_swishes(self)
        self.measures = measures
        self.sums = PeriodSums(measures.size if measures else 0)
        self.wrap_train_function: Callable[[Any], Any] | None = None
        self.accumulation_steps = accumulation_steps
        # Within functions, as Keras would take networks in attributes for layers of this one.
        self._network = self._result = lambda: network

    @property
    def result(self) -> keras.Model:
        """The network to validate and to save; once compiled."""
        return self._result()

    @override
    def compile(self, optimizer: keras.optimizers.Optimizer, *args: Any, **kwargs: Any) -> None:
        super().compile(optimizer, *args, **kwargs)
        build_optimizer(self.optimizer, self.trainable_variables)
        averages = weight_averages(self.optimizer)
        if averages is not None:
            averaged = copy_network(self._network(), variable_of=averages.average_of)
            self._result = lambda: averaged

    def refresh(self) -> None:
        """Renews what layers compute from their weights once; needed when those were restored."""
        for network in (self._network(), self, self.result):
            refresh_normalization(network)

    @override
    def make_train_function(self, force: bool = False) -> Any:
        made = getattr(self, "train_function", None)
        if made is None or force:
            # Keras 3 returns nothing, and keeps it.
            made = super().make_train_function(force) or getattr(self, "train_function", None)
            if self.wrap_train_function is not None:
                made = self.wrap_train_function(made)
        self.train_function = made
        return made

    @override
    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        batch = keras.utils.unpack_x_y_sample_weight(data)[:2]
        variables = self.trainable_variables
        if self.accumulation_steps == 1:
            values, gradients = self._values_and_gradients(batch)
        else:
            value_shape = [1 + (self.measures.size if self.measures else 0)]
            values, gradients = accumulate_gradients(
                self._values_and_gradients, batch, self.accumulation_steps, variables, value_shape
            )
        self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
        self.sums.add(values)
        return step_results({"loss": values[0]})

    def _values_and_gradients(self, batch: Any) -> tuple[tf.Tensor, Sequence[tf.Tensor | None]]:
        """Returns loss and measures, [1 + measures], this replica's share of the batch's, and the gradients."""
        inputs, targets = batch
        with tf.GradientTape() as tape:
            outputs = self(inputs, training=True)
            loss = self.compute_loss(inputs, targets, outputs)
        gradients = gradients_of(self.optimizer, loss, self.trainable_variables, tape)
        values = tf.cast(loss, tf.float32)[None]
        if self.measures is not None:
            num_replicas = tf.distribute.get_strategy().num_replicas_in_sync
            measures = self.measures.of_batch(targets, outputs) / num_replicas
            values = tf.concat([values, measures], axis=0)
        return values, gradients

    @override
    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        inputs, targets, weights = keras.utils.unpack_x_y_sample_weight(data)
        # What would be saved now.
        outputs = self.result(inputs, training=False)
        return self.validation_results(inputs, targets, outputs, weights)

    @override
    def evaluate(self, *args: Any, **kwargs: Any) -> Any:
        # A batch at a time: of several at once, Keras would have to know the number beforehand.
        with one_batch_at_a_time(self):
            return super().evaluate(*args, **kwargs)


def training_network(network: keras.Model, config: RunConfig, measures: StepMeasures) -> TrainingNetwork:
    """Returns a network that trains as a run's configuration says, not compiled; to be made in the devices' scope."""
    model = TrainingNetwork(
        network,
        precision=config.precision,
        accumulation_steps=config.accumulation_steps,
        measures=measures,
    )
    if config.sync_batch_norm:
        synchronize_norms(model)
    return model
