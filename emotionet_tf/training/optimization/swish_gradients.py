"""Swish whose gradient a CPU computes in one loop over the input, by XLA, in place of seven."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.models.backbones.building import innermost_layers


def fuse_swish_gradients(model: keras.Model) -> None:
    """Makes the swishes of maps compute their gradients in one loop; what they give stays.

    Only rounding changes. Nothing changes where several devices, a GPU or a TPU compute, nor elsewhere than on Linux,
    the only system on which compiling was tried.

    Args:
      model: Changed in place, with the models inside it; what is saved of it is not. Its copies are not changed.
    """
    if sys.platform != "linux" or tf.distribute.has_strategy():
        return
    if any(tf.config.list_logical_devices(kind) for kind in ("GPU", "TPU")):
        return
    for layer in _swishes_of_maps(model):
        layer.call = swish


@tf.custom_gradient
def swish(inputs: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Returns x sigmoid(x), whose derivative is s (1 + x (1 - s)) with s = sigmoid(x)."""
    return tf.nn.silu(inputs), lambda of_outputs: _gradient(inputs, of_outputs)


@tf.function(jit_compile=True, autograph=False)
def _gradient(inputs: tf.Tensor, of_outputs: tf.Tensor) -> tf.Tensor:
    share = tf.sigmoid(inputs)
    return of_outputs * (share * (1 + inputs * (1 - share)))


def _swishes_of_maps(model: keras.Model) -> Iterator[keras.layers.Activation]:
    """Yields the layers for which compiling is worth while: not those of squeezed maps, which are small."""
    for layer in innermost_layers(model):
        if (
            isinstance(layer, keras.layers.Activation)
            and layer.activation is keras.activations.swish
            and len(layer.output.shape) == 4
            and layer.output.shape[1] != 1
        ):
            yield layer
