"""Batch normalisation's running statistics."""

from __future__ import annotations

from tensorflow import keras


def set_norm_momentum(model: keras.Model, momentum: float) -> None:
    """Sets how slowly the running means and variances of all batch normalisations follow the batches.

    A momentum of m forgets half of the past in about 0.7 / (1 - m) steps. MobileNetV3's own, 0.999, is for long runs:
    after 1,000 steps from scratch its statistics are still those of the start by more than a third.

    Args:
      model: Changed in place, with the models inside it; saved with it.
      momentum: In [0, 1).
    """
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            set_norm_momentum(layer, momentum)
        elif isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = momentum
