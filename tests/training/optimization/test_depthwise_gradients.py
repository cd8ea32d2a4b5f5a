import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.training.optimization.depthwise_gradients import (
    depthwise_convolution,
    split_kernel_gradients,
)


def gradients_of(convolve, images, kernel, weights):
    with tf.GradientTape() as tape:
        tape.watch([images, kernel])
        outputs = convolve(images, kernel)
    return outputs, *tape.gradient(outputs, [images, kernel], output_gradients=weights)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(
    ("size", "kernel_size", "stride"), [(9, 5, 1), (12, 5, 2), (11, 5, 2), (10, 7, 1), (6, 4, 2)]
)
def test_gradients_are_tensorflow_s_own(size, kernel_size, stride, padding):
    random = np.random.default_rng(0)
    images, kernel = (
        tf.constant(random.normal(size=shape), tf.float32)
        for shape in ([2, size, size + 1, 8], [kernel_size, kernel_size, 8, 1])
    )
    own = lambda images, kernel: tf.nn.depthwise_conv2d(images, kernel, [1, stride, stride, 1], padding)  # noqa: E731
    weights = tf.constant(random.normal(size=own(images, kernel).shape), tf.float32)
    expected = gradients_of(own, images, kernel, weights)
    got = gradients_of(
        lambda images, kernel: depthwise_convolution(
            images, kernel, strides=(stride, stride), padding=padding
        ),
        images,
        kernel,
        weights,
    )
    np.testing.assert_array_equal(got[0], expected[0])
    np.testing.assert_allclose(got[1], expected[1], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(got[2], expected[2], rtol=1e-4, atol=1e-4)


def test_wide_kernels_of_inner_models_are_split_and_outputs_stay():
    image = keras.Input((12, 12, 4))
    inner = keras.Model(
        image,
        keras.layers.DepthwiseConv2D(5, padding="same", use_bias=False, name="wide")(
            keras.layers.DepthwiseConv2D(3, padding="same", name="narrow")(image)
        ),
    )
    model = keras.Model(image, inner(image))
    images = np.random.default_rng(0).normal(size=(2, 12, 12, 4)).astype(np.float32)
    before = model(images).numpy()
    split_kernel_gradients(model)
    assert "call" in vars(inner.get_layer("wide")) and "call" not in vars(inner.get_layer("narrow"))
    np.testing.assert_array_equal(model(images).numpy(), before)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(model(images)))
    assert all(gradient is not None for gradient in tape.gradient(loss, model.trainable_variables))
