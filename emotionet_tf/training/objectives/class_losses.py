"""The losses of pre-training: a weighted softmax cross-entropy, with or without an additive margin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from tensorflow import keras


def class_weights(counts: Sequence[int], damping: float) -> np.ndarray:
    """Returns the weight of each class in the loss.

    With p_c the share of class c among the examples: w(c) = p_c^(-damping) / sum_k p_k^(1 - damping), so that
    sum_c p_c w(c) = 1: the mean weight is that of the unweighted loss. 0 leaves the classes as they are, 1 balances
    them: every class has the same share in the loss. It is `damping.damping_weights` for more than two classes.

    Args:
      counts: [classes], examples of each class; a class without any gets weight 1, and nothing is weighted by it.
      damping: The exponent alpha in [0, 1].
    Returns:
      [classes] float32.
    Raises:
      ValueError: If there are no examples.
    Source: ours, after Werner et al. 2020, sec. 2 (imbalance damping). With 1 it is, up to a factor, the loss weighted
      by inverse class frequencies that Mollahosseini et al., "AffectNet", 2017, try on their skewed set.
    """
    numbers = np.asarray(counts, np.float64)
    if not numbers.sum() > 0:
        raise ValueError(f"weights need an example of some class, got counts {list(counts)}")
    occurs = numbers > 0
    shares = np.where(occurs, numbers / numbers.sum(), 1.0)
    norm = (shares[occurs] ** (1 - damping)).sum()
    return np.where(occurs, shares ** (-damping) / norm, 1.0).astype(np.float32)


def class_cross_entropy(
    logits: tf.Tensor, class_index: tf.Tensor, *, weights: np.ndarray, label_smoothing: float = 0.0
) -> tf.Tensor:
    """Returns each example's loss, in nats.

    w(c) sum_k t_k (-log softmax(logits)_k) with the class c and targets t_k = (1 - s) [k = c] + s / classes. There is
    no further denominator: averaged over a batch, any split of it over replicas gives the same sum.

    Args:
      logits: [batch, classes].
      class_index: [batch] integers, c.
      weights: [classes], w.
      label_smoothing: s in [0, 1), the share of a target that is spread evenly over all classes.
    Returns:
      [batch] float32.
    """
    logits = tf.cast(logits, tf.float32)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=class_index, logits=logits)
    if label_smoothing:
        of_all = tf.reduce_logsumexp(logits, axis=1) - tf.reduce_mean(logits, axis=1)
        losses = (1 - label_smoothing) * losses + label_smoothing * of_all
    return tf.gather(tf.constant(weights, tf.float32), class_index) * losses


def additive_margin_logits(
    cosines: tf.Tensor, class_index: tf.Tensor, *, scale: float, margin: float
) -> tf.Tensor:
    """Returns the logits of the additive-margin softmax.

    z_c = s (cos(theta_c) - m) for the example's class c and z_j = s cos(theta_j) for the others. Their cross-entropy is
    L = -log(e^(s (cos(theta_c) - m)) / (e^(s (cos(theta_c) - m)) + sum_(j != c) e^(s cos(theta_j)))):
    an example counts as recognised only once its own class leads by m.

    Args:
      cosines: [batch, classes] of embeddings and classes' weight vectors.
      class_index: [batch] integers, c.
      scale: s, above 0: cosines alone are too small for a softmax.
      margin: m, 0 to 1.
    Returns:
      [batch, classes] float32.
    Source: Wang, Cheng, Liu, Liu, "Additive Margin Softmax for Face Verification", 2018, eq. 6 to 8 (s = 30, m = 0.35);
      Wang et al., "CosFace", 2018, has the same loss.
    """
    is_own = tf.one_hot(class_index, tf.shape(cosines)[1], dtype=tf.float32)
    return scale * (tf.cast(cosines, tf.float32) - margin * is_own)


class ClassLoss(keras.losses.Loss):
    """`class_cross_entropy` of the network's logits, or of its cosines with an additive margin."""

    def __init__(
        self,
        weights: np.ndarray,
        label_smoothing: float = 0.0,
        scale_and_margin: tuple[float, float] | None = None,
        name: str = "class_loss",
    ):
        super().__init__(name=name)
        self.weights = weights
        self.label_smoothing = label_smoothing
        self.scale_and_margin = scale_and_margin

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """Returns [batch] losses for class indices [batch] or [batch, 1] and network outputs [batch, classes]."""
        # Keras 3 gives them as floating-point numbers, exact up to 2^24 classes.
        class_index = tf.cast(tf.reshape(y_true, [-1]), tf.int64)
        logits = y_pred
        if self.scale_and_margin is not None:
            scale, margin = self.scale_and_margin
            logits = additive_margin_logits(y_pred, class_index, scale=scale, margin=margin)
        return class_cross_entropy(
            logits, class_index, weights=self.weights, label_smoothing=self.label_smoothing
        )
