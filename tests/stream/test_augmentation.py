import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.action_units import column_of
from emotionet_tf.errors import UserError
from emotionet_tf.stream.augmentation import (
    change_image,
    change_tones,
    crop_offset,
    cut_out,
    draw,
    end_photo,
    flip_example,
    lose_colour,
    lose_detail,
    to_bytes,
)
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION, Augmentation


def picture(size=16, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)


def assert_rounded(image, expected):
    """The image holds bytes, none further from what is expected than rounding brings it."""
    assert image.dtype == tf.uint8
    assert np.abs(np.asarray(image, np.float64) - expected).max() <= 0.5 + 1e-3


def example():
    random = np.random.default_rng(3)
    return {
        "image": tf.constant(picture()),
        "labels": tf.constant(random.random(23), tf.float32),
        "mask": tf.constant(random.integers(0, 2, 23), tf.float32),
        "angles": tf.constant([0.1, 0.2, 0.3]),
        "angles_mask": tf.ones(3),
    }


def test_flip_mirrors_image_labels_mask_and_angles():
    before, after = example(), flip_example(example(), tf.constant(True))
    np.testing.assert_array_equal(after["image"], before["image"].numpy()[:, ::-1])
    np.testing.assert_allclose(after["angles"], [0.1, -0.2, -0.3])
    swapped = {51: 52, 52: 51, 55: 56, 56: 55}
    for au in (1, 12, 51, 52, 53, 54, 55, 56):
        for name in ("labels", "mask"):
            assert after[name][column_of(au)] == before[name][column_of(swapped.get(au, au))]


def test_two_flips_give_the_example_back():
    before = example()
    after = flip_example(flip_example(before, tf.constant(True)), tf.constant(True))
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value)


def test_no_flip_changes_nothing():
    before = example()
    after = flip_example(before, tf.constant(False))
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value)


@pytest.mark.parametrize("brightest", [40, 255])
@pytest.mark.parametrize("shift", [-255.0, -20.0, 0.0, 30.0, 255.0])
@pytest.mark.parametrize("factor", [0.0, 0.7, 1.0, 1.4, 2.0])
def test_tones_change_around_the_mean(brightest, shift, factor):
    for image in (picture() % brightest, 255 - picture() % brightest):
        expected = np.clip((image - image.mean()) * factor + image.mean() + shift, 0, 255)
        # A factor of 0 is taken as 0.001: up to a quarter more than rounding.
        image = change_tones(tf.constant(image), tf.constant(shift), tf.constant(factor))
        if factor:
            assert_rounded(image, expected)
        else:
            np.testing.assert_allclose(np.asarray(image, np.float64), expected, atol=0.8)


def test_tones_unchanged_leave_every_byte():
    image = np.arange(16 * 16 * 3).reshape(16, 16, 3).astype(np.uint8)
    np.testing.assert_array_equal(change_tones(tf.constant(image), tf.constant(0.0), tf.constant(1.0)), image)


@pytest.mark.parametrize("shift", [0.0, 100.0, 255.0])
def test_floats_become_the_nearest_bytes(shift):
    image = np.random.default_rng(0).uniform(-300, 300, (16, 16, 3)).astype(np.float32)
    assert_rounded(to_bytes(tf.constant(image), shift), np.clip(image + shift, 0, 255))


@pytest.mark.parametrize(
    ("y", "x", "side", "rows", "columns"),
    [
        # 16 px; centre at 8 and 4 px, side 4 px.
        (0.5, 0.25, 0.25, (6, 10), (2, 6)),
        # Cut at the upper left corner, and at the lower right one.
        (0.0, 0.0, 0.5, (0, 4), (0, 4)),
        (1.0, 1.0, 0.5, (12, 16), (12, 16)),
    ],
)
def test_cutout_covers_its_square_only(y, x, side, rows, columns):
    image = picture()
    expected = image.copy()
    expected[slice(*rows), slice(*columns)] = 128
    np.testing.assert_array_equal(cut_out(tf.constant(image), y, x, side), expected)


def test_lost_colour_leaves_the_luma():
    image = picture()
    luma = image @ np.array([0.299, 0.587, 0.114])
    assert_rounded(lose_colour(tf.constant(image)), np.repeat(luma[..., None], 3, -1))


def test_lost_detail_keeps_size_and_mean_but_not_edges():
    stripes = np.zeros((16, 16, 3), np.uint8)
    stripes[:, ::2] = 255
    blurred = lose_detail(tf.constant(stripes), tf.constant(0.25)).numpy().astype(np.float64)
    assert blurred.shape == (16, 16, 3)
    assert blurred.mean() == pytest.approx(127.5, abs=2)
    assert np.abs(np.diff(blurred, axis=1)).max() < 30


