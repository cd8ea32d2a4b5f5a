"""ResNet-18, -50 and -152, whole, or narrower."""

from __future__ import annotations

from typing import Any

from tensorflow import keras

from emotionet_tf.models.dropout import with_seeded_dropout
from emotionet_tf.models.widths import scaled_channels

_FILTERS = [64, 128, 256, 512]
"""Channels of the four stacks, inside the blocks."""
_BLOCKS = {18: [2, 2, 2, 2], 50: [3, 4, 6, 3], 152: [3, 8, 36, 3]}
"""Blocks of the four stacks, by the number of layers."""


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
    Source: He et al. 2016, as keras-cv has it, which scales images to [0, 1]. SIAT-NTU scaled theirs to [-1, 1]; the
      batch normalisation behind the first convolution undoes the difference but at the image's border, and keras-cv's
      weights expect [0, 1].
    """
    maps = build_resnet_maps(num_layers, image_size_px)
    network = keras.Model(
        maps.input,
        keras.layers.GlobalAveragePooling2D(name="features")(maps.output),
        name=f"resnet{num_layers}",
    )
    if width == 1:
        return network

    def narrowed(config: dict[str, Any]) -> dict[str, Any]:
        return (
            {**config, "filters": scaled_channels(config["filters"], width)}
            if "filters" in config
            else config
        )

    # A copy, as keras-cv's class fixes the first convolution's channels, which ResNet-18's first stack adds to. There
    # is no dropout in it, and so nothing for a seed to do.
    return with_seeded_dropout(network, seed=0, change_config=narrowed)
