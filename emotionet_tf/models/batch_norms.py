"""What a run changes in the batch normalisations of a network: running statistics, and what is normalised together."""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow import keras

from emotionet_tf.keras_versions import train_fused
from emotionet_tf.models.backbones.building import innermost_layers


def set_norm_momentum(model: keras.Model, momentum: float) -> None:
    """Sets how slowly the running means and variances of all batch normalisations follow the batches.

    A momentum of m forgets half of the past in about 0.7 / (1 - m) steps. MobileNetV3's own, 0.999, is for long runs:
    after 1,000 steps from scratch its statistics are still those of the start by more than a third.

    Args:
      model: Changed in place, with the models inside it; saved with it.
      momentum: In [0, 1).
    """
    for layer in batch_norms(model):
        layer.momentum = momentum


def synchronize_norms(model: keras.Model) -> None:
    """Makes all batch normalisations normalise by the whole batch, also where several replicas share it.

    Each then exchanges means and squares with the other replicas in every step; on one device only rounding changes.
    Of the model's description, which is saved with it, nothing changes.

    Args:
      model: Changed in place, with the models inside it.
    """
    for layer in batch_norms(model):
        layer.synchronized = True
        # The fused kernel normalises by what is on its device.
        layer.fused = False


def fuse_norms(model: keras.Model) -> None:
    """Makes all batch normalisations that are not synchronized train by the fused kernel, whatever the Keras.

    Args:
      model: Changed in place, with the models inside it. Its copies are not changed.
    """
    for layer in batch_norms(model):
        train_fused(layer)


def has_batch_norms(model: keras.Model) -> bool:
    """Returns whether a network has batch normalisations."""
    return next(batch_norms(model), None) is not None


def batch_norms(model: keras.Model) -> Iterator[keras.layers.BatchNormalization]:
    """Yields the batch normalisations of a network and of the models inside it."""
    for layer in innermost_layers(model):
        if isinstance(layer, keras.layers.BatchNormalization):
            yield layer
