"""The layer that replaces missing head angles by the training set's mean pose."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tensorflow import keras


@keras.utils.register_keras_serializable(package="emotionet_tf")
class FillMissingAngles(keras.layers.Layer):
    """Replaces unknown angles by a mean that is set before training and saved with the weights.

    Inputs: `angles` and `angles_mask`, both [batch, 3]; pitch, yaw, roll in radians; mask 1 = known.
    Output: [batch, 3]: angles * mask + mean * (1 - mask).
    Source: Werner et al. 2020, sec. 2: "or the mean pose to fill missing values".
    """

    def build(self, input_shape: Any) -> None:
        """Creates the mean, which no optimiser changes."""
        self.mean_angles = self.add_weight(
            name="mean_angles", shape=(3,), initializer="zeros", trainable=False
        )
        super().build(input_shape)

    def call(self, inputs: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        """Returns the filled angles, [batch, 3]."""
        angles, mask = inputs
        return angles * mask + self.mean_angles * (1 - mask)
