"""Eq. 1 of Werner et al. 2020: a masked, weighted binary cross-entropy over AUs."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from tensorflow import keras


def weighted_cross_entropy(
    labels: tf.Tensor,
    logits: tf.Tensor,
    mask: tf.Tensor,
    *,
    positive_weights: np.ndarray,
    negative_weights: np.ndarray,
    label_smoothing: float = 0.0,
    label_weights: tf.Tensor | float = 1.0,
) -> tf.Tensor:
    """Returns each example's loss, in nats.

    (1 / AUs) sum_m w_m(y) l(y', p), with l the binary cross-entropy, p = sigmoid(logits), smoothed targets
    y' = y (1 - s) + s / 2 and w_m(y) = y w_m(1) + (1 - y) w_m(0), 0 where unknown. The denominator is the constant
    number of AUs (and, once averaged over the batch, batch x AUs): an unknown label changes neither the others' loss
    nor their gradient, and any split of a batch over replicas gives the same sum.

    Args:
      labels: [batch, AUs] in [0, 1]; ignored where the mask is 0.
      logits: [batch, AUs].
      mask: [batch, AUs], 1 = known.
      positive_weights: [AUs], lambda_m w_m(1).
      negative_weights: [AUs], lambda_m w_m(0).
      label_smoothing: s in [0, 1). The weights follow the labels before smoothing.
      label_weights: [batch, AUs], a further factor on each label's w_m(y), as of selective learning.
    Returns:
      [batch] float32.
    Source: Werner et al. 2020, eq. 1, which sums over the batch; ours is its mean, so that the learning rate does not
      depend on the batch's size.
    """
    logits = tf.cast(logits, tf.float32)
    weights = mask * label_weights * (labels * positive_weights + (1 - labels) * negative_weights)
    targets = labels * (1 - label_smoothing) + 0.5 * label_smoothing
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)
    return tf.reduce_sum(weights * losses, axis=-1) / positive_weights.shape[0]


class HeadLoss(keras.losses.Loss):
    """The loss of one head, on targets as `targets.head_targets` makes them."""

    def __init__(
        self, positive_weights: np.ndarray, negative_weights: np.ndarray, label_smoothing: float, name: str
    ):
        super().__init__(name=name)
        self.positive_weights = positive_weights
        self.negative_weights = negative_weights
        self.label_smoothing = label_smoothing

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """Returns [batch] losses for targets [batch, AUs, 3] and logits [batch, AUs]."""
        return weighted_cross_entropy(
            y_true[..., 0],
            y_pred,
            y_true[..., 1],
            positive_weights=self.positive_weights,
            negative_weights=self.negative_weights,
            label_smoothing=self.label_smoothing,
            label_weights=y_true[..., 2],
        )
