import numpy as np
import pytest
from PIL import Image

from emotionet_tf.errors import UserError
from emotionet_tf.photos.given_photos import photos_as_arrays

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 8, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("photo", "got"),
    [
        (np.zeros((3, 8, 8), np.uint8), r"an array \(3, 8, 8\) of uint8; its channels come first"),
        (np.zeros((8, 8, 5), np.uint8), r"an array \(8, 8, 5\) of uint8$"),
        (np.zeros((8, 8, 3), bool), r"an array \(8, 8, 3\) of bool"),
        (np.zeros((8, 8, 3), np.int32), r"an array \(8, 8, 3\) of int32"),
        (np.zeros((0, 8, 3), np.uint8), r"an array \(0, 8, 3\)"),
        (np.full((8, 8, 3), -0.1), "floats lie from 0 to 1 or from 0 to 255, without NaN; got -0.1 to -0.1"),
        (np.full((8, 8, 3), np.nan), "without NaN; got nan to nan"),
        (np.full((8, 8, 3), 256.0), "got 256 to 256"),
        (np.full((8, 8, 3), 1 << 16, np.uint32), "8 or 16 bits, got 65536"),
        ([[1, 2], [3]], "list of unequal parts|an array"),
        (None, "got None"),
        (3, "3"),
        ("none.jpg", r"none\.jpg cannot be read: No such file"),
    ],
)
def test_what_is_no_photo_is_named(photo, got):
    with pytest.raises(UserError, match=got):
        photos_as_arrays([photo])


def test_what_is_no_list_is_named():
    with pytest.raises(UserError, match="photos are one photo or a list of them, got None"):
        photos_as_arrays(None)


def test_one_or_many_are_a_list():
    assert [photo.shape for photo in photos_as_arrays(PIXELS)] == [(6, 8, 3)]
    assert [photo.shape for photo in photos_as_arrays(np.stack([PIXELS, PIXELS]))] == [(6, 8, 3)] * 2
    assert photos_as_arrays([]) == []


def test_pillows_images_are_turned_upright_and_put_on_white():
    turned = Image.fromarray(PIXELS)
    turned.getexif()[0x0112] = 6  # To be shown turned by a quarter, clockwise.
    (upright,) = photos_as_arrays(turned)
    np.testing.assert_array_equal(upright, np.rot90(PIXELS, -1))
    (grey,) = photos_as_arrays(Image.fromarray(PIXELS[..., 0]))
    np.testing.assert_array_equal(grey, np.repeat(PIXELS[..., :1], 3, axis=2))
    (clear,) = photos_as_arrays(Image.new("RGBA", (2, 2), (10, 20, 30, 0)))
    assert (clear == 255).all()


GREY = np.array([[0, 51], [204, 255]], np.uint8)


@pytest.mark.parametrize(
    "given",
    [
        GREY,
        GREY[..., None],
        np.repeat(GREY[..., None], 3, axis=2) / 255,
        (GREY / 255).astype(np.float32),
        GREY.astype(np.float64),
        GREY.astype(np.uint16) * 257,
        # 12 bits in 16, as of a camera: 255 is 4095, and 51 is 816 to 831.
        GREY.astype(np.uint16) << 4 | 15,
        np.dstack([GREY, GREY, GREY, np.full_like(GREY, 255)]),
    ],
    ids=["grey", "one channel", "floats to 1", "grey floats", "floats to 255", "16 bits", "12 bits", "RGBA"],
)
def test_arrays_that_can_mean_one_thing_only_are_photos(given):
    (photo,) = photos_as_arrays([given])
    assert photo.dtype == np.uint8 and photo.flags.c_contiguous
    np.testing.assert_array_equal(photo, np.repeat(GREY[..., None], 3, axis=2))


@pytest.mark.parametrize(
    "image",
    [
        Image.fromarray(GREY.astype(np.uint16) * 257),
        Image.fromarray(GREY.astype(np.int32) * 257),
        Image.fromarray((GREY / 255).astype(np.float32)),
        Image.fromarray(GREY.astype(np.float32)),
    ],
    ids=["16 bits", "16 bits in 32", "floats to 1", "floats to 255"],
)
def test_deep_grey_images_of_pillow_are_scaled_and_not_clipped(image):
    (photo,) = photos_as_arrays(image)
    np.testing.assert_array_equal(photo, np.repeat(GREY[..., None], 3, axis=2))


def test_what_is_transparent_in_an_array_is_white():
    half = np.array([[[100, 0, 200, 0], [100, 0, 200, 255], [0, 0, 0, 128]]], np.uint8)
    (photo,) = photos_as_arrays(half)
    assert photo.tolist() == [[[255, 255, 255], [100, 0, 200], [127, 127, 127]]]


def test_one_grey_array_is_one_photo():
    assert [photo.shape for photo in photos_as_arrays(GREY)] == [(2, 2, 3)]
