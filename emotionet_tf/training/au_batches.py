"""What a network that learns AUs is fed: the stream's batches, and inputs and targets made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tensorflow as tf

from emotionet_tf.errors import UserError
from emotionet_tf.models import ModelConfig
from emotionet_tf.records.dataset_info import load_labelled_info
from emotionet_tf.stream.balanced_sampling import BalancedSampling
from emotionet_tf.stream.batches import ALL_ROWS, ReplicaSlice, evaluation_stream, training_stream
from emotionet_tf.training.devices import Devices, EvaluationBatches
from emotionet_tf.training.objectives.selective_learning import SelectiveLearning
from emotionet_tf.training.targets import Batch, head_targets, model_inputs
from emotionet_tf.training.train_config import TrainConfig


@dataclass(frozen=True, eq=False)
class AuBatches:
    """The batches of a run.

    Attributes:
      config: The run's.
      model_config: The network's.
      samplings: The balanced sampling of each source; none where every example is shown equally often.
    """

    config: TrainConfig
    model_config: ModelConfig
    samplings: Sequence[BalancedSampling] = ()

    def examples(self, start_step: int, replica_slice: ReplicaSlice = ALL_ROWS) -> tf.data.Dataset:
        """Returns the stream's batches from a step on."""
        return training_stream(
            self.config.sources,
            view=self.model_config.view,
            batch_size=self.config.batch_size,
            image_size_px=self.config.image_size_px,
            seed=self.config.seed,
            start_step=start_step,
            augmentation=self.config.augmentation,
            rates=[sampling.rates for sampling in self.samplings] or None,
            replica_slice=replica_slice,
        )

    @tf.autograph.experimental.do_not_convert
    def training(self, start_step: int, replica_slice: ReplicaSlice) -> tf.data.Dataset:
        """Returns inputs and targets from a step on: the rows of one process."""
        target = self.config.selective_target
        selective = SelectiveLearning(target, self.config.seed) if target else None
        # What selective learning drops depends on the whole batch.
        batches = self.examples(start_step, ALL_ROWS if selective else replica_slice)
        heads = self.config.source_heads

        def inputs_and_targets(step: tf.Tensor, batch: Batch) -> tuple[Batch, Batch]:
            targets = head_targets(batch, self.model_config, heads, selective_learning=selective, step=step)
            whole = model_inputs(batch, self.model_config), targets
            return tf.nest.map_structure(replica_slice.of, whole) if selective else whole

        return batches.enumerate(start_step).map(inputs_and_targets).prefetch(tf.data.AUTOTUNE)

    def validation(self, devices: Devices) -> EvaluationBatches | None:
        """Returns what a run is validated on, if there is something.

        Raises:
          UserError: If its crops are of another size or framing than those that are trained on.
        """
        records_dir = self.config.val_records_dir
        if records_dir is None:
            return None
        info = load_labelled_info(records_dir)
        if info.crop_size_px != self.model_config.crop_size_px:
            raise UserError(
                f"{records_dir} holds crops of {info.crop_size_px} px, the sources of "
                f"{self.model_config.crop_size_px} px"
            )
        if info.framing != self.model_config.framing:
            raise UserError(
                f"{records_dir} holds crops of framing {info.framing}, the sources of {self.model_config.framing}"
            )
        return devices.distributed_once(
            lambda replica_slice: self.validation_slice(records_dir, replica_slice),
            self.config.batch_size,
            info.num_examples,
        )

    @tf.autograph.experimental.do_not_convert
    def validation_slice(self, records_dir: str, replica_slice: ReplicaSlice) -> tf.data.Dataset:
        """Returns inputs and targets of every example once: the rows of one process."""
        batches = evaluation_stream(
            records_dir,
            view=self.model_config.view,
            batch_size=self.config.batch_size,
            image_size_px=self.config.image_size_px,
            replica_slice=replica_slice,
        )
        heads = [self.model_config.prediction_head]
        return batches.map(
            lambda batch: (
                model_inputs(batch, self.model_config),
                head_targets(batch, self.model_config, heads),
            )
        ).prefetch(tf.data.AUTOTUNE)
