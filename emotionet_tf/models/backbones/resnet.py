"""ResNet-18, -50 and -152, whole, or narrower."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.models.backbones.entry import BackboneSize, scaled_channels
from emotionet_tf.models.dropout import with_seeded_dropout

_FILTERS = [64, 128, 256, 512]
"""Channels of the four stacks, inside the blocks."""
_BLOCKS = {18: [2, 2, 2, 2], 50: [3, 4, 6, 3], 152: [3, 8, 36, 3]}
"""Blocks of the four stacks, by the number of layers."""
_RESNET50_PRESET = "resnet50_imagenet"
"""The only one of keras-cv's ResNets (version 1, which ours are) whose ImageNet weights are published."""


def build_resnet_maps(num_layers: int, image_size_px: int) -> keras.Model:
    """Builds keras-cv's ResNet up to its last feature maps, as its published weights are for.

    Args:
      num_layers: 18, 50 or 152.
      image_size_px: Side of the square input, at least 32.
    """
    from keras_cv.models import ResNetBackbone  # heavy, and only three of the backbones need it

    # The class with explicit arguments: keras-cv's aliases download a configuration.
    return ResNetBackbone(
        stackwise_filters=_FILTERS,
        stackwise_strides=[1, 2, 2, 2],
        stackwise_blocks=_BLOCKS[num_layers],
        block_type="basic_block" if num_layers == 18 else "block",
        include_rescaling=True,
        input_shape=(image_size_px, image_size_px, 3),
    )


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
    maps = build_resnet_maps(num_layers, image_size_px)
    network = keras.Model(
        maps.input,
        keras.layers.GlobalAveragePooling2D(name="features")(maps.output),
        name=f"resnet{num_layers}",
    )
    if width != 1:
        # A copy, as keras-cv's class fixes the first convolution's channels, which ResNet-18's first stack adds to.
        # There is no dropout in it, and so nothing for a seed to do.
        network = with_seeded_dropout(network, seed=0, change_config=lambda config: _narrowed(config, width))
    _start_blocks_as_shortcuts(network, num_layers)
    return network


def build(size: BackboneSize, image_size_px: int, seed: int) -> keras.Model:
    """Builds the ResNet of a size; it has no dropout, and so no use for a seed."""
    return build_resnet(int(size.family.removeprefix("resnet")), image_size_px, size.width)


def build_published(weights: str | None) -> keras.Model:
    """Returns ResNet-50's feature maps with ImageNet weights ("imagenet") or fresh ones (None)."""
    if weights is None:
        return build_resnet_maps(50, 224)
    from keras_cv.models import ResNetBackbone

    # The preset's own description may differ in its input layers only, which have no weights.
    return ResNetBackbone.from_preset(_RESNET50_PRESET, load_weights=True)


def _narrowed(config: dict[str, Any], width: float) -> dict[str, Any]:
    if "filters" not in config:
        return config
    return {**config, "filters": scaled_channels(config["filters"], width)}


def _start_blocks_as_shortcuts(network: keras.Model, num_layers: int) -> None:
    """Sets the factor of each block's last batch normalisation to 0, so that a fresh block passes on its shortcut.

    Without it, 500 steps from random weights left a narrow ResNet-152 at chance.
    """
    ending = "_2_bn" if num_layers == 18 else "_3_bn"
    for layer in network.layers:
        if layer.name.endswith(ending):
            layer.gamma.assign(tf.zeros_like(layer.gamma))
