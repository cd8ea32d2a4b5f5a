"""The loss of a head's intensities, masked as eq. 1 is."""

from __future__ import annotations

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.models.intensities import MAX_INTENSITY, intensities_of
from emotionet_tf.models.intensity_kinds import ORDINAL


class IntensityLoss(keras.losses.Loss):
    """The loss of one head's intensities, on targets as `targets.head_targets` makes them.

    Of a regression, the squared error; of ordinal outputs, the mean of the five ranks' cross-entropies in nats (Niu et
    al. 2016). As in eq. 1, the denominator is the number of AUs, so that an unknown intensity changes nothing else.

    Args:
      kind: `intensity_kinds.REGRESSION` or `intensity_kinds.ORDINAL`.
      weight: What it is multiplied by beside the presence loss.
      name: The loss's name.
    """

    def __init__(self, kind: str, weight: float, name: str):
        super().__init__(name=name)
        self.kind = kind
        self.weight = weight

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """Returns [batch] losses for targets [batch, AUs, 2], intensities and mask, and `intensity_logits`."""
        intensities, mask = y_true[..., 0], y_true[..., 1]
        logits = tf.cast(y_pred, tf.float32)
        if self.kind == ORDINAL:
            ranks = tf.range(1, MAX_INTENSITY + 1, dtype=tf.float32)
            is_reached = tf.cast(intensities[..., None] >= ranks, tf.float32)
            losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=is_reached, logits=logits)
            errors = tf.reduce_mean(losses, axis=-1)
        else:
            errors = tf.square(intensities_of(logits, self.kind) - intensities)
        return self.weight * tf.reduce_sum(mask * errors, axis=-1) / mask.shape[-1]
