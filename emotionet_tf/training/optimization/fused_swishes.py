"""Swishes that a CPU computes in one loop over the input, by XLA, in place of several."""

from __future__ import annotations

import sys
from collections.abc import Callable

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.models.backbones.building import innermost_layers

_Swish = Callable[[tf.Tensor], tf.Tensor]


def fuse_swishes(model: keras.Model) -> None:
    """Makes the swishes of maps compute their gradients in one loop, and hard swishes their outputs as well.

    Only rounding changes. Nothing changes where several devices, a GPU or a TPU compute, nor elsewhere than on Linux,
    the only system on which compiling was tried.

    Args:
      model: Changed in place, with the models inside it; what is saved of it is not. Its copies are not changed.
    """
    if sys.platform != "linux" or tf.distribute.has_strategy():
        return
    if any(tf.config.list_logical_devices(kind) for kind in ("GPU", "TPU")):
        return
    for layer in innermost_layers(model):
        fused = _fused(layer)
        if fused is not None and len(layer.output.shape) == 4 and layer.output.shape[1] != 1:
            # Squeezed maps are too small for compiling to be worth while.
            layer.call = fused


@tf.custom_gradient
def swish(inputs: tf.Tensor) -> tuple[tf.Tensor, _Swish]:
    """Returns x sigmoid(x), whose derivative is s (1 + x (1 - s)) with s = sigmoid(x)."""
    return tf.nn.silu(inputs), lambda of_outputs: _swish_gradient(inputs, of_outputs)


@tf.custom_gradient
def hard_swish(inputs: tf.Tensor) -> tuple[tf.Tensor, _Swish]:
    """Returns x h(x), h(x) = min(max(x + 3, 0), 6) / 6; its derivative is h(x), and x / 6 more between -3 and 3.

    Source: Howard et al. 2019, "Searching for MobileNetV3", section 5.2.
    """
    return _hard_swish(inputs), lambda of_outputs: _hard_swish_gradient(inputs, of_outputs)


@tf.function(jit_compile=True, autograph=False)
def _swish_gradient(inputs: tf.Tensor, of_outputs: tf.Tensor) -> tf.Tensor:
    share = tf.sigmoid(inputs)
    return of_outputs * (share * (1 + inputs * (1 - share)))


@tf.function(jit_compile=True, autograph=False)
def _hard_swish(inputs: tf.Tensor) -> tf.Tensor:
    return inputs * (tf.nn.relu6(inputs + 3) * (1 / 6))


@tf.function(jit_compile=True, autograph=False)
def _hard_swish_gradient(inputs: tf.Tensor, of_outputs: tf.Tensor) -> tf.Tensor:
    slope = tf.where(tf.abs(inputs) < 3, inputs * (1 / 6), tf.zeros_like(inputs))
    return of_outputs * (tf.nn.relu6(inputs + 3) * (1 / 6) + slope)


def _fused(layer: keras.layers.Layer) -> Callable[..., tf.Tensor] | None:
    """Returns what computes a layer's outputs in its place, None of one that is no swish."""
    if isinstance(layer, keras.layers.Activation):
        if layer.activation is keras.activations.swish:
            return swish
        if layer.activation is getattr(keras.activations, "hard_silu", swish):
            return hard_swish
    if isinstance(layer, keras.layers.Multiply) and _is_hard_swish(layer):
        # The other factor is then computed for nothing, which a traced step leaves out.
        return lambda factors: hard_swish(factors[0])
    return None


def _is_hard_swish(product: keras.layers.Multiply) -> bool:
    """Returns whether a product is that of x and h(x), as Keras 2 writes MobileNetV3's hard swish."""
    factors = product.input
    if not isinstance(factors, list) or len(factors) != 2:
        return False
    clipped = _maker(getattr(_maker(factors[1]), "input", None))
    if not isinstance(clipped, keras.layers.ReLU) or clipped.max_value != 6:
        return False
    return getattr(_maker(clipped.input), "input", None) is factors[0]


def _maker(tensor: object) -> keras.layers.Layer | None:
    """Returns the layer that gives a tensor of a network; None on Keras 3, which has a layer for hard swishes."""
    return getattr(getattr(tensor, "_keras_history", None), "layer", None)
