"""Finding and reading photos: every one is either decoded whole or refused with a reason."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from emotionet_tf.errors import UserError

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
"""The kinds of file that count as photos, in either case."""


class UnreadablePhotoError(Exception):
    """A file that is no whole photo; its message is the reason, without the path."""


def list_photos(folder: str | os.PathLike[str]) -> list[str]:
    """Returns the photos below a folder: relative paths with forward slashes, sorted.

    Hidden files and folders, whose names begin with a dot, are left out.

    Raises:
      UserError: If there is no such folder, no photo in it, or a name that is not UTF-8.
    """
    root = Path(folder)
    if not root.is_dir():
        raise UserError(f"photos folder {folder} is missing or no folder")
    found = []
    for parent, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        place = Path(parent).relative_to(root)
        found += [
            (place / name).as_posix()
            for name in names
            if not name.startswith(".") and Path(name).suffix.lower() in PHOTO_SUFFIXES
        ]
    if not found:
        raise UserError(f"photos folder {folder} holds no photo ({', '.join(PHOTO_SUFFIXES)})")
    for name in found:
        if name.encode(errors="replace").decode() != name:
            raise UserError(f"photo {name!r} has a name that is not UTF-8: rename it")
    return sorted(found)


def read_photo(path: str | os.PathLike[str]) -> np.ndarray:
    """Returns a photo, [height, width, 3] uint8 RGB, turned upright as its EXIF orientation says.

    Raises:
      UnreadablePhotoError: If the file cannot be opened, is cut off, or is no picture.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UnreadablePhotoError(error.strerror or "cannot be opened") from error
    return decode_photo(data)


def decode_photo(data: bytes) -> np.ndarray:
    """Returns the photo that a file's bytes hold, as `read_photo` does."""
    if not data:
        raise UnreadablePhotoError("empty file")
    if is_cut_off(data):
        raise UnreadablePhotoError("the file is cut off")
    try:
        photo = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise UnreadablePhotoError(f"cannot be decoded: {error.err}") from error
    if photo is None:
        raise UnreadablePhotoError("not a picture, or damaged")
    return cv2.cvtColor(photo, cv2.COLOR_BGR2RGB)


def format_unreadable(unreadable: Sequence[tuple[str, str]], limit: int = 10) -> str:
    """Returns lines that list photos with the reason why they cannot be read, at most `limit` of them."""
    lines = [f"  unreadable: {photo}: {reason}" for photo, reason in unreadable[:limit]]
    if len(unreadable) > limit:
        lines.append(f"  ... and {len(unreadable) - limit} more")
    return "\n".join(lines)


def is_cut_off(data: bytes) -> bool:
    """Says whether the end of a JPEG or PNG is missing; of other kinds it cannot be told without decoding."""
    # A decoder fills what is missing of a photo with grey and says nothing, so the end marker is looked for.
    if data.startswith(b"\xff\xd8"):
        return _is_jpeg_cut_off(data)
    if data.startswith(b"\x89PNG"):
        return b"IEND" not in data[-1024:]
    return False


def _is_jpeg_cut_off(data: bytes) -> bool:
    """Says whether a JPEG's scans have no end marker; what lies in segments before or behind the end is no matter.

    Segments may hold a preview with an end marker of its own, and cameras append whole films. In a scan's data the
    marker cannot occur by chance: there every byte 0xFF is followed by 0x00 or a restart marker.
    """
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xDA:
            return data.find(b"\xff\xd9", place) < 0
        if marker == 0xFF:
            place += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            place += 2
        else:
            place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    # Out of data before the first scan; anything else than a marker here is for the decoder to judge.
    return place + 4 > len(data)
