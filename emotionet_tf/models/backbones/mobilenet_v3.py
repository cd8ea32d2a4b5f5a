"""MobileNetV3-Large, whole, or narrower."""

from __future__ import annotations

from tensorflow import keras

from emotionet_tf.models.backbones.entry import BackboneSize


def build(size: BackboneSize, image_size_px: int, seed: int) -> keras.Model:
    """Builds MobileNetV3-Large up to and with its global average pooling; it has no dropout, and so no use for a seed.

    Args:
      size: Its width is the factor of the numbers of channels.
      image_size_px: Side of the square input, at least 32.
      seed: Unused.
    Returns:
      A model from images [batch, size, size, 3] in 0..255 to features [batch, scaled 960].
    Source: Howard et al. 2019, as keras.applications has it.
    """
    return keras.applications.MobileNetV3Large(
        (image_size_px, image_size_px, 3), alpha=size.width, include_top=False, weights=None, pooling="avg"
    )


def build_published(weights: str | None) -> keras.Model:
    """Returns the network with ImageNet weights ("imagenet") or fresh ones (None)."""
    # The weights do not depend on the image's size; at any but this one keras.applications warns.
    return keras.applications.MobileNetV3Large(
        input_shape=(224, 224, 3), include_top=False, weights=weights, pooling="avg"
    )
