"""Counts the floating-point operations of a network's products: convolutions and dense layers, which are nearly all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

_NUM_COLOURS = 3


def training_flops(network: Any) -> int:
    """Returns the operations of a training step on one image: a multiplication and an addition count as two.

    The backward pass has two products for each of the forward pass, one for the inputs' gradient and one for the
    weights'; a layer that sees the image needs no inputs' gradient. Normalisation, activations, pooling and the
    optimiser do not count.

    Args:
      network: A functional Keras model, with models as layers or without.
    """
    return sum(flops * (2 if sees_image else 3) for flops, sees_image in _products(network))


def _products(network: Any) -> Iterator[tuple[int, bool]]:
    """Yields each layer's operations in the forward pass on one image, and whether it sees the image."""
    from tensorflow import keras

    for layer in network.layers:
        if isinstance(layer, keras.Model):
            yield from _products(layer)
        elif isinstance(layer, keras.layers.DepthwiseConv2D):
            yield 2 * math.prod(layer.output.shape[1:]) * math.prod(layer.kernel_size), False
        elif isinstance(layer, keras.layers.Conv2D):
            channels = layer.input.shape[-1]
            products = (
                math.prod(layer.output.shape[1:]) * math.prod(layer.kernel_size) * channels // layer.groups
            )
            yield 2 * products, channels == _NUM_COLOURS
        elif isinstance(layer, keras.layers.Dense):
            yield 2 * math.prod(layer.kernel.shape), False
