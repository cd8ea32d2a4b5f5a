"""The last layer of a face-recognition network: cosines between an embedding and each class's direction."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tensorflow import keras


@keras.utils.register_keras_serializable(package="emotionet_tf")
class CosineLogits(keras.layers.Layer):
    """Returns cos(theta_j) = W_j . x / (|W_j| |x|) for an embedding x and the weight vector W_j of each class j.

    An embedding of zeros has cosines of 0. Scale and margin of the additive-margin softmax are the loss's alone
    (`training.additive_margin`), so that the largest cosine is the network's answer.

    Args:
      num_classes: Number of classes.
    """

    def __init__(self, num_classes: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.num_classes = num_classes

    def build(self, input_shape: Any) -> None:
        """Creates the classes' weight vectors, [channels, classes]."""
        self.kernel = self.add_weight(
            name="kernel", shape=(input_shape[-1], self.num_classes), initializer="glorot_uniform"
        )
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Returns cosines [batch, classes] of embeddings [batch, channels]."""
        return tf.matmul(tf.math.l2_normalize(inputs, axis=1), tf.math.l2_normalize(self.kernel, axis=0))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments, for saving."""
        return {**super().get_config(), "num_classes": self.num_classes}
