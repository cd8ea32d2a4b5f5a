"""Photos as people have them at hand: arrays, paths and Pillow's images."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.photos.reading import UnreadablePhotoError, read_photo


def photos_as_arrays(photos: Any) -> list[np.ndarray]:
    """Returns photos as arrays, [height, width, 3] uint8 RGB, upright.

    Args:
      photos: One photo or several: arrays of that kind, paths, or Pillow's images in any mode.
    Raises:
      UserError: If one is none of these, or cannot be read.
    """
    is_one = isinstance(photos, (str, os.PathLike)) or _is_pillow(photos)
    if is_one or (isinstance(photos, np.ndarray) and photos.ndim == 3):
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
        if "A" in upright.getbands() or "transparency" in upright.info:
            from PIL import Image

            coloured = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", coloured.size, "white"), coloured)
        return np.asarray(upright.convert("RGB"))
    if np.ndim(photo) != 3 or np.shape(photo)[2] != 3 or np.asarray(photo).dtype != np.uint8:
        what = f"an array {np.shape(photo)} of {np.asarray(photo).dtype}" if np.ndim(photo) else repr(photo)
        raise UserError(
            f"a photo is an array [height, width, 3] of uint8, a path or an image of Pillow's, got {what}"
        )
    return np.asarray(photo)


def _is_pillow(photo: Any) -> bool:
    """Returns whether something is an image of Pillow's, without importing it for those who have none."""
    return type(photo).__module__.startswith("PIL.")
