import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.training.objectives.class_losses import (
    ClassLoss,
    additive_margin_logits,
    class_cross_entropy,
    class_weights,
)

COSINES = np.array([[0.9, 0.1, -0.5], [0.2, 0.3, 0.25]])
CLASSES = np.array([0, 2])


def softmax_losses(logits: np.ndarray, classes: np.ndarray) -> np.ndarray:
    powers = np.exp(logits)
    return -np.log(powers[np.arange(len(classes)), classes] / powers.sum(axis=1))


def test_margin_is_taken_from_the_own_class_alone():
    # 30 (0.9 - 0.35) = 16.5 and 30 (0.25 - 0.35) = -3; the others are 30 times their cosines.
    logits = additive_margin_logits(tf.constant(COSINES), tf.constant(CLASSES), scale=30, margin=0.35)
    np.testing.assert_allclose(logits, [[16.5, 3, -15], [6, 9, -3]], rtol=1e-5)


def test_additive_margin_loss_is_the_papers_equation():
    s, m = 4.0, 0.35
    own = np.exp(s * (COSINES[[0, 1], CLASSES] - m))
    others = np.exp(s * COSINES).sum(axis=1) - np.exp(s * COSINES[[0, 1], CLASSES])
    loss = ClassLoss(np.ones(3, np.float32), scale_and_margin=(s, m))
    got = loss.call(tf.constant(CLASSES)[:, None], tf.constant(COSINES, tf.float32))
    np.testing.assert_allclose(got, -np.log(own / (own + others)), rtol=1e-5)


def test_without_margin_and_scale_it_is_a_softmax():
    loss = ClassLoss(np.ones(3, np.float32), scale_and_margin=(1.0, 0.0))
    got = loss.call(tf.constant(CLASSES), tf.constant(COSINES, tf.float32))
    np.testing.assert_allclose(got, softmax_losses(COSINES, CLASSES), rtol=1e-5)


def test_gradient_of_the_margin_loss_is_scale_times_probability_less_target():
    s, m = 4.0, 0.35
    cosines = tf.Variable(COSINES, dtype=tf.float32)
    loss = ClassLoss(np.ones(3, np.float32), scale_and_margin=(s, m))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(loss.call(tf.constant(CLASSES), cosines))
    target = np.eye(3)[CLASSES]
    powers = np.exp(s * (COSINES - m * target))
    expected = s * (powers / powers.sum(axis=1, keepdims=True) - target)
    np.testing.assert_allclose(tape.gradient(total, cosines), expected, rtol=1e-4)


def test_larger_margin_pulls_harder_towards_the_own_class():
    gradients = []
    for margin in (0.0, 0.35):
        cosines = tf.Variable([[0.5, 0.4]])
        loss = ClassLoss(np.ones(2, np.float32), scale_and_margin=(30.0, margin))
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(loss.call(tf.constant([0]), cosines))
        gradients.append(float(tape.gradient(total, cosines)[0, 0]))
    assert gradients[1] < gradients[0] < 0


def test_smoothed_targets_give_every_class_its_share():
    got = class_cross_entropy(
        tf.constant(COSINES), tf.constant(CLASSES), weights=np.ones(3, np.float32), label_smoothing=0.3
    )
    # 0.8 for the own class and 0.1 for each of the others.
    targets = np.full((2, 3), 0.1) + 0.7 * np.eye(3)[CLASSES]
    every = np.stack([softmax_losses(COSINES, np.full(2, k)) for k in range(3)], axis=1)
    np.testing.assert_allclose(got, (targets * every).sum(axis=1), rtol=1e-5)


def test_loss_is_weighted_by_the_own_class():
    weights = np.float32([2, 5, 0.5])
    got = class_cross_entropy(tf.constant(COSINES), tf.constant(CLASSES), weights=weights)
    np.testing.assert_allclose(got, softmax_losses(COSINES, CLASSES) * [2, 0.5], rtol=1e-5)


@pytest.mark.parametrize(
    ("damping", "expected"),
    [
        (0, [1, 1, 1]),
        # Balanced: p w is 1/2 for both classes that occur; the third weighs nothing.
        (1, [2 / 3, 2, 1]),
        # Shares 0.75 and 0.25: w is proportional to 0.75^-0.5 and 0.25^-0.5, and 0.75 w0 + 0.25 w1 = 1.
        (0.5, [0.75**-0.5 / (0.75**0.5 + 0.25**0.5), 0.25**-0.5 / (0.75**0.5 + 0.25**0.5), 1]),
    ],
)
def test_damping_weighs_rare_classes_up_and_keeps_the_mean(damping, expected):
    weights = class_weights([30, 10, 0], damping)
    np.testing.assert_allclose(weights, expected, rtol=1e-6)
    assert weights[:2] @ [0.75, 0.25] == pytest.approx(1)


def test_no_example_at_all_is_refused():
    with pytest.raises(ValueError, match="need an example"):
        class_weights([0, 0], 1)
