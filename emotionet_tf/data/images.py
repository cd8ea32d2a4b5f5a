"""From a stored crop to the network's image: cut at random for training, from the centre for everything else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from emotionet_tf.data.augmentation import centre_offset, change_image, crop_offset, draw, flip_example
from emotionet_tf.data.augmentation_ranges import Augmentation
from emotionet_tf.errors import UserError

Example = dict[str, tf.Tensor]


def check_image_size(image_size_px: int, crop_size_px: int, where: str) -> None:
    """Raises UserError unless an image of this size can be cut from a crop."""
    if not 1 <= image_size_px <= crop_size_px:
        raise UserError(f"{where}: its crops of {crop_size_px} px do not hold an image of {image_size_px} px")


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


def centred(crop_size_px: int, image_size_px: int) -> Callable[[Example], Example]:
    """Returns a function that decodes an example's image, cut from the centre of its crop."""
    offset = centre_offset(crop_size_px, image_size_px)

    def decode(example: Example) -> Example:
        image = _decode(example["image"], offset, offset, image_size_px)
        return {**example, "image": tf.cast(image, tf.float32)}

    return decode


def augmented(
    augmentation: Augmentation, crop_size_px: int, image_size_px: int
) -> Callable[[Example], Example]:
    """Returns a function that decodes an example's image and changes it at random, by the example's `seed`.

    The function takes `seed` [2] int64 out of the example. Its image is uint8.
    """

    def decode(example: Example) -> Example:
        example = dict(example)
        draws = draw(example.pop("seed"))
        top, left = crop_offset(draws, augmentation, crop_size_px, image_size_px)
        example["image"] = _decode(example["image"], top, left, image_size_px)
        if augmentation.flip:
            example = flip_example(example, draws["flip"] < augmentation.flip)
        example["image"] = change_image(example["image"], draws, augmentation)
        return example

    return decode


def _decode(jpeg: tf.Tensor, top: tf.Tensor | int, left: tf.Tensor | int, size_px: int) -> tf.Tensor:
    """Returns a square of a JPEG, [size_px, size_px, 3] uint8; rows and columns outside it are not decoded."""
    image = tf.image.decode_and_crop_jpeg(jpeg, tf.stack([top, left, size_px, size_px]), channels=3)
    return tf.ensure_shape(image, [size_px, size_px, 3])
