"""Validation of a network that learns AUs: on what, and at the end of which checkpoint periods."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from tensorflow import keras
from typing_extensions import override

from emotionet_tf.action_units import au_name, facs_codes
from emotionet_tf.au_sets import learnable_columns
from emotionet_tf.errors import UserError
from emotionet_tf.models import ModelConfig
from emotionet_tf.records.dataset_info import load_labelled_info
from emotionet_tf.records.reading.shard_reader import open_shards
from emotionet_tf.stream.batches import ReplicaSlice, evaluation_stream
from emotionet_tf.training.devices import Devices, EvaluationBatches
from emotionet_tf.training.lifecycle.checkpoint_periods import CheckpointPeriods
from emotionet_tf.training.objectives.au_validation_metric import AuValidationMetric
from emotionet_tf.training.targets import Batch, fields_to_read, head_targets, model_inputs
from emotionet_tf.training.train_config import TrainConfig


def open_au_validation(
    config: TrainConfig, model_config: ModelConfig, devices: Devices
) -> Callable[[], EvaluationBatches] | None:
    """Opens the validation records of a run, or returns None where it has none.

    What is returned makes the batches, once: they are not traced before the first validation.

    Args:
      config: The run.
      model_config: The network.
      devices: What it computes on.
    Raises:
      UserError: If the crops are of another size or framing than those that are trained on, or nothing that the
        head that predicts learns is labelled.
    """
    records_dir = config.val_records_dir
    if records_dir is None:
        return None
    info = load_labelled_info(records_dir)
    if info.crop_size_px != model_config.crop_size_px:
        raise UserError(
            f"{records_dir} holds crops of {info.crop_size_px} px, the sources of {model_config.crop_size_px} px"
        )
    if info.framing != model_config.framing:
        raise UserError(
            f"{records_dir} holds crops of framing {info.framing}, the sources of {model_config.framing}"
        )
    head = model_config.prediction_head
    learnt = [au for au in model_config.aus if model_config.has_learnt(head, au)]
    if not any(info.known.get(au_name(au)) for au in learnt):
        raise UserError(
            f"{records_dir} has no label of an AU that the head {head}, which predicts, learns: "
            f"{facs_codes(learnt) or 'none'}; validate on other records, or choose another --prediction_head"
        )
    open_shards(records_dir, model_config.view)
    return functools.cache(
        lambda: devices.distributed_once(
            lambda replica_slice: validation_batches(config, model_config, records_dir, replica_slice),
            config.batch_size,
            info.num_examples,
        )
    )


@tf.autograph.experimental.do_not_convert
def validation_batches(
    config: TrainConfig, model_config: ModelConfig, records_dir: str, replica_slice: ReplicaSlice
) -> tf.data.Dataset:
    """Returns inputs and targets of every example once: the rows of one process."""
    batches = evaluation_stream(
        records_dir,
        view=model_config.view,
        batch_size=config.batch_size,
        image_size_px=config.image_size_px,
        fields=fields_to_read(model_config),
        aus=learnable_columns(model_config.output_aus),
        replica_slice=replica_slice,
    )
    heads = [model_config.prediction_head]
    # The head that predicts says nothing of AUs that only others have learnt.
    learnt = model_config.learnt.get(heads[0], model_config.output_aus)
    is_learnt = np.isin(learnable_columns(model_config.output_aus), learnt).astype(np.float32)

    def inputs_and_targets(batch: Batch) -> tuple[Batch, Batch]:
        known = {**batch, "mask": batch["mask"] * is_learnt}
        return model_inputs(batch, model_config), head_targets(known, model_config, heads)

    return batches.map(inputs_and_targets).prefetch(tf.data.AUTOTUNE)


class ValidateAus(keras.callbacks.Callback):
    """At every validation, adds its results to the logs of the callbacks after it: Keras's, and those of each AU.

    Args:
      open_batches: Returns what is validated on; the same at every call.
      periods: When.
      watch: Is called during validation as Keras calls it during training, so that a run can be stopped there too.
    """

    def __init__(
        self,
        open_batches: Callable[[], EvaluationBatches],
        periods: CheckpointPeriods,
        watch: keras.callbacks.Callback,
    ):
        super().__init__()
        self._open_batches = open_batches
        self._periods = periods
        self._watch = watch

    @override
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if logs is None or not self._periods.has_validation(epoch):
            return
        batches, num_batches, padding_factor = self._open_batches()
        results = self.model.evaluate(
            batches,
            steps=num_batches,
            callbacks=[self._watch],
            return_dict=True,
            verbose=0,
        )
        for name, value in results.items():
            is_mean_of_rows = name.endswith("loss")
            logs[f"val_{name}"] = value * padding_factor if is_mean_of_rows else value
        # Until the next training step, the metric holds what validation has counted.
        metric = next(metric for metric in self.model.metrics if isinstance(metric, AuValidationMetric))
        logs |= metric.au_results()
