"""The confusion matrices of several labels: tensorflow-addons' where it exists, else the same numbers from Keras."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import tensorflow as tf
from tensorflow import keras
from typing_extensions import override


class ConfusionMatrices(keras.metrics.Metric):
    """Counts for each label, as tensorflow-addons' `MultiLabelConfusionMatrix` does.

    Args:
      num_classes: Number of labels.
    """

    def __init__(self, num_classes: int, name: str = "confusion_matrices", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.num_classes = num_classes
        self.counts = self.add_weight(name="counts", shape=(num_classes, 2, 2), initializer="zeros")

    @override
    def update_state(self, y_true: tf.Tensor, y_pred: tf.Tensor, sample_weight: Any = None) -> None:
        # Labels and decisions, each 0 or 1, [batch, labels].
        labels, decisions = tf.cast(y_true, tf.float32), tf.cast(y_pred, tf.float32)
        pairs = [(1 - labels) * (1 - decisions), (1 - labels) * decisions]
        pairs += [labels * (1 - decisions), labels * decisions]
        sums = tf.stack([tf.reduce_sum(pair, axis=0) for pair in pairs], axis=-1)
        self.counts.assign_add(tf.reshape(sums, (self.num_classes, 2, 2)))

    @override
    def result(self) -> tf.Tensor:
        """Returns [labels, 2, 2]: for each the counts by truth (rows) and decision (columns)."""
        return tf.convert_to_tensor(self.counts)

    @override
    def reset_state(self) -> None:
        self.counts.assign(tf.zeros((self.num_classes, 2, 2)))


def confusion_matrices(num_classes: int) -> keras.metrics.Metric:
    """Returns a metric of [batch, labels] labels and decisions whose result are the labels' matrices, [labels, 2, 2].

    tensorflow-addons, which needs TensorFlow 2.15 and Keras 2, is used where it is installed.
    """
    if find_spec("tensorflow_addons") is None:
        return ConfusionMatrices(num_classes)
    import tensorflow_addons as tfa

    return tfa.metrics.MultiLabelConfusionMatrix(num_classes=num_classes)
