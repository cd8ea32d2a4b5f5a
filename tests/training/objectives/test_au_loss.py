import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.training.objectives.au_loss import HeadLoss, weighted_cross_entropy

LABELS = np.array([[1, 0, 1], [0, 1, 0]], np.float32)
MASK = np.array([[1, 1, 0], [1, 0, 1]], np.float32)
LOGITS = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]], np.float32)
POSITIVE = np.array([3.0, 1.0, 0.5], np.float32)
NEGATIVE = np.array([0.8, 1.2, 2.0], np.float32)


def loss_of(labels=LABELS, logits=LOGITS, mask=MASK, smoothing=0.2):
    return weighted_cross_entropy(
        tf.constant(labels),
        logits,
        tf.constant(mask),
        positive_weights=POSITIVE,
        negative_weights=NEGATIVE,
        label_smoothing=smoothing,
    )


def formula(labels, logits, mask, smoothing):
    """Eq. 1 term by term, on probabilities."""
    losses = np.zeros(len(labels))
    for n in range(labels.shape[0]):
        for m in range(labels.shape[1]):
            if not mask[n, m]:
                continue
            y, p = float(labels[n, m]), 1 / (1 + np.exp(-float(logits[n, m])))
            target = y * (1 - smoothing) + smoothing / 2
            cross_entropy = -(target * np.log(p) + (1 - target) * np.log(1 - p))
            losses[n] += (y * POSITIVE[m] + (1 - y) * NEGATIVE[m]) * cross_entropy
    return losses / labels.shape[1]


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_loss_equals_eq_1_term_by_term(smoothing):
    np.testing.assert_allclose(
        loss_of(smoothing=smoothing), formula(LABELS, LOGITS, MASK, smoothing), rtol=1e-6
    )


def test_soft_labels_weight_both_classes_by_their_share():
    soft = np.array([[0.3, 0.9, 0.5], [0.0, 1.0, 0.2]], np.float32)
    np.testing.assert_allclose(loss_of(labels=soft), formula(soft, LOGITS, MASK, 0.2), rtol=1e-6)


def test_unknown_label_changes_neither_loss_nor_gradient():
    logits = tf.Variable(LOGITS)

    def loss_and_gradient(labels):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(loss_of(labels=labels, logits=logits))
        return loss.numpy(), tape.gradient(loss, logits).numpy()

    loss, gradient = loss_and_gradient(LABELS)
    other_loss, other_gradient = loss_and_gradient(np.where(MASK, LABELS, 1 - LABELS).astype(np.float32))
    assert loss == other_loss
    np.testing.assert_array_equal(gradient, other_gradient)
    np.testing.assert_array_equal(gradient[MASK == 0], 0)
    assert np.all(gradient[MASK == 1] != 0)


def test_denominator_is_the_number_of_aus_whatever_is_known():
    # Forgetting the second label of the first row leaves the first label's share as it is.
    only_first = np.array([[1, 0, 0], [0, 0, 0]], np.float32)
    first = loss_of(mask=only_first).numpy()
    np.testing.assert_allclose(first[0], formula(LABELS, LOGITS, only_first, 0.2)[0], rtol=1e-6)
    assert first[1] == 0


def test_head_loss_is_the_mean_over_the_batch():
    loss = HeadLoss(POSITIVE, NEGATIVE, 0.2, name="loss")
    value = loss(np.stack([LABELS, MASK, np.ones_like(MASK)], axis=-1), LOGITS)
    np.testing.assert_allclose(value, formula(LABELS, LOGITS, MASK, 0.2).mean(), rtol=1e-6)


def test_label_weights_are_factors_on_each_labels_part():
    weights = np.array([[2, 0, 5], [0.5, 1, 1]], np.float32)
    alone = [
        [formula(LABELS, LOGITS, MASK * one_hot.reshape(2, 3), 0.2).sum() for one_hot in rows]
        for rows in np.eye(6).reshape(2, 3, 6)
    ]
    loss = HeadLoss(POSITIVE, NEGATIVE, 0.2, name="loss")
    value = loss(np.stack([LABELS, MASK, weights], axis=-1), LOGITS)
    np.testing.assert_allclose(value, (weights * alone).sum() / 2, rtol=1e-6)
