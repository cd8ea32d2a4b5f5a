"""ResNet-18, -50 and -152, whole, or narrower."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones.entry import BackboneSize, scaled_channels

_FIRST_CHANNELS = 64
"""Channels of the first convolution."""
_FILTERS = [64, 128, 256, 512]
"""Channels of the four stacks, inside the blocks."""
_BLOCKS = {18: [2, 2, 2, 2], 50: [3, 4, 6, 3], 152: [3, 8, 36, 3]}
"""Blocks of the four stacks, by the number of layers."""
_BOTTLENECK = 4
"""Channels of a block of three convolutions, in those inside of it."""
_EPSILON = 1.001e-5
"""What keras-cv and keras.applications add to the variance in their ResNets' batch normalisations."""
_RESNET50_PRESET = "resnet50_imagenet"
"""The only one of keras-cv's ResNets (version 1, which ours are) whose ImageNet weights are published."""


def build_resnet_maps(num_layers: int, image_size_px: int, width: float = 1.0) -> keras.Model:
    """Builds a ResNet up to its last feature maps: keras-cv's layers, with their names, order and numbers.

    It is built here, as keras-cv is a large package for three of the backbones, and has nothing narrower. Weights that
    keras-cv publishes fit in the whole one.

    Args:
      num_layers: 18, 50 or 152.
      image_size_px: Side of the square input, at least 32.
      width: As in `build_resnet`.
    """
    image = keras.layers.Input((image_size_px, image_size_px, 3))
    maps = keras.layers.Rescaling(1 / 255)(image)
    maps = _convolution(maps, "conv1", scaled_channels(_FIRST_CHANNELS, width), 7, stride=2)
    maps = keras.layers.Activation("relu", name="conv1_relu")(maps)
    maps = keras.layers.MaxPooling2D(3, strides=2, padding="same", name="pool1_pool")(maps)
    block = _block_of_two if num_layers == 18 else _block_of_three
    for stack, (filters, blocks) in enumerate(zip(_FILTERS, _BLOCKS[num_layers], strict=True)):
        for number in range(1, blocks + 1):
            stride = 2 if number == 1 and stack > 0 else 1
            maps = block(maps, f"v2_stack_{stack}_block{number}", filters, width, stride, number == 1)
    return keras.Model(image, maps)


def build_resnet(num_layers: int, image_size_px: int, width: float = 1.0) -> keras.Model:
    """Builds a ResNet up to and with its global average pooling.

    Args:
      num_layers: 18, 50 or 152.
      image_size_px: Side of the square input, at least 32.
      width: Factor of the numbers of channels, in (0, 1], of the first convolution and of all inside and behind the
        four stacks' blocks, each rounded as `scaled_channels` says.
    Returns:
      A model from images [batch, size, size, 3] in 0..255 to features [batch, scaled 512 or 2048].
    Source: He et al. 2016, as keras-cv has it. Fresh blocks start as their shortcuts (Goyal et al. 2017, "Accurate,
      Large Minibatch SGD", sec. 5.1). keras-cv scales images to [0, 1]; SIAT-NTU scaled theirs to [-1, 1]. The batch
      normalisation behind the first convolution undoes the difference but at the image's border, and keras-cv's weights
      expect [0, 1].
    """
    maps = build_resnet_maps(num_layers, image_size_px, width)
    network = keras.Model(
        maps.input,
        keras.layers.GlobalAveragePooling2D(name="features")(maps.output),
        name=f"resnet{num_layers}",
    )
    _start_blocks_as_shortcuts(network, num_layers)
    return network


def build(size: BackboneSize, image_size_px: int, seed: int) -> keras.Model:
    """Builds the ResNet of a size; it has no dropout, and so no use for a seed."""
    return build_resnet(int(size.family.removeprefix("resnet")), image_size_px, size.width)


def build_published(weights: str | None) -> keras.Model:
    """Returns ResNet-50's feature maps with ImageNet weights ("imagenet") or fresh ones (None)."""
    if weights is None:
        return build_resnet_maps(50, 224)
    try:
        from keras_cv.models import ResNetBackbone  # large, and nothing else needs it
    except ImportError as error:
        raise UserError(
            f"the package keras-cv downloads ResNet-50's ImageNet weights ({error}): pip install 'keras-cv>=0.9,<0.10'"
        ) from error
    # The preset's own description may differ in its input layers only, which have no weights.
    return ResNetBackbone.from_preset(_RESNET50_PRESET, load_weights=True)


def _convolution(maps: Any, name: str, channels: int, size_px: int, stride: int = 1) -> Any:
    """Returns the maps behind a convolution without a bias and its batch normalisation."""
    convolution = keras.layers.Conv2D(
        channels,
        size_px,
        strides=stride,
        padding="valid" if size_px == 1 else "same",
        use_bias=False,
        name=f"{name}_conv",
    )
    return keras.layers.BatchNormalization(epsilon=_EPSILON, name=f"{name}_bn")(convolution(maps))


def _block_of_two(maps: Any, name: str, filters: int, width: float, stride: int, is_first: bool) -> Any:
    """Returns the maps behind a block of two convolutions, ResNet-18's; He et al. 2016, fig. 5 left."""
    channels = scaled_channels(filters, width)
    shortcut = _convolution(maps, f"{name}_0", channels, 1, stride) if is_first and stride > 1 else maps
    maps = _convolution(maps, f"{name}_1", channels, 3, stride)
    maps = keras.layers.Activation("relu", name=f"{name}_1_relu")(maps)
    maps = _convolution(maps, f"{name}_2", channels, 3)
    return _joined(shortcut, maps, name)


def _block_of_three(maps: Any, name: str, filters: int, width: float, stride: int, is_first: bool) -> Any:
    """Returns the maps behind a bottleneck of three convolutions; He et al. 2016, fig. 5 right."""
    inside, outside = scaled_channels(filters, width), scaled_channels(_BOTTLENECK * filters, width)
    shortcut = _convolution(maps, f"{name}_0", outside, 1, stride) if is_first else maps
    maps = _convolution(maps, f"{name}_1", inside, 1, stride)
    maps = keras.layers.Activation("relu", name=f"{name}_1_relu")(maps)
    maps = _convolution(maps, f"{name}_2", inside, 3)
    maps = keras.layers.Activation("relu", name=f"{name}_2_relu")(maps)
    maps = _convolution(maps, f"{name}_3", outside, 1)
    return _joined(shortcut, maps, name)


def _joined(shortcut: Any, maps: Any, name: str) -> Any:
    maps = keras.layers.Add(name=f"{name}_add")([shortcut, maps])
    return keras.layers.Activation("relu", name=f"{name}_out")(maps)


def _start_blocks_as_shortcuts(network: keras.Model, num_layers: int) -> None:
    """Sets the factor of each block's last batch normalisation to 0, so that a fresh block passes on its shortcut.

    Without it, 500 steps from random weights left a narrow ResNet-152 at chance.
    """
    ending = "_2_bn" if num_layers == 18 else "_3_bn"
    for layer in network.layers:
        if layer.name.endswith(ending):
            layer.gamma.assign(tf.zeros_like(layer.gamma))
