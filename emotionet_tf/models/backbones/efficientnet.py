"""EfficientNet-B0, whole, or narrower and shallower."""

from __future__ import annotations

import math
import re
from typing import Any

from tensorflow import keras

from emotionet_tf.models.backbones.entry import BackboneSize, scaled_channels
from emotionet_tf.models.dropout import with_seeded_dropout

_CHANNELS = (32, 16, 24, 40, 80, 112, 192, 320, 1280)
"""B0's: of the stem, of the seven stages' outputs, and of the last convolution."""
_EXPANSION = 6
_SQUEEZE = 4
_REPEATS = (1, 2, 2, 3, 3, 4, 1)
"""Blocks of B0's seven stages; all but a stage's first keep their input's shape, and add to it."""
_BLOCK = re.compile(r"block(\d)([a-z])_.*")


def build(size: BackboneSize, image_size_px: int, seed: int) -> keras.Model:
    """Builds EfficientNet-B0 up to and with its global average pooling.

    Args:
      size: Its width is the factor of the numbers of channels. Stage outputs are rounded as `scaled_channels` says, and
        the channels inside a block follow from its input's, as in EfficientNet's own larger and smaller variants. Its
        depth is the factor of the number of blocks in each stage, rounded up as those variants do.
      image_size_px: Side of the square input, at least 32.
      seed: Of its stochastic depth, a dropout over examples inside the blocks.
    Returns:
      A model from images [batch, size, size, 3] in 0..255 to features [batch, scaled 1280].
    Source: Tan and Le 2019, as keras.applications has it. keras-cv's EfficientNetV1 has an activation after the
      projections that the paper's network has not.
    """
    network = keras.applications.EfficientNetB0(
        include_top=False, weights=None, input_shape=(image_size_px, image_size_px, 3), pooling="avg"
    )
    scaled = _scaled_widths(size.width)

    def narrowed(config: dict[str, Any]) -> dict[str, Any]:
        if "filters" in config:
            return {**config, "filters": scaled[config["filters"]]}
        if "target_shape" in config:
            return {**config, "target_shape": (1, 1, scaled[config["target_shape"][-1]])}
        return config

    def is_left_out(name: str) -> bool:
        block = _BLOCK.fullmatch(name)
        if block is None:
            return False
        stage, number = int(block.group(1)) - 1, ord(block.group(2)) - ord("a")
        return number >= math.ceil(size.depth * _REPEATS[stage])

    # keras.applications' public functions have no factors of width and depth.
    return with_seeded_dropout(network, seed, change_config=narrowed, is_skipped=is_left_out)


def build_published(weights: str | None) -> keras.Model:
    """Returns the network with ImageNet weights ("imagenet") or fresh ones (None)."""
    # The weights do not depend on the image's size; at any but this one keras.applications warns.
    return keras.applications.EfficientNetB0(
        input_shape=(224, 224, 3), include_top=False, weights=weights, pooling="avg"
    )


def _scaled_widths(width: float) -> dict[int, int]:
    """Returns the new number of channels by B0's, for every number of channels that occurs in B0.

    Every number in the network has one role: a stage's output, six times that (inside the next block), or a quarter of
    it (the squeeze). Where two formulas meet in one number (192 = 6 x 32 and 80 = 320 / 4), only the output occurs.
    """
    outputs = {channels: scaled_channels(channels, width) for channels in _CHANNELS}
    inside = {_EXPANSION * channels: _EXPANSION * scaled for channels, scaled in outputs.items()}
    squeezed = {channels // _SQUEEZE: scaled // _SQUEEZE for channels, scaled in outputs.items()}
    return {**inside, **squeezed, **outputs}
