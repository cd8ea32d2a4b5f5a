"""A network while it trains: the step that it takes on a batch."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.training.interval_sums import IntervalSums


class TrainingNetwork(keras.Model):
    """A functional network, its layers and weights shared, with a training step of its own.

    A step gives Keras's callbacks its own loss, not Keras's mean since the interval's start, and adds it to the sums.

    Args:
      network: A functional model.
    """

    def __init__(self, network: keras.Model, **kwargs: Any):
        super().__init__(inputs=network.input, outputs=network.output, name=network.name, **kwargs)
        self.sums = IntervalSums()

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Keras's call: learns from a batch."""
        inputs, targets, _ = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            loss = self.compute_loss(inputs, targets, self(inputs, training=True))
        self.optimizer.minimize(loss, self.trainable_variables, tape=tape)
        self.sums.add(loss)
        return {"loss": loss}
