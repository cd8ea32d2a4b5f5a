"""Photos as people have them at hand: arrays, paths and Pillow's images."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.photos.photo_arrays import array_as_photo
from emotionet_tf.photos.reading import UnreadablePhotoError, read_photo


def photos_as_arrays(photos: Any) -> list[np.ndarray]:
    """Returns photos as arrays, [height, width, 3] uint8 RGB, upright.

    Args:
      photos: One photo or several: arrays that `array_as_photo` takes, paths, or Pillow's images in any mode.
    Raises:
      UserError: If one is none of these, or cannot be read.
    """
    is_one = isinstance(photos, (str, os.PathLike)) or _is_pillow(photos)
    if is_one or (isinstance(photos, np.ndarray) and photos.ndim in (2, 3)):
        photos = [photos]
    if not isinstance(photos, (Sequence, np.ndarray)):
        raise UserError(f"photos are one photo or a list of them, got {photos!r}")
    return [_as_array(photo) for photo in photos]


def _as_array(photo: Any) -> np.ndarray:
    if isinstance(photo, (str, os.PathLike)):
        try:
            return read_photo(photo)
        except UnreadablePhotoError as error:
            raise UserError(f"{os.fspath(photo)} cannot be read: {error}") from error
    if _is_pillow(photo):
        from PIL import ImageOps

        upright = ImageOps.exif_transpose(photo)
        if upright.mode.startswith(("I", "F")):
            return array_as_photo(_deep_grey(upright))
        if "A" in upright.getbands() or "transparency" in upright.info:
            from PIL import Image

            coloured = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", coloured.size, "white"), coloured)
        return np.asarray(upright.convert("RGB"))
    return array_as_photo(photo)


def _deep_grey(image: Any) -> np.ndarray:
    """Returns the samples of a grey image of more than 8 bits, which Pillow itself would clip at 255."""
    samples = np.asarray(image)
    # Pillow has 16-bit PNGs as 32-bit integers, by its version.
    is_16_bit = samples.dtype.kind == "i" and samples.min() >= 0 and samples.max() <= 0xFFFF
    return samples.astype(np.uint16) if is_16_bit else samples


def _is_pillow(photo: Any) -> bool:
    """Returns whether something is an image of Pillow's, without importing it for those who have none."""
    return type(photo).__module__.startswith("PIL.")
