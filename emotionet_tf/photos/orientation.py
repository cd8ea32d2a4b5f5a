"""How a camera was held, as its photo's EXIF says, and the photo turned upright."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from PIL import ExifTags, Image

_TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda pixels: cv2.flip(pixels, 1),
    3: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_180),
    4: lambda pixels: cv2.flip(pixels, 0),
    5: cv2.transpose,
    6: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE),
    7: lambda pixels: cv2.transpose(cv2.rotate(pixels, cv2.ROTATE_180)),
    8: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


def orientation_of(exif: bytes) -> int:
    """Returns the orientation, 1 to 8, that a block of EXIF data names; 1, upright, where it names none."""
    if not exif:
        return 1
    reader = Image.Exif()
    try:
        reader.load(exif)
        value = reader.get(ExifTags.Base.Orientation, 1)
    except Exception:  # damaged EXIF raises all kinds, and the photo behind it may well be whole
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Returns a photo, [height, width, 3], as it is to be seen.

    Args:
      pixels: The photo as it is stored.
      orientation: 1 to 8, numbered as in EXIF 2.3, tag 0x0112: what has to be undone.
    """
    return _TURNS[orientation](pixels) if orientation != 1 else pixels
