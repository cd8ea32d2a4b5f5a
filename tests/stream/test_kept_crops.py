import cv2
import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.records.reading.crop_decoding import decode_square
from emotionet_tf.stream.kept_crops import KeptCrops, decode_crop

SIZE = 48


def noise(seed=0, size=SIZE):
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)


def jpeg_of(picture, chroma="444"):
    sampling = getattr(cv2, f"IMWRITE_JPEG_SAMPLING_FACTOR_{chroma}")
    parameters = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    return cv2.imencode(".jpg", picture, parameters)[1].tobytes()


def room(size=SIZE):
    return np.empty((size, size, 3), np.uint8)


def by_tensorflow(jpeg, size=SIZE):
    return decode_square(tf.constant(jpeg), 0, 0, size).numpy()


@pytest.mark.parametrize("chroma", ["444", "422", "420"])
def test_crop_has_the_bits_of_tensorflows(chroma):
    jpeg = jpeg_of(noise(), chroma)
    np.testing.assert_array_equal(decode_crop(jpeg, room()), by_tensorflow(jpeg))


def test_grey_file_has_three_channels():
    jpeg = jpeg_of(noise()[:, :, 0])
    np.testing.assert_array_equal(decode_crop(jpeg, room()), by_tensorflow(jpeg))


def test_kept_crops_are_the_decoded_ones_and_no_more_than_fit():
    jpegs = [jpeg_of(noise(seed)) for seed in range(4)]
    kept = KeptCrops(sum(len(jpeg) + SIZE * SIZE * 3 for jpeg in jpegs[:2]) + 100)
    for _ in range(2):
        for jpeg, crop in zip(jpegs, kept.decoded(jpegs, SIZE), strict=True):
            np.testing.assert_array_equal(crop, by_tensorflow(jpeg))
    assert kept.num_kept == 2
    assert next(kept.decoded(jpegs[:1], SIZE)) is next(kept.decoded(jpegs[:1], SIZE))


def test_without_memory_nothing_is_kept():
    kept = KeptCrops()
    assert len(list(kept.decoded([jpeg_of(noise())], SIZE))) == 1
    assert kept.num_kept == 0


def damaged_middle(jpeg):
    return jpeg[: len(jpeg) // 2] + b"\xff\xd0\xff\xd1" + jpeg[len(jpeg) // 2 + 4 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda jpeg: jpeg[: len(jpeg) // 2],
        lambda jpeg: jpeg[:-2],
        lambda jpeg: jpeg[:100],
        lambda jpeg: b"",
        lambda jpeg: b"no picture",
        lambda jpeg: jpeg + b"rest",
        damaged_middle,
        lambda jpeg: jpeg_of(noise(size=SIZE - 8)),
        lambda jpeg: jpeg_of(noise(size=SIZE + 8)),
        lambda jpeg: cv2.imencode(".png", noise())[1].tobytes(),
    ],
)
def test_damaged_file_is_read_or_refused_as_by_tensorflow(damage):
    jpeg = damage(jpeg_of(noise()))
    try:
        expected = by_tensorflow(jpeg)
    except tf.errors.InvalidArgumentError:
        with pytest.raises(ValueError, match="."):
            decode_crop(jpeg, room())
        return
    np.testing.assert_array_equal(decode_crop(jpeg, room()), expected)
