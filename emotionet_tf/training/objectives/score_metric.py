"""The challenge's score as a Keras metric, for validation while training."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa
from tensorflow import keras

from emotionet_tf.training.objectives.challenge_score import AuScores, score_counts


class RankingScore(keras.metrics.Metric):
    """Accumulates per-AU confusion counts and cross-entropies; unknown labels count nowhere.

    Its result is the final ranking score with its two parts, as `ranking_score.score_counts` defines them.
    """

    def __init__(self, num_aus: int, name: str = "ranking_score", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.num_aus = num_aus
        self.confusion = tfa.metrics.MultiLabelConfusionMatrix(num_classes=num_aus)
        # No metric of Keras or tensorflow-addons heeds a weight per label here: unknown labels are given to the matrix
        # as true negatives, and taken off again.
        self.num_unknown = self.add_weight(name="num_unknown", shape=(num_aus,), initializer="zeros")
        self.cross_entropy = self.add_weight(name="cross_entropy", shape=(num_aus,), initializer="zeros")

    def update_state(self, y_true: tf.Tensor, y_pred: tf.Tensor, sample_weight: Any = None) -> None:
        """Adds targets [batch, AUs, 2 or more] (labels and mask first) and logits [batch, AUs]."""
        mask = y_true[..., 1]
        decisions = tf.cast(y_pred >= 0, tf.float32) * mask
        labels = tf.cast(y_true[..., 0] > 0.5, tf.float32) * mask
        self.confusion.update_state(labels, decisions)
        self.num_unknown.assign_add(tf.reduce_sum(1 - mask, axis=0))
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=tf.cast(y_pred, tf.float32))
        self.cross_entropy.assign_add(tf.reduce_sum(mask * losses, axis=0))

    def result(self) -> dict[str, tf.Tensor]:
        """Returns `score`, `accuracy` and `f1`, means over the AUs of which something is known."""
        matrix = tf.cast(self.confusion.result(), tf.float32)
        true_negative, false_positive = matrix[:, 0, 0] - self.num_unknown, matrix[:, 0, 1]
        false_negative, true_positive = matrix[:, 1, 0], matrix[:, 1, 1]
        known = true_negative + false_positive + false_negative + true_positive
        num_aus = tf.reduce_sum(tf.cast(known > 0, tf.float32))
        accuracy = tf.math.divide_no_nan(true_negative + true_positive, known)
        f1 = tf.math.divide_no_nan(2 * true_positive, 2 * true_positive + false_positive + false_negative)
        mean_accuracy = tf.math.divide_no_nan(tf.reduce_sum(accuracy), num_aus)
        mean_f1 = tf.math.divide_no_nan(tf.reduce_sum(f1), num_aus)
        return {"score": (mean_accuracy + mean_f1) / 2, "accuracy": mean_accuracy, "f1": mean_f1}

    def au_scores(self) -> AuScores:
        """Returns each AU's scores of what was counted so far; call it outside of graphs."""
        return score_counts(*self._counts())

    def mean_cross_entropies(self) -> np.ndarray:
        """Returns each AU's mean cross-entropy of known labels, [AUs] in nats; NaN where nothing is known."""
        num_known = np.sum(self._counts(), axis=0)
        with np.errstate(invalid="ignore"):
            return self.cross_entropy.numpy() / num_known

    def _counts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Returns true positives, false positives, false negatives and true negatives, each [AUs]."""
        matrix = self.confusion.result().numpy().astype(np.float64)
        num_true_negative = matrix[:, 0, 0] - self.num_unknown.numpy()
        return matrix[:, 1, 1], matrix[:, 0, 1], matrix[:, 1, 0], num_true_negative

    def reset_state(self) -> None:
        """Forgets all counts."""
        self.confusion.reset_state()
        self.num_unknown.assign(tf.zeros_like(self.num_unknown))
        self.cross_entropy.assign(tf.zeros_like(self.cross_entropy))
