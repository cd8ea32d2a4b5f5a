import cv2
import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.errors import UserError
from emotionet_tf.records.reading.crop_decoding import centred, crop_batch
from emotionet_tf.stream.augmentation import augmented
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION


def crop_and_jpeg(size_px=40):
    small = np.random.default_rng(0).integers(0, 256, (5, 5, 3), np.uint8)
    crop = cv2.resize(small, (size_px, size_px), interpolation=cv2.INTER_CUBIC)
    return crop, cv2.imencode(".jpg", crop[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 98])[1].tobytes()


@pytest.mark.parametrize("image_size_px", [40, 32, 33])
def test_photos_and_records_are_cut_alike(image_size_px):
    crop, jpeg = crop_and_jpeg()
    decoded = centred(40, image_size_px)({"image": tf.constant(jpeg)})["image"]
    cut = crop_batch(crop[None], image_size_px)[0]
    assert decoded.dtype == tf.float32
    # What is left is the JPEG's own loss: a shift by one pixel would change steep edges by far more.
    assert np.abs(decoded.numpy() - cut).mean() < 2.5


def test_centre_of_a_crop_is_cut():
    crops = np.arange(6 * 6).reshape(1, 6, 6, 1).repeat(3, -1)
    assert crop_batch(crops, 2)[0, :, :, 0].tolist() == [[14, 15], [20, 21]]


def test_training_without_changes_sees_what_evaluation_sees():
    _, jpeg = crop_and_jpeg()
    example = {"image": tf.constant(jpeg), "seed": tf.constant([1, 2], tf.int64)}
    decoded = augmented(NO_AUGMENTATION, 40, 32)(example)
    assert set(decoded) == {"image"}
    np.testing.assert_array_equal(decoded["image"], centred(40, 32)({"image": tf.constant(jpeg)})["image"])


def test_image_larger_than_its_crop_is_refused():
    with pytest.raises(UserError, match="crops of 6 px cannot give images of 7 px"):
        crop_batch(np.zeros((1, 6, 6, 3)), 7)
