import numpy as np
import pytest

from emotionet_tf.models.input_checks import checked_angles, checked_images

GOOD = np.full((2, 4, 4, 3), 128.0)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (GOOD[0], r"images are \[batch, 4, 4, 3\], got \(4, 4, 3\)"),
        (GOOD[..., :1], r"got \(2, 4, 4, 1\)"),
        (GOOD / 255, "got at most 0.50.*: multiply by 255"),
        (np.where(GOOD > 0, np.nan, 0), "without NaN, got nan to nan"),
        (GOOD - 129, "got -1 to -1"),
        (GOOD.astype(int) * 2, "got 256 to 256"),
    ],
)
def test_what_is_no_image_is_refused(images, message):
    with pytest.raises(ValueError, match=message):
        checked_images(images, 4)


BYTES = GOOD.astype(np.uint8)


@pytest.mark.parametrize("images", [GOOD, BYTES, GOOD.astype(int), GOOD * 0, BYTES * 0 + 1])
def test_images_become_floats_with_their_values(images):
    checked = checked_images(images, 4)
    assert checked.dtype == np.float32
    np.testing.assert_array_equal(checked, images)


def test_angles_without_a_mask_are_known_where_they_are_numbers():
    angles, known = checked_angles([[0.1, np.nan, -0.3]], None, 1)
    np.testing.assert_allclose(angles, [[0.1, 0, -0.3]], rtol=1e-6)
    assert known.tolist() == [[1, 0, 1]]
    assert checked_angles(None, None, 2)[1].tolist() == [[0, 0, 0]] * 2
    angles, known = checked_angles([[0.1, 0.2, 9.0]], [[1, 1, 0]], 1)
    assert angles[0, 2] == 0 and known.tolist() == [[1, 1, 0]]


def test_degrees_and_other_shapes_are_refused():
    with pytest.raises(ValueError, match="angles are radians, got 20: are these degrees?"):
        checked_angles([[1.0, 20.0, 0.0]], None, 1)
    with pytest.raises(ValueError, match=r"\[2, 3\], got \(1, 3\)"):
        checked_angles([[0.0, 0.0, 0.0]], None, 2)
