"""The Keras metric of a validation on AUs: it counts, and the measures are functions of its counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras
from typing_extensions import override

from emotionet_tf.training.objectives.au_measures import AuCounts
from emotionet_tf.training.objectives.confusion_matrices import confusion_matrices
from emotionet_tf.training.objectives.measure import Measure


class AuValidationMetric(keras.metrics.Metric):
    """Accumulates per-AU confusion counts and cross-entropies; unknown labels count nowhere.

    Args:
      measures: Its results, by their names: those measures that have one number of the validation.
      aus: The AU of each column.
    """

    def __init__(
        self, measures: Sequence[Measure], aus: Sequence[int], name: str = "au_validation", **kwargs: Any
    ):
        super().__init__(name=name, **kwargs)
        self._measures = tuple(measures)
        self._aus = tuple(aus)
        num_aus = len(self._aus)
        self.confusion = confusion_matrices(num_aus)
        # No metric of Keras or tensorflow-addons takes a weight per label here: unknown labels are given to the matrix
        # as true negatives, and taken off again.
        self.num_unknown = self.add_weight(name="num_unknown", shape=(num_aus,), initializer="zeros")
        self.cross_entropy = self.add_weight(name="cross_entropy", shape=(num_aus,), initializer="zeros")

    @override
    def update_state(self, y_true: tf.Tensor, y_pred: tf.Tensor, sample_weight: Any = None) -> None:
        # Targets are [batch, AUs, 2 or more] (labels and mask first), predictions logits [batch, AUs].
        mask = y_true[..., 1]
        decisions = tf.cast(y_pred >= 0, tf.float32) * mask
        labels = tf.cast(y_true[..., 0] > 0.5, tf.float32) * mask
        self.confusion.update_state(labels, decisions)
        self.num_unknown.assign_add(tf.reduce_sum(1 - mask, axis=0))
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=tf.cast(y_pred, tf.float32))
        self.cross_entropy.assign_add(tf.reduce_sum(mask * losses, axis=0))

    @override
    def result(self) -> dict[str, tf.Tensor]:
        counts = self._counts(tf.float32)
        return {measure.name: measure.overall(counts) for measure in self._measures if measure.overall}

    def au_results(self) -> dict[str, float]:
        """Returns each AU's results by their names in the logs, such as AU01_f1; call it outside of graphs."""
        counts = self._counts(tf.float64)
        return {
            measure.au_key(au): float(value)
            for measure in self._measures
            if measure.per_au
            for au, value in zip(self._aus, np.asarray(measure.per_au(counts)), strict=True)
        }

    def _counts(self, dtype: tf.DType) -> AuCounts:
        matrix = tf.cast(self.confusion.result(), dtype)
        return AuCounts(
            true_positive=matrix[:, 1, 1],
            false_positive=matrix[:, 0, 1],
            false_negative=matrix[:, 1, 0],
            true_negative=matrix[:, 0, 0] - tf.cast(self.num_unknown, dtype),
            cross_entropy=tf.cast(self.cross_entropy, dtype),
        )

    @override
    def reset_state(self) -> None:
        self.confusion.reset_state()
        self.num_unknown.assign(tf.zeros(self.num_unknown.shape))
        self.cross_entropy.assign(tf.zeros(self.cross_entropy.shape))
