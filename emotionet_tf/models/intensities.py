"""Intensity outputs beside presence: how strong an AU is, from 0 to 5 (FACS A to E are 1 to 5)."""

from __future__ import annotations

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.models.intensity_kinds import ORDINAL

MAX_INTENSITY = 5


def intensity_key(head: str) -> str:
    """Returns the name of a head's intensities among a network's outputs; no head can have it."""
    return f"{head}.intensities"


def intensity_layer_name(head: str) -> str:
    """Returns the name of the dense layer that gives a head's intensities."""
    return f"intensity_{head}"


def intensity_logits(features: tf.Tensor, kind: str, num_aus: int, head: str) -> tf.Tensor:
    """Returns a head's intensity outputs: [batch, AUs] logits of a regression, [batch, AUs, 5] of an ordinal one.

    Args:
      features: [batch, features], symbolic.
      kind: `REGRESSION` or `ORDINAL`; the latter has a binary task for each rank, as of Niu et al. 2016, "Ordinal
        regression with multiple output CNN".
      num_aus: Columns.
      head: The head's name.
    """
    width = num_aus * (MAX_INTENSITY if kind == ORDINAL else 1)
    logits = keras.layers.Dense(width, dtype="float32", name=intensity_layer_name(head))(features)
    if kind == ORDINAL:
        shape, name = (num_aus, MAX_INTENSITY), f"{intensity_layer_name(head)}_ranks"
        logits = keras.layers.Reshape(shape, dtype="float32", name=name)(logits)
    return logits


def intensities_of(logits: tf.Tensor, kind: str) -> tf.Tensor:
    """Returns intensities from 0 to 5, [batch, AUs]; of an ordinal head the expected rank."""
    if kind == ORDINAL:
        return tf.reduce_sum(tf.sigmoid(logits), axis=-1)
    return MAX_INTENSITY * tf.sigmoid(logits)
