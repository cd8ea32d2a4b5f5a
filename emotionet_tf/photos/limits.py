"""What is asked of a photo before any of it is decoded, and the error of one that cannot be read."""

from __future__ import annotations

MAX_FILE_BYTES = 1 << 28
"""Largest file that is read, 268 MB: our choice; no JPEG or PNG of `MAX_PIXELS` needs as much."""

MAX_PIXELS = 1 << 27
"""Largest photo that is decoded, 134 million pixels: our choice. Phones' 108 million and a panorama of 20,000 x 6,700
pass; as RGB the largest takes 403 MB, and while it is decoded up to three times as much.
"""

MAX_JPEG_SCANS = 100
"""Most passes over the pixels that a JPEG may ask for: our choice. Encoders make about ten; a small file of thousands
would keep a decoder busy for hours.
"""


class UnreadablePhotoError(Exception):
    """A file that is not a whole photo; its message is the reason, one short line without the path."""


def check_num_bytes(num_bytes: int) -> None:
    """Raises UnreadablePhotoError for a file that is empty or larger than `MAX_FILE_BYTES`."""
    if num_bytes == 0:
        raise UnreadablePhotoError("empty file")
    if num_bytes > MAX_FILE_BYTES:
        raise UnreadablePhotoError(
            f"file of {num_bytes / 1e6:.0f} MB, more than the {MAX_FILE_BYTES / 1e6:.0f} MB that are read"
        )


def check_size(width: int, height: int) -> None:
    """Raises UnreadablePhotoError for a photo without pixels or with more than `MAX_PIXELS`."""
    if width < 1 or height < 1:
        raise UnreadablePhotoError(f"{width} x {height} px: no pixels")
    if width * height > MAX_PIXELS:
        raise UnreadablePhotoError(
            f"{width} x {height} px, more than the {MAX_PIXELS / 1e6:.0f} million pixels that are decoded"
        )
