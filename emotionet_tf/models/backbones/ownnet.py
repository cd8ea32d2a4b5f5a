"""OwnNet-w, the network that Werner et al. designed for the challenge."""

from __future__ import annotations

from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones.entry import BackboneSize

_NUM_POOLED = 5


def ownnet_channels(width: int) -> list[int]:
    """Returns the output channels of OwnNet's seven convolutions: 4w, doubled five times, the last one repeated."""
    return [4 * width * 2**i for i in range(_NUM_POOLED + 1)] + [4 * width * 2**_NUM_POOLED]


def build_ownnet(width: int, image_size_px: int) -> keras.Model:
    """Builds OwnNet-w up to and with its global average pooling.

    Seven 3x3 convolutions, each followed by batch normalisation and ReLU; after each of the first five a 3x3 max
    pooling with stride 2, and twice the channels in the next convolution. The weights start from Xavier's uniform
    distribution.

    Args:
      width: The factor w; the paper uses 3 and 8.
      image_size_px: Side of the square input, at least 32.
    Returns:
      A model from images [batch, size, size, 3] in 0..255 to features [batch, 128 w].
    Raises:
      UserError: If the width is not positive.
    Source: Werner et al. 2020, sec. 2. The paper states neither the kernel size (3x3 here), nor the padding ("same"),
      nor the input's scaling ([-1, 1]). A bias before a batch normalisation has no effect and is left out.
    """
    if width < 1:
        raise UserError(f"OwnNet's width is at least 1, got {width}")
    image = keras.Input((image_size_px, image_size_px, 3), name="image")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(image)
    for i, channels in enumerate(ownnet_channels(width), start=1):
        x = keras.layers.Conv2D(
            channels, 3, padding="same", use_bias=False, kernel_initializer="glorot_uniform", name=f"conv{i}"
        )(x)
        x = keras.layers.BatchNormalization(name=f"norm{i}")(x)
        x = keras.layers.ReLU(name=f"relu{i}")(x)
        if i <= _NUM_POOLED:
            x = keras.layers.MaxPooling2D(3, strides=2, padding="same", name=f"pool{i}")(x)
    features = keras.layers.GlobalAveragePooling2D(name="features")(x)
    return keras.Model(image, features, name=f"ownnet{width}")


def build(size: BackboneSize, image_size_px: int, seed: int) -> keras.Model:
    """Builds the OwnNet of a size, whose width is the factor w; it has no dropout, and so no use for a seed."""
    return build_ownnet(int(size.width), image_size_px)
