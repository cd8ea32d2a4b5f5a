import dataclasses

import cv2
import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.stream.augmentation import augmented
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION, Augmentation
from emotionet_tf.stream.batch_changes import BatchChanges, change_tones, lose_colour, lose_detail
from emotionet_tf.stream.kept_crops import KeptCrops

CROP, SIZE, NUM = 72, 64, 60
CUT = dataclasses.replace(NO_AUGMENTATION, random_crop=True)
EACH = {
    "none": (NO_AUGMENTATION, 0),
    "cut": (CUT, 0),
    "flip": (dataclasses.replace(CUT, flip=0.5), 0),
    "brightness": (dataclasses.replace(CUT, brightness=0.5), 1),
    "contrast": (dataclasses.replace(CUT, contrast=1.0), 1),
    "cutout": (dataclasses.replace(CUT, cutout=0.7), 0),
    "downscale": (dataclasses.replace(CUT, downscale=0.9, downscale_factor=0.05), 2),
    "greyscale": (dataclasses.replace(CUT, greyscale=0.5), 1),
    "border": (dataclasses.replace(CUT, border=0.7), 0),
    "all": (Augmentation(border=0.2, greyscale=0.3, downscale=0.5), 2),
}


def jpegs(num=NUM, kind="noise"):
    random = np.random.default_rng(1)
    parameters = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    shape = (CROP, CROP, 3) if kind == "noise" else (5, 5, 3)
    pictures = [random.integers(0, 256, shape, np.uint8) for _ in range(num)]
    pictures = [cv2.resize(picture, (CROP, CROP), interpolation=cv2.INTER_CUBIC) for picture in pictures]
    return np.array([cv2.imencode(".jpg", picture, parameters)[1].tobytes() for picture in pictures], object)


def seeds(num=NUM):
    return np.stack([np.full(num, -5), np.arange(num)], axis=1)


def changed(augmentation, files, own_seeds, kept=None):
    crops = (kept or KeptCrops()).decoded(files, CROP)
    return BatchChanges(augmentation, CROP, SIZE)(crops, own_seeds)


def made(augmentation, files):
    return changed(augmentation, files, seeds(len(files)))[0]


def one_by_one(augmentation, files):
    change = augmented(augmentation, CROP, SIZE)
    fields = {"labels": tf.zeros(23), "mask": tf.zeros(23), "angles": tf.zeros(3), "angles_mask": tf.zeros(3)}
    return np.stack(
        [
            change({**fields, "image": tf.constant(file), "seed": tf.constant(seed)})["image"]
            for file, seed in zip(files, seeds(len(files)), strict=True)
        ]
    )


@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize("kind", ["noise", "smooth"])
def test_images_are_those_of_tensorflow_but_for_rounding(name, kind):
    augmentation, levels = EACH[name]
    files = jpegs(kind=kind)
    images, expected = made(augmentation, files), one_by_one(augmentation, files)
    distances = np.abs(images.astype(int) - expected)
    assert distances.max() <= levels
    # Two levels are rare: where a sum that is rounded twice lies between.
    assert (distances > 1).mean() < 1e-3


def test_edge_columns_of_halved_colours_differ_by_what_lies_beyond():
    picture = cv2.resize(np.random.default_rng(0).integers(0, 256, (6, 6, 3), np.uint8), (CROP, CROP))
    files = np.array([cv2.imencode(".jpg", picture)[1].tobytes()] * 8, object)
    distances = np.abs(made(CUT, files).astype(int) - one_by_one(CUT, files))
    assert distances[:, :, 1:-1].max() == 0
    assert distances.max() <= 16


def test_images_depend_on_file_and_seed_only():
    augmentation, _ = EACH["all"]
    files = jpegs(20)
    images = made(augmentation, files)
    kept = KeptCrops(10**9)
    for _ in range(2):  # decoded, then kept
        halves = [
            changed(augmentation, files[part], seeds(20)[part], kept)[0]
            for part in (slice(13, 20), slice(0, 13))
        ]
        np.testing.assert_array_equal(np.concatenate(halves[::-1]), images)
    assert kept.num_kept == 20


def test_mirrored_images_are_named():
    files = jpegs(20)
    images, is_flipped = changed(dataclasses.replace(NO_AUGMENTATION, flip=0.5), files, seeds(20))
    assert 4 <= is_flipped.sum() <= 16
    straight = made(NO_AUGMENTATION, files)
    for image, whole, mirrored in zip(images, straight, is_flipped, strict=True):
        np.testing.assert_array_equal(image, whole[:, ::-1] if mirrored else whole)


def test_images_begin_where_tensorflow_takes_them_without_a_copy():
    assert made(NO_AUGMENTATION, jpegs(3)).ctypes.data % 64 == 0


@pytest.mark.parametrize(("shift", "factor"), [(20.0, 1.0), (-255.0, 0.7), (0.0, 2.0), (30.0, 0.5)])
def test_tones_change_around_the_mean(shift, factor):
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    expected = np.clip((image - image.mean()) * factor + image.mean() + shift, 0, 255)
    change_tones(image, shift, factor)
    assert np.abs(image - expected).max() <= 0.5 + 1e-3


def test_lost_colour_leaves_the_luma():
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    luma = image @ np.array([0.299, 0.587, 0.114])
    lose_colour(image)
    assert np.abs(image - luma[..., None]).max() <= 0.5 + 2e-2


def test_lost_detail_at_full_scale_changes_nothing():
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    before = image.copy()
    lose_detail(image, 16)
    np.testing.assert_array_equal(image, before)


def test_file_that_cannot_be_decoded_is_refused():
    files = jpegs(3)
    files[1] = files[1][:200]
    with pytest.raises(ValueError, match=r"(?i)jpeg"):
        made(CUT, files)
