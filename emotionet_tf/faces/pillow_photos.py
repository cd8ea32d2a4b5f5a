"""Decoding PNG, TIFF, WebP, GIF and BMP, in all their colour modes.

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

from emotionet_tf.faces.exif_orientation import orientation_of
from emotionet_tf.faces.photo_limits import UnreadablePhotoError, check_size

# Named one by one: Image.open would try every format that it knows on the bytes of a stranger.
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

    What is transparent shows white, as on a page. 16-bit samples are scaled, not clipped. Colour profiles are ignored.

    Args:
      kind: A key of `_READERS`, as `kind_of` tells it.
      data: The file.
    Raises:
      UnreadablePhotoError: If the picture is too large, or its samples have no known range.
      Exception: Of any kind, if it is damaged.
    """
    if kind == "WebP" and data[12:16] == b"VP8X":
        # Its decoder makes room for the canvas before it tells the size.
        check_size(1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little"))
    with _READERS[kind](io.BytesIO(data)) as image:
        check_size(*image.size)
        if kind == "PNG":
            # Loading a PNG leaves its checksums unread.
            PngImagePlugin.PngImageFile(io.BytesIO(data)).verify()
        image.load()
        # Pillow turns a TIFF upright by itself.
        orientation = 1 if kind == "TIFF" else orientation_of(image.info.get("exif", b""))
        return _as_rgb(image, kind), orientation


def _as_rgb(image: ImageFile.ImageFile, kind: str) -> np.ndarray:
    is_16_bit = image.mode.startswith("I;16") or (image.mode == "I" and kind == "PNG")
    if is_16_bit:
        grey = (np.asarray(image) >> 8).astype(np.uint8)
        return np.repeat(grey[..., np.newaxis], 3, axis=2)
    if image.mode in ("I", "F"):
        raise UnreadablePhotoError(f"{kind} with samples of 32 bits, whose range is not known")
    if image.has_transparency_data:
        see_through = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(see_through, mask=see_through)
        return np.array(white)
    return np.array(image.convert("RGB"))
