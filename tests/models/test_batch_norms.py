import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.models import ModelConfig, build_model
from emotionet_tf.models.batch_norms import fuse_norms, set_norm_momentum, synchronize_norms


def test_every_batch_normalisation_of_a_network_gets_the_momentum():
    config = ModelConfig("ownnet1", (1, 2), "close_up", ("opt",), "opt", image_size_px=32, crop_size_px=32)
    model = build_model(config)
    set_norm_momentum(model, 0.9)
    backbone = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    layers = [layer for layer in backbone.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert [layer.momentum for layer in layers] == [0.9] * 7


def normalised(batch: np.ndarray) -> np.ndarray:
    """By the batch's own mean and biased variance, with the layer's default epsilon."""
    return (batch - batch.mean((0, 1, 2))) / np.sqrt(batch.var((0, 1, 2)) + 1e-3)


@pytest.mark.parametrize("synchronized", [False, True])
def test_training_norm_normalises_by_the_batch_and_keeps_its_statistics(synchronized):
    image = keras.Input((4, 5, 3))
    network = keras.Model(image, keras.layers.BatchNormalization(momentum=0.9, name="norm")(image))
    fuse_norms(network)
    if synchronized:
        synchronize_norms(network)
    batch = np.random.default_rng(0).normal(3, 2, (2, 4, 5, 3)).astype(np.float32)
    pixels = tf.constant(batch)
    factors = np.random.default_rng(1).normal(size=batch.shape).astype(np.float32)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        outputs = network(pixels, training=True)
        loss = tf.reduce_sum(outputs * factors)
    expected = normalised(batch)
    np.testing.assert_allclose(outputs, expected, atol=2e-5)
    # The gradient of a normalisation, written out: what moves mean and spread is taken away.
    spread = np.sqrt(batch.var((0, 1, 2)) + 1e-3)
    mean_factor, along = factors.mean((0, 1, 2)), (factors * expected).mean((0, 1, 2))
    np.testing.assert_allclose(
        tape.gradient(loss, pixels), (factors - mean_factor - expected * along) / spread, atol=2e-5
    )
    # The fused kernel gives the unbiased variance, of 40 pixels, for the running one.
    variance = batch.var((0, 1, 2), ddof=0 if synchronized else 1)
    _, _, running_mean, running_variance = network.get_layer("norm").get_weights()
    np.testing.assert_allclose(running_mean, 0.1 * batch.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(running_variance, 0.9 + 0.1 * variance, rtol=1e-5)


def test_norm_that_does_not_train_keeps_its_statistics():
    image = keras.Input((4, 5, 3))
    network = keras.Model(image, keras.layers.BatchNormalization(name="norm")(image))
    fuse_norms(network)
    batch = np.random.default_rng(0).normal(3, 2, (2, 4, 5, 3)).astype(np.float32)
    np.testing.assert_allclose(network(batch, training=False), batch / np.sqrt(1.001), rtol=1e-5)
    network.get_layer("norm").trainable = False
    np.testing.assert_allclose(network(batch, training=True), batch / np.sqrt(1.001), rtol=1e-5)
    assert [float(one[0]) for one in network.get_layer("norm").get_weights()] == [1, 0, 0, 1]
