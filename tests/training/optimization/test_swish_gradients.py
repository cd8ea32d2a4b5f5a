import numpy as np
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.training.optimization.swish_gradients import fuse_swish_gradients, swish


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
    fuse_swish_gradients(model)
    changed = [layer.name for layer in inner.layers if "call" in vars(layer)]
    assert changed == ["maps"]
    after = outputs_and_gradient()
    np.testing.assert_array_equal(after[0], before[0])
    np.testing.assert_allclose(after[1], before[1], rtol=1e-5, atol=1e-6)
