import numpy as np
import pytest
from PIL import Image

from emotionet_tf.errors import UserError
from emotionet_tf.photos.given_photos import photos_as_arrays

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 8, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("photo", "got"),
    [
        (np.zeros((8, 8), np.uint8), r"an array \(8, 8\) of uint8"),
        (np.zeros((8, 8, 3)), r"an array \(8, 8, 3\) of float64"),
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
