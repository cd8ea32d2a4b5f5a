"""The layers with which a network looks at an image several times: the looks in front, their mean behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.models.looks.look import Look


@keras.utils.register_keras_serializable(package="emotionet_tf")
class Looks(keras.layers.Layer):
    """Returns several looks at each image, [images * looks, size, size, channels]; those at one image are neighbours.

    Args:
      looks: Texts as `Look.from_text` takes them.
    """

    def __init__(self, looks: Sequence[str], **kwargs: Any):
        super().__init__(**kwargs)
        self.looks = tuple(looks)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Returns the looks at images [images, size, size, channels]."""
        _, height, width, channels = inputs.shape
        pairs = [Look.from_text(text).matrices(height) for text in self.looks]
        rows, columns = (np.stack(matrices).astype(np.float32) for matrices in zip(*pairs, strict=True))
        flat = tf.reshape(tf.cast(inputs, tf.float32), [-1, 1, height, width * channels])
        in_rows = tf.reshape(tf.matmul(rows, flat), [-1, len(pairs), height, width, channels])
        seen = tf.matmul(columns[:, None], in_rows)
        return tf.cast(tf.reshape(seen, [-1, height, width, channels]), inputs.dtype)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """Returns the output's shape."""
        return (None, *input_shape[1:])

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments, for saving."""
        return {**super().get_config(), "looks": list(self.looks)}


@keras.utils.register_keras_serializable(package="emotionet_tf")
class MeanOfLooks(keras.layers.Layer):
    """Returns the mean over each image's looks, [images, features], of their features [images * looks, features].

    Args:
      num_looks: Looks at an image.
    """

    def __init__(self, num_looks: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.num_looks = num_looks

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Returns the means."""
        return tf.reduce_mean(tf.reshape(inputs, [-1, self.num_looks, inputs.shape[-1]]), axis=1)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """Returns the output's shape."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments, for saving."""
        return {**super().get_config(), "num_looks": self.num_looks}
