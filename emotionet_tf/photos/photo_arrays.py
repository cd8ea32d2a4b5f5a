"""Arrays as people have them, as photos: what is unambiguous is converted, all else is refused."""

from __future__ import annotations

from typing import Any

import numpy as np

from emotionet_tf.errors import UserError

_DEPTHS = (8, 10, 12, 14, 16)
"""Bits of a sample that cameras and microscopes store in 16."""


def array_as_photo(array: Any) -> np.ndarray:
    """Returns a photo of an array, [height, width, 3] uint8 RGB.

    Grey becomes three equal channels, and what is transparent white. Whole numbers of 16 bits are scaled by the bits
    that are in use, and floats by 255 where none is above 1; floats from 0 to 255 are rounded.

    Args:
      array: [height, width], or [height, width, channels] with 1, 3 (RGB) or 4 (RGBA) channels, of uint8, uint16 or
        floats from 0 to 1 or from 0 to 255.
    Raises:
      UserError: If it is something else, or has samples outside these ranges, NaN among them.
    """
    try:
        given = np.asarray(array)
    except ValueError as error:
        raise UserError(f"{_WANTED}, got {type(array).__name__} of unequal parts") from error
    if given.ndim not in (2, 3) or given.dtype.kind not in "uf" or not given.size:
        what = f"an array {given.shape} of {given.dtype}" if given.ndim else repr(array)
        raise UserError(f"{_WANTED}, got {what}")
    channels = given[..., None] if given.ndim == 2 else given
    if channels.shape[2] not in (1, 3, 4):
        hint = "; its channels come first: move them last" if channels.shape[0] in (1, 3, 4) else ""
        raise UserError(f"{_WANTED}, got an array {given.shape} of {given.dtype}{hint}")
    pixels = _as_bytes(channels)
    if pixels.shape[2] == 4:
        pixels = _on_white(pixels)
    return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))


_WANTED = "a photo is a path, an image of Pillow's, or an array [height, width, 3] of uint8"


def used_bits(largest: int) -> int:
    """Returns the bits that samples in 16 bits have: the least of 8, 10, 12, 14 and 16 that holds the largest."""
    return next(bits for bits in _DEPTHS if largest < 1 << bits)


def _as_bytes(samples: np.ndarray) -> np.ndarray:
    """Returns samples as uint8; raises UserError where their range is not known."""
    if samples.dtype == np.uint8:
        return samples
    if samples.dtype.kind == "u":
        brightest = int(samples.max())
        if brightest > 0xFFFF:
            raise UserError(f"a photo's whole numbers have 8 or 16 bits, got {brightest}")
        return (samples >> (used_bits(brightest) - 8)).astype(np.uint8)
    smallest, largest = float(samples.min()), float(samples.max())
    if not (smallest >= 0 and largest <= 255):
        raise UserError(
            f"a photo's floats lie from 0 to 1 or from 0 to 255, without NaN; got {smallest:g} to {largest:g}"
        )
    return np.rint(samples * (255 if largest <= 1 else 1)).astype(np.uint8)


def _on_white(pixels: np.ndarray) -> np.ndarray:
    colours, alpha = pixels[..., :3].astype(np.uint16), pixels[..., 3:].astype(np.uint16)
    return ((colours * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
