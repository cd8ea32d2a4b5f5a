"""What stands between a network's features and its heads."""

from __future__ import annotations

from tensorflow import keras

from emotionet_tf.models.dropout import SeededDropout, dropout_seed


def apply_neck(
    features: keras.KerasTensor, *, neck: str, units: int, dropout: float, seed: int
) -> keras.KerasTensor:
    """Returns what the heads see.

    Args:
      features: [batch, channels].
      neck: One of `config.NECKS`: "none" is a dropout; "bn_dropout_fc_bn" is batch normalisation, dropout, a dense
        layer and batch normalisation.
      units: Width of the neck's dense layer.
      dropout: Rate of the dropout, in [0, 1).
      seed: Of the run; the dropout's own follows from it.
    Returns:
      [batch, channels] without a neck, else [batch, units].
    Source: the neck is SIAT-NTU's, with 512 units and a rate of 0.5. Their dense layer's bias has no effect in front
      of a batch normalisation and is left out here.
    """
    thin_out = SeededDropout(dropout, dropout_seed(seed, "dropout"), name="dropout")
    if neck == "none":
        return thin_out(features)
    thinned = thin_out(keras.layers.BatchNormalization(name="neck_norm_in")(features))
    dense = keras.layers.Dense(units, use_bias=False, name="neck_dense")(thinned)
    return keras.layers.BatchNormalization(name="neck_norm_out")(dense)
