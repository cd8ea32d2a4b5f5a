import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.training.objectives.confusion_matrices import ConfusionMatrices, confusion_matrices


def batches():
    rng = np.random.default_rng(0)
    return [rng.integers(0, 2, (2, rows, 5)).astype(np.float32) for rows in (7, 7, 1)]


def test_counts_stand_by_truth_and_decision():
    metric = ConfusionMatrices(2)
    metric.update_state(tf.constant([[1.0, 0], [1, 0], [0, 1]]), tf.constant([[1.0, 0], [0, 1], [0, 0]]))
    np.testing.assert_array_equal(metric.result(), [[[1, 0], [1, 1]], [[1, 1], [1, 0]]])
    metric.reset_state()
    assert not np.any(metric.result())


def test_numbers_are_those_of_tensorflow_addons():
    tfa = pytest.importorskip("tensorflow_addons")
    ours, theirs = ConfusionMatrices(5), confusion_matrices(5)
    assert isinstance(theirs, tfa.metrics.MultiLabelConfusionMatrix)
    for labels, decisions in batches():
        for metric in (ours, theirs):
            metric.update_state(labels, decisions)
        np.testing.assert_array_equal(ours.result(), theirs.result())
    for metric in (ours, theirs):
        metric.reset_state()
        metric.update_state(*batches()[0])
    np.testing.assert_array_equal(ours.result(), theirs.result())
