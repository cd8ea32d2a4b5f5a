"""What a network that learns AUs is trained on: the stream's batches, and inputs and targets made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import tensorflow as tf

from emotionet_tf.au_sets import learnable_columns
from emotionet_tf.models import ModelConfig
from emotionet_tf.stream.balanced_sampling import BalancedSampling
from emotionet_tf.stream.batches import WHOLE_BATCH, ReplicaSlice, training_stream
from emotionet_tf.stream.kept_crops import KeptCrops
from emotionet_tf.training.objectives.selective_learning import SelectiveLearning
from emotionet_tf.training.targets import Batch, fields_to_read, head_targets, model_inputs
from emotionet_tf.training.train_config import TrainConfig


@dataclass(frozen=True, eq=False)
class AuBatches:
    """The batches of a run.

    Attributes:
      config: The run's.
      model_config: The network's.
      samplings: The balanced sampling of each source; none where every example is shown equally often.
      kept_crops: As `training_stream` takes it.
    """

    config: TrainConfig
    model_config: ModelConfig
    samplings: Sequence[BalancedSampling] = ()
    kept_crops: KeptCrops | None = None

    def examples(self, start_step: int, replica_slice: ReplicaSlice = WHOLE_BATCH) -> tf.data.Dataset:
        """Returns the stream's batches from a step on."""
        return training_stream(
            self.config.sources,
            view=self.model_config.view,
            batch_size=self.config.batch_size,
            image_size_px=self.config.image_size_px,
            seed=self.config.seed,
            start_step=start_step,
            augmentation=self.config.augmentation,
            fields=fields_to_read(self.model_config),
            aus=learnable_columns(self.model_config.output_aus),
            rates=[sampling.rates for sampling in self.samplings] or None,
            replica_slice=replica_slice,
            kept_crops=self.kept_crops,
        )

    @tf.autograph.experimental.do_not_convert
    def training(
        self,
        start_step: int,
        replica_slice: ReplicaSlice,
        examples: Callable[[int, ReplicaSlice], tf.data.Dataset] | None = None,
    ) -> tf.data.Dataset:
        """Returns inputs and targets from a step on: the rows of one process.

        Args:
          start_step: The step.
          replica_slice: The rows.
          examples: Returns what `examples` does, which is the default.
        """
        target = self.config.selective_target
        selective = SelectiveLearning(target, self.config.seed) if target else None
        # What selective learning drops depends on the whole batch.
        batches = (examples or self.examples)(start_step, WHOLE_BATCH if selective else replica_slice)
        heads = self.config.source_heads

        def inputs_and_targets(step: tf.Tensor, batch: Batch) -> tuple[Batch, Batch]:
            targets = head_targets(batch, self.model_config, heads, selective_learning=selective, step=step)
            whole = model_inputs(batch, self.model_config), targets
            return tf.nest.map_structure(replica_slice.of, whole) if selective else whole

        return batches.enumerate(start_step).map(inputs_and_targets).prefetch(tf.data.AUTOTUNE)
