import numpy as np
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.models.backbones.building import innermost_layers
from emotionet_tf.training.optimization.fused_swishes import fuse_swishes, hard_swish, swish


def test_swish_and_its_gradient_are_what_they_are_by_hand():
    inputs = tf.constant([0.0, 20.0, -20.0, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = swish(inputs)
    # At 0 the sigmoid is a half, far from it 1 or 0; at 1 it is 1 / (1 + 1/e) = .7310586.
    np.testing.assert_allclose(outputs, [0, 20, 0, 0.7310586], atol=1e-6)
    np.testing.assert_allclose(
        tape.gradient(outputs, inputs), [0.5, 1, 0, 0.7310586 * (1 + 1 - 0.7310586)], atol=1e-6
    )


def test_hard_swish_and_its_gradient_are_what_they_are_by_hand():
    inputs = tf.constant([-4.0, -3.0, -1.5, 0.0, 1.0, 3.0, 4.0])
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = hard_swish(inputs)
    # x (x + 3) / 6 between -3 and 3, whose derivative is (2 x + 3) / 6.
    np.testing.assert_allclose(outputs, [0, 0, -0.375, 0, 4 / 6, 3, 4], atol=1e-6)
    np.testing.assert_allclose(tape.gradient(outputs, inputs), [0, 0, 0, 0.5, 5 / 6, 1, 1], atol=1e-6)


def test_hard_swishes_of_mobilenet_are_fused_and_its_outputs_and_gradients_stay():
    model = keras.applications.MobileNetV3Small(
        input_shape=(64, 64, 3), weights=None, include_top=False, include_preprocessing=False
    )
    images = tf.constant(3 * np.random.default_rng(0).normal(size=(2, 64, 64, 3)), tf.float32)

    @tf.function
    def outputs_and_gradient(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = model(images)
        return outputs, tape.gradient(outputs, images)

    before = outputs_and_gradient(images)
    fuse_swishes(model)
    fused = [
        layer.name
        for layer in innermost_layers(model)
        if getattr(vars(layer).get("call"), "__module__", "") == fuse_swishes.__module__
    ]
    # The network has 18 of maps: of the first and last convolution, and two in each of the last eight blocks.
    assert len(fused) == 18
    after = tf.function(outputs_and_gradient.python_function)(images)
    for new, old in zip(after, before, strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-4, atol=1e-5 * np.abs(old).max())


def test_swishes_of_inner_models_are_fused_and_outputs_stay():
    image = keras.Input((6, 6, 4))
    maps = keras.layers.Activation("swish", name="maps")(image)
    squeezed = keras.layers.GlobalAveragePooling2D(keepdims=True)(maps)
    gates = keras.layers.Activation("swish", name="squeezed")(squeezed)
    inner = keras.Model(
        image, keras.layers.Activation("relu", name="relu")(keras.layers.Multiply()([maps, gates]))
    )
    model = keras.Model(image, inner(image))
    images = tf.constant(np.random.default_rng(0).normal(size=(2, 6, 6, 4)), tf.float32)

    def outputs_and_gradient():
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = model(images)
        return outputs.numpy(), tape.gradient(outputs, images).numpy()

    before = outputs_and_gradient()
    fuse_swishes(model)
    changed = [layer.name for layer in inner.layers if "call" in vars(layer)]
    assert changed == ["maps"]
    after = outputs_and_gradient()
    np.testing.assert_array_equal(after[0], before[0])
    np.testing.assert_allclose(after[1], before[1], rtol=1e-5, atol=1e-6)