def test_lost_detail_is_areas_means_put_together_bilinearly():
    image = picture()
    means = image.reshape(4, 4, 4, 4, 3).mean((1, 3))
    # Pixel i of 16 lies at (i + 0.5) / 4 - 0.5 of the 4, at the border held within.
    places = np.clip((np.arange(16) + 0.5) / 4 - 0.5, 0, 3)
    weights = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(4)))
    expected = np.einsum("ya,xb,abc->yxc", weights, weights, means)
    assert_rounded(lose_detail(tf.constant(image), tf.constant(0.25)), expected)


def test_lost_detail_at_full_scale_changes_nothing():
    image = picture()
    np.testing.assert_array_equal(lose_detail(tf.constant(image), tf.constant(1.0)), image)


def test_photo_ends_at_the_edges_of_a_turned_rectangle():
    image = np.full((40, 40, 3), 200, np.uint8)
    # A quarter of the side above and to the left, nothing lost below and to the right.
    straight = end_photo(tf.constant(image), tf.constant(0.0), tf.constant([0.25, 0.6, 0.25, 0.6])).numpy()
    expected = image.copy()
    expected[:10] = 0
    expected[:, :10] = 0
    np.testing.assert_array_equal(straight, expected)
    # Turned by a quarter clockwise, the photo's top is at the right.
    turned = end_photo(
        tf.constant(image), tf.constant(np.pi / 2, tf.float32), tf.constant([0.26, 0.6, 0.6, 0.6])
    )
    columns = (turned.numpy() > 0).all((0, 2))
    np.testing.assert_array_equal(columns, np.arange(40) < 30)


def test_border_comes_as_often_as_asked():
    image = tf.constant(np.full((16, 16, 3), 200, np.uint8))
    ranges = dataclasses.replace(NO_AUGMENTATION, border=0.5)
    draws = [draw(tf.constant([1, number], tf.int64)) for number in range(60)]
    changed = [(change_image(image, each, ranges).numpy() == 0).any() for each in draws]
    may_change = [bool(each["border"] < 0.5) for each in draws]
    assert 20 <= sum(may_change) <= 40
    # Edges that all lie outside the image change nothing.
    assert sum(changed) > 0 and not any(was and not may for was, may in zip(changed, may_change, strict=True))


def test_every_offset_is_reached_and_none_beyond():
    augmentation = Augmentation()
    offsets = set()
    for value in np.linspace(0, 1 - 2**-23, 200, dtype=np.float32):
        draws = {"top": tf.constant(value), "left": tf.constant(1 - 2**-23 - value)}
        top, left = crop_offset(draws, augmentation, 20, 16)
        offsets |= {int(top), int(left)}
    assert offsets == {0, 1, 2, 3, 4}


def test_without_random_crop_the_centre_is_cut():
    top, left = crop_offset({}, NO_AUGMENTATION, 240, 224)
    assert (int(top), int(left)) == (8, 8)


def test_draws_repeat_with_their_seed_and_differ_without():
    first, again, other = (draw(tf.constant(seed, tf.int64)) for seed in ([1, 2], [1, 2], [1, 3]))
    assert all(first[name] == again[name] for name in first)
    assert all(first[name] != other[name] for name in first)


def test_no_augmentation_changes_nothing():
    image = tf.constant(picture())
    draws = draw(tf.constant([1, 2], tf.int64))
    np.testing.assert_array_equal(change_image(image, draws, NO_AUGMENTATION), image)


def test_changed_image_is_the_same_alone_and_in_tf_data():
    image = tf.constant(picture(32))

    def change(number):
        return change_image(image, draw(tf.stack([7, number])), Augmentation())

    inside = tf.data.Dataset.range(20).map(change, tf.data.AUTOTUNE)
    for number, changed in enumerate(inside):
        np.testing.assert_array_equal(changed, change(tf.constant(number, tf.int64)))
        assert changed.shape == (32, 32, 3)
        assert changed.dtype == tf.uint8


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"flip": 1.5}, "augmentation: flip must be between 0 and 1, got 1.5"),
        ({"brightness": -0.1}, "brightness"),
        ({"cutout_size": (0.5, 0.2)}, "least, largest"),
        ({"cutout_size": (0.5, 2.0)}, "cutout_size"),
        ({"downscale_factor": 0.0}, "downscale_factor must be above 0 and at most 1, got 0.0"),
    ],
)
def test_bad_range_is_refused(changes, message):
    with pytest.raises(UserError, match=message):
        Augmentation(**changes)
