"""From a stored crop to the network's image, cut from its centre."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from emotionet_tf.errors import UserError

Example = dict[str, tf.Tensor]

_LEAST_SEEN, _USUALLY_SEEN = 0.75, 0.9
"""Shares of a crop's side: what is not seen is for moving the image about, as the paper's 224 of 240 px are."""


def check_image_size(image_size_px: int, crop_size_px: int, where: str) -> None:
    """Raises UserError unless an image of this size can be cut from a crop."""
    if not 1 <= image_size_px <= crop_size_px:
        raise UserError(f"{where}: its crops of {crop_size_px} px cannot give images of {image_size_px} px")


def narrow_image_warning(image_size_px: int, crop_size_px: int, where: str) -> str:
    """Returns a warning where so little of the crops is seen that parts of a face are missing, else nothing.

    Args:
      image_size_px: Side of the network's images.
      crop_size_px: Side of the crops that they are cut from.
      where: The records that hold these.
    """
    if image_size_px >= _LEAST_SEEN * crop_size_px:
        return ""
    return (
        f"warning: the network sees the middle {image_size_px} px of the {crop_size_px} px crops in {where}, not the "
        f"whole face; align_faces --crop_size_px={round(image_size_px / _USUALLY_SEEN)} makes fitting ones"
    )


def centre_offset(crop_size_px: int, image_size_px: int) -> int:
    """Returns top and left of the image in the middle of its crop, rounded down."""
    return (crop_size_px - image_size_px) // 2


def crop_batch(crops: np.ndarray, image_size_px: int) -> np.ndarray:
    """Returns the centres of crops, as the evaluation stream cuts them.

    Args:
      crops: [n, c, c, 3], square.
      image_size_px: Side of the images, at most c.
    Returns:
      [n, image_size_px, image_size_px, 3] of the crops' type.
    Raises:
      UserError: If the images are larger than the crops.
    """
    check_image_size(image_size_px, crops.shape[1], "crop_batch")
    offset = centre_offset(crops.shape[1], image_size_px)
    inside = slice(offset, offset + image_size_px)
    return crops[:, inside, inside]


def centred(
    crop_size_px: int, image_size_px: int, *, is_accurate: bool = False
) -> Callable[[Example], Example]:
    """Returns a function that decodes an example's image, cut from the centre of its crop; see `decode_square`."""
    offset = centre_offset(crop_size_px, image_size_px)

    def decode(example: Example) -> Example:
        image = decode_square(example["image"], offset, offset, image_size_px, is_accurate=is_accurate)
        return {**example, "image": tf.cast(image, tf.float32)}

    return decode


def decode_square(
    jpeg: tf.Tensor, top: tf.Tensor | int, left: tf.Tensor | int, size_px: int, *, is_accurate: bool = False
) -> tf.Tensor:
    """Returns a square of a JPEG, [size_px, size_px, 3] uint8; rows and columns outside it are not decoded.

    Args:
      jpeg: The file's bytes.
      top: First row; so `left`.
      left: First column.
      size_px: Side of the square.
      is_accurate: Whether the cosine transform is the exact one. TensorFlow's default is a faster one that is off by a
        level here and there; what trainings see stays so.
    """
    image = tf.image.decode_and_crop_jpeg(
        jpeg,
        tf.stack([top, left, size_px, size_px]),
        channels=3,
        dct_method="INTEGER_ACCURATE" if is_accurate else "",
    )
    return tf.ensure_shape(image, [size_px, size_px, 3])
