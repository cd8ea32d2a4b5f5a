import numpy as np
import tensorflow as tf

from emotionet_tf.models.dropout import SeededDropout, with_seeded_dropout

ONES = tf.ones((4, 500))


def test_outside_training_nothing_changes():
    np.testing.assert_array_equal(SeededDropout(0.5, seed=1)(ONES, training=False), ONES)


def test_kept_values_are_scaled_and_the_rate_is_met():
    dropped = SeededDropout(0.25, seed=1)(ONES, training=True).numpy()
    assert set(np.unique(dropped)) == {0.0, np.float32(1 / 0.75)}
    # 2,000 draws: a standard deviation is 0.0097.
    assert abs((dropped == 0).mean() - 0.25) < 0.04


def test_masks_differ_from_step_to_step_and_follow_the_saved_counter():
    layer = SeededDropout(0.5, seed=3)
    first, second = layer(ONES, training=True), layer(ONES, training=True)
    assert np.any(first != second)
    again = SeededDropout(0.5, seed=3)
    again.build(ONES.shape)
    again.set_weights([np.int32(1)])
    np.testing.assert_array_equal(again(ONES, training=True), second)


def test_keras_dropout_is_replaced_with_its_noise_shape():
    image = tf.keras.Input((2, 2, 3))
    output = tf.keras.layers.Dropout(0.5, noise_shape=(None, 1, 1, 1), name="depth")(image)
    model = with_seeded_dropout(tf.keras.Model(image, output), seed=0)
    layer = model.get_layer("depth")
    assert isinstance(layer, SeededDropout)
    # A whole example is either kept or dropped.
    per_example = np.asarray(model(tf.ones((64, 2, 2, 3)), training=True)).reshape(64, -1)
    assert np.all(per_example == per_example[:, :1])
    assert set(np.unique(per_example)) == {0.0, 2.0}
