import math

import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.inference.packing.varied_copies import grainy, lit, misplaced, varied

SIZE = 41


def smooth() -> tf.Tensor:
    """Returns an image whose red grows to the right and whose green grows downwards, by 5 a pixel."""
    ramp = 5 * np.arange(SIZE)
    red, green = np.meshgrid(ramp, ramp)
    return tf.constant(np.stack([red, green, np.full_like(red, 90)], axis=-1).astype(np.uint8))


def moved(scale=1.0, stretch=1.0, turn=0.0, shift=(0.0, 0.0)) -> np.ndarray:
    numbers = (tf.constant(number, tf.float32) for number in (scale, stretch, turn))
    return misplaced(smooth(), *numbers, tf.constant(shift, tf.float32)).numpy().astype(int)


def test_face_in_its_place_stays():
    np.testing.assert_array_equal(moved(), smooth().numpy())


def test_shift_scale_stretch_and_turn_are_those_of_the_formula():
    """Red is 5 times the column that is seen, green 5 times the row; the middle of 41 pixels is number 20."""
    shifted = moved(shift=(2 / SIZE, -3 / SIZE))
    assert shifted[20, 20].tolist() == [5 * 22, 5 * 17, 90]
    scaled = moved(scale=1.1)
    assert scaled[20, 30].tolist() == [5 * 31, 5 * 20, 90] and scaled[10, 20].tolist() == [5 * 20, 5 * 9, 90]
    stretched = moved(stretch=1.25)
    assert stretched[20, 28].tolist() == [5 * 30, 5 * 20, 90]
    assert stretched[10, 20].tolist() == [5 * 20, 5 * 12, 90]
    turned = moved(turn=math.pi / 2)
    # What is seen to the right of the middle lay below it: the face has turned counter-clockwise.
    np.testing.assert_allclose(turned[20, 28], [5 * 20, 5 * 28, 90], atol=1)


def test_edges_are_mirrored():
    shifted = moved(shift=(3 / SIZE, 0.0))
    assert shifted[20, -1, 0] == pytest.approx(5 * (SIZE - 3), abs=6) and shifted.min() >= 0


def test_light_is_that_of_the_formula():
    brighter = lit(smooth(), *(tf.constant(number, tf.float32) for number in (0.5, 0.0, 0.0))).numpy()
    assert brighter[20, 10].tolist() == [round(255 * math.sqrt(value / 255)) for value in (50, 100, 90)]
    uneven = lit(smooth(), *(tf.constant(number, tf.float32) for number in (1.0, math.pi / 2, 0.5))).numpy()
    rows = [round(90 * math.exp(0.5 * way)) for way in (-1, 0, 1)]
    assert [uneven[row, 20, 2] for row in (0, 20, 40)] == rows
    assert (
        lit(smooth(), *(tf.constant(number, tf.float32) for number in (0.1, 0.0, 2.0))).numpy().max() == 255
    )


def test_grain_is_grey_and_as_strong_as_asked():
    plain = tf.fill([200, 200, 3], tf.constant(128, tf.uint8))
    noise = grainy(plain, tf.constant(12.0), tf.constant([3, 4])).numpy().astype(float) - 128
    assert noise.std() == pytest.approx(12, rel=0.02) and abs(noise.mean()) < 0.3
    np.testing.assert_array_equal(noise[..., 0], noise[..., 2])


def test_copies_differ_and_are_the_same_again():
    images = tf.constant(np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3)), tf.uint8)
    first, again, other = (varied(images, copy).numpy() for copy in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert all((one != two).any() for one, two in zip(first, other, strict=True))
    is_grey = [(one == one[..., :1]).all() for one in first]
    # Half of 40, and a standard deviation of 3.
    assert 10 < sum(is_grey) < 30
    assert varied(tf.cast(images, tf.float32), 1).dtype == tf.float32
