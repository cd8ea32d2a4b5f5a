"""From a batch of the input stream to what Keras's `fit` takes: inputs and a target per head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import tensorflow as tf

from emotionet_tf.action_units import columns_of
from emotionet_tf.au_sets import learnable_columns
from emotionet_tf.errors import UserError
from emotionet_tf.models.config import ModelConfig
from emotionet_tf.models.intensities import intensity_key
from emotionet_tf.models.model_folders import LoadedModel
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.records.fields import EXAMPLE_FIELDS, INTENSITY_FIELDS, Field
from emotionet_tf.training.objectives.selective_learning import SelectiveLearning

Batch = dict[str, tf.Tensor]


def model_inputs(batch: Batch, config: ModelConfig) -> Batch:
    """Returns those entries of a batch that are the network's inputs."""
    names = ("image", "angles", "angles_mask") if config.uses_angles else ("image",)
    return {name: batch[name] for name in names}


def head_targets(
    batch: Batch,
    config: ModelConfig,
    source_heads: Sequence[str],
    *,
    selective_learning: SelectiveLearning | None = None,
    step: tf.Tensor | None = None,
) -> dict[str, tf.Tensor]:
    """Returns each head's targets, [batch, AUs, 3]: labels, mask, and the weights of the known labels in the loss.

    Of a head with intensities, also those, [batch, AUs, 2]: intensities and mask.

    A row's mask is 0 for the heads of other datasets than its own, so that a head learns from its dataset alone.
    Metrics use the mask only, the loss both; the weights are 1 without selective learning.

    Args:
      batch: A batch of the stream, its labels in the `learnable_columns` of the network's AUs; its `source` says
        which of the sources a row is from.
      config: The network's heads and AUs.
      source_heads: The head that each source trains.
      selective_learning: What it is to be, or None for no selection.
      step: Batches before this one, int64; needed for selective learning.
    """
    columns = columns_of(config.output_aus, learnable_columns(config.output_aus))
    labels = tf.gather(batch["labels"], columns, axis=1)
    mask = tf.gather(batch["mask"], columns, axis=1)
    heads = tf.gather(tf.constant([config.heads.index(head) for head in source_heads]), batch["source"])
    targets = {}
    for i, head in enumerate(config.heads):
        own = mask * tf.cast(heads == i, mask.dtype)[:, None]
        weights = tf.ones_like(own)
        if selective_learning is not None:
            weights = selective_learning.weights(labels, own, aus=config.output_aus, step=step, head=i)
        targets[head] = tf.stack([labels, own, weights], axis=-1)
        if head in config.intensities_learnt:
            intensities, known = (
                tf.gather(batch[name], columns, axis=1) for name in ("intensities", "intensities_mask")
            )
            of_head = tf.cast(heads == i, mask.dtype)[:, None]
            targets[intensity_key(head)] = tf.stack([intensities, known * of_head], axis=-1)
    return targets


def fields_to_read(config: ModelConfig) -> Mapping[str, Field]:
    """Returns the fields of records that a network is trained on."""
    return {**EXAMPLE_FIELDS, **INTENSITY_FIELDS} if config.intensities_learnt else EXAMPLE_FIELDS


def check_crops(model: LoadedModel, records_dir: str) -> None:
    """Raises UserError if a records folder's crops are of another size or framing than a model's."""
    info, config = load_dataset_info(records_dir), model.config
    for mine, trained in (
        (f"{info.crop_size_px} px", f"{config.crop_size_px} px"),
        (f"framing {info.framing}", f"framing {config.framing}"),
    ):
        if mine != trained:
            raise UserError(
                f"{records_dir} holds crops of {mine}, but the model in {model.folder} was trained on {trained}"
            )
