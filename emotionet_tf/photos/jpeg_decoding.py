"""Decoding JPEG, as nearly all photos are.

simplejpeg is libjpeg-turbo, as OpenCV's decoder is: the same pixels as fast. Other than OpenCV it tells of damaged data
instead of writing to stderr, and leaves no pixel as it happened to be in memory.
"""

from __future__ import annotations

import numpy as np
import simplejpeg

from emotionet_tf.photos.file_kinds import jpeg_scans, jpeg_segments
from emotionet_tf.photos.limits import MAX_JPEG_SCANS, UnreadablePhotoError, check_size
from emotionet_tf.photos.orientation import orientation_of
from emotionet_tf.photos.pillow_decoding import decode_with_pillow

_HARMLESS = ("extraneous bytes before marker", "Invalid SOS parameters", "Unknown Adobe", "JFIF revision")
"""Warnings of libjpeg that do not touch the picture: odd encoders cause them, not damage."""

_APP1, _EXIF = 0xE1, b"Exif\x00\x00"


def decode_jpeg(data: bytes) -> tuple[np.ndarray, int]:
    """Returns a JPEG's pixels, [height, width, 3] uint8 RGB as they are stored, and its EXIF orientation.

    Grey and CMYK ones become RGB; the latter is taken to be inverted, as Adobe stores it.

    Raises:
      UnreadablePhotoError: If it is cut off, too large, or scanned too often.
      Exception: Of any kind, if it is damaged.
    """
    scans = jpeg_scans(data)
    if scans is None:
        raise UnreadablePhotoError("the file is cut off")
    try:
        height, width = simplejpeg.decode_jpeg_header(data)[:2]
    except ValueError:
        # libjpeg-turbo's own interface knows the usual subsamplings only; Pillow uses libjpeg's.
        return decode_with_pillow("JPEG", data)
    check_size(width, height)
    if data.count(b"\xff\xda", *scans) >= MAX_JPEG_SCANS:
        raise UnreadablePhotoError(f"JPEG of more than {MAX_JPEG_SCANS} scans")
    return _pixels(data), orientation_of(_exif_of(data))


def _pixels(data: bytes) -> np.ndarray:
    try:
        return simplejpeg.decode_jpeg(data)
    except ValueError as error:
        if not any(warning in str(error) for warning in _HARMLESS):
            raise
        return simplejpeg.decode_jpeg(data, strict=False)


def _exif_of(data: bytes) -> bytes:
    for marker, start, end in jpeg_segments(data):
        if marker == _APP1 and data.startswith(_EXIF, start):
            return data[start:end]
    return b""
