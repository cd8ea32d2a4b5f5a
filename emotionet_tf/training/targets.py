"""From a batch of the input stream to what Keras's `fit` takes: inputs and a target per head."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from emotionet_tf.action_units import columns_of
from emotionet_tf.models.config import ModelConfig

Batch = dict[str, tf.Tensor]


def model_inputs(batch: Batch, config: ModelConfig) -> Batch:
    """Returns the part of a batch that the network looks at."""
    names = ("image", "angles", "angles_mask") if config.uses_angles else ("image",)
    return {name: batch[name] for name in names}


def head_targets(batch: Batch, config: ModelConfig, source_heads: Sequence[str]) -> dict[str, tf.Tensor]:
    """Returns each head's targets, [batch, AUs, 2]: labels and mask.

    A row's mask is 0 for the heads of other datasets than its own, so that a head learns from its dataset alone.

    Args:
      batch: A batch of the stream; its `source` says which of the sources a row is from.
      config: The network's heads and AUs.
      source_heads: The head that each source trains.
    """
    columns = columns_of(config.aus)
    labels = tf.gather(batch["labels"], columns, axis=1)
    mask = tf.gather(batch["mask"], columns, axis=1)
    heads = tf.gather(tf.constant([config.heads.index(head) for head in source_heads]), batch["source"])
    return {
        head: tf.stack([labels, mask * tf.cast(heads == i, mask.dtype)[:, None]], axis=-1)
        for i, head in enumerate(config.heads)
    }
