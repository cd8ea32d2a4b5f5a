"""The measures of a validation on AUs, as functions of what the validation has counted."""

from __future__ import annotations

import math
from typing import NamedTuple

import tensorflow as tf


class AuCounts(NamedTuple):
    """What a validation has counted of each AU's known labels; all are [AUs] floats of one type.

    Attributes:
      true_positive: Decisions "present" that are right.
      false_positive: Decisions "present" that are wrong.
      false_negative: Decisions "absent" that are wrong.
      true_negative: Decisions "absent" that are right.
      cross_entropy: Sums of the labels' cross-entropies, in nats.
    """

    true_positive: tf.Tensor
    false_positive: tf.Tensor
    false_negative: tf.Tensor
    true_negative: tf.Tensor
    cross_entropy: tf.Tensor

    @property
    def known(self) -> tf.Tensor:
        """How many labels are known."""
        return self.true_negative + self.false_positive + self.false_negative + self.true_positive

    def per_known(self, values: tf.Tensor) -> tf.Tensor:
        """Returns values of each AU, [AUs], with NaN where nothing is known."""
        return tf.where(self.known > 0, values, tf.constant(math.nan, values.dtype))

    def mean_of_known(self, values: tf.Tensor) -> tf.Tensor:
        """Returns the mean of values over the AUs of which something is known; 0 without such an AU."""
        is_known = self.known > 0
        num_aus = tf.reduce_sum(tf.cast(is_known, values.dtype))
        return tf.math.divide_no_nan(tf.reduce_sum(tf.where(is_known, values, 0.0)), num_aus)


def accuracy(counts: AuCounts) -> tf.Tensor:
    """Returns the share of right decisions, [AUs]; NaN where nothing is known."""
    right = counts.true_negative + counts.true_positive
    return counts.per_known(tf.math.divide_no_nan(right, counts.known))


def f1(counts: AuCounts) -> tf.Tensor:
    """Returns 2 TP / (2 TP + FP + FN), [AUs]; 0 where an AU neither occurs nor is predicted, NaN where unknown."""
    present = 2 * counts.true_positive
    wrong = counts.false_positive + counts.false_negative
    return counts.per_known(tf.math.divide_no_nan(present, present + wrong))


def ranking_score_per_au(counts: AuCounts) -> tf.Tensor:
    """Returns (accuracy + F1) / 2, [AUs], as in Werner et al. 2020, Fig. 2."""
    return (accuracy(counts) + f1(counts)) / 2


def mean_cross_entropy(counts: AuCounts) -> tf.Tensor:
    """Returns the mean cross-entropy of known labels, unweighted and not smoothed, [AUs] in nats; NaN without any."""
    return counts.per_known(tf.math.divide_no_nan(counts.cross_entropy, counts.known))


def mean_accuracy(counts: AuCounts) -> tf.Tensor:
    """Returns the mean accuracy over the AUs of which something is known."""
    return counts.mean_of_known(accuracy(counts))


def mean_f1(counts: AuCounts) -> tf.Tensor:
    """Returns the mean F1 over the AUs of which something is known."""
    return counts.mean_of_known(f1(counts))


def ranking_score(counts: AuCounts) -> tf.Tensor:
    """Returns the challenge's final ranking score, (mean accuracy + mean F1) / 2."""
    return (mean_accuracy(counts) + mean_f1(counts)) / 2
