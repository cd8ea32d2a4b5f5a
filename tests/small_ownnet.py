"""A network of one convolution in OwnNet's place, quicker to trace, for tests that are not about the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tensorflow import keras

VARIABLE = "EMOTIONET_TF_TEST_SMALL_OWNNET"
"""What tells the forks of `warm_commands` to take it."""


def shrink_ownnet() -> None:
    """Lets the small network stand for OwnNet in this process and its forks."""
    from emotionet_tf.models.backbones import ownnet

    ownnet.build_ownnet = build_small


def build_small(width: int, image_size_px: int) -> keras.Model:
    """Builds it with the features of a width, as `build_ownnet` does."""
    from tensorflow import keras

    image = keras.Input((image_size_px, image_size_px, 3), name="image")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(image)
    x = keras.layers.Conv2D(8 * width, 8, strides=8, use_bias=False, name="conv1")(x)
    x = keras.layers.ReLU(name="relu1")(keras.layers.BatchNormalization(name="norm1")(x))
    features = keras.layers.GlobalAveragePooling2D(name="features")(x)
    return keras.Model(image, features, name=f"ownnet{width}")
