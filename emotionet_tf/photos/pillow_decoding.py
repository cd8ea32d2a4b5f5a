"""Decoding PNG, TIFF, WebP, GIF, BMP, AVIF and HEIC, in all their colour modes.

Of a damaged compressed TIFF libtiff prints a line to stderr, which neither Pillow nor OpenCV can be told to leave out.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from emotionet_tf.photos.limits import UnreadablePhotoError, check_size
from emotionet_tf.photos.orientation import orientation_of
from emotionet_tf.photos.photo_arrays import used_bits

_BAND_PIXELS = 1 << 22

# Named one by one: Image.open would try every format that it knows on the bytes of an unknown sender.
_READERS: dict[str, type[ImageFile.ImageFile]] = {
    "BMP": BmpImagePlugin.BmpImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
}


def decode_with_pillow(kind: str, data: bytes) -> tuple[np.ndarray, int]:
    """Returns the first picture of a file, [height, width, 3] uint8 RGB as it is stored, and its EXIF orientation.

    What is transparent shows white, as on a page. Grey samples of 16 bits are scaled by the bits in use, not clipped.
    Colour profiles are ignored.

    Args:
      kind: A key of `_READERS`, "AVIF" or "HEIC", as `kind_of` tells it.
      data: The file.
    Raises:
      UnreadablePhotoError: If the picture is too large, or its samples have no known range.
      Exception: Of any kind, if it is damaged.
    """
    if kind == "WebP" and data[12:16] == b"VP8X":
        # Its decoder makes room for the canvas before it tells the size.
        check_size(1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little"))
    with _reader(kind)(io.BytesIO(data)) as image:
        check_size(*image.size)
        if kind == "PNG":
            # Loading a PNG leaves its checksums unread.
            PngImagePlugin.PngImageFile(io.BytesIO(data)).verify()
        image.load()
        # Pillow turns a TIFF upright by itself.
        orientation = 1 if kind == "TIFF" else orientation_of(image.info.get("exif", b""))
        return _as_rgb(image, kind), orientation


def _reader(kind: str) -> type[ImageFile.ImageFile]:
    """Returns what reads a kind of file; raises UnreadablePhotoError where its package is missing."""
    if kind == "HEIC":
        try:
            # It turns a picture upright by itself, and leaves an EXIF that says so.
            from pillow_heif.as_plugin import HeifImageFile
        except ImportError as error:
            raise UnreadablePhotoError("HEIC needs pillow-heif: pip install pillow-heif") from error
        return HeifImageFile
    if kind == "AVIF":
        try:
            from PIL.AvifImagePlugin import SUPPORTED as IS_BUILT_IN
            from PIL.AvifImagePlugin import AvifImageFile
        except ImportError:
            IS_BUILT_IN = False  # noqa: N806
        if not IS_BUILT_IN:
            raise UnreadablePhotoError("AVIF needs Pillow 11.3 or later: pip install --upgrade pillow")
        return AvifImageFile
    return _READERS[kind]


def _as_rgb(image: ImageFile.ImageFile, kind: str) -> np.ndarray:
    if image.mode == "F" or (image.mode == "I" and kind != "PNG"):
        raise UnreadablePhotoError(f"{kind} with samples of 32 bits, whose range is not known")
    # Cameras store 10 or 12 bits in 16: shifted by 8, these would be nearly black.
    shift = used_bits(int(np.asarray(image).max())) - 8 if image.mode.startswith("I") else 0
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    # In bands, since each step makes a copy, and a large photo has no room for several.
    num_rows = max(1, _BAND_PIXELS // width)
    for top in range(0, height, num_rows):
        bottom = min(top + num_rows, height)
        pixels[top:bottom] = _band_as_rgb(image.crop((0, top, width, bottom)), shift)
    return pixels


def _band_as_rgb(band: Image.Image, shift: int) -> np.ndarray:
    if band.mode.startswith("I"):
        return (np.asarray(band) >> shift).astype(np.uint8)[..., np.newaxis]
    if band.has_transparency_data:
        see_through = band.convert("RGBA")
        white = Image.new("RGB", band.size, "white")
        white.paste(see_through, mask=see_through)
        return np.asarray(white)
    return np.asarray(band.convert("RGB"))
