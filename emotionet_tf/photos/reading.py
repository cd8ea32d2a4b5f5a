"""Finding and reading photos: every one is either decoded whole or refused with a reason."""

from __future__ import annotations

import heapq
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.photo_places import PHOTO_SUFFIXES
from emotionet_tf.photos.decoding import decode_photo
from emotionet_tf.photos.file_kinds import kind_of
from emotionet_tf.photos.limits import UnreadablePhotoError, check_num_bytes
from emotionet_tf.photos.passed_over import UNNAMED_PHOTO, passed_over
from emotionet_tf.storage.machine_errors import is_lost_drive
from emotionet_tf.storage.paths import RemotePath, as_path

MAX_NAME_BYTES = 230
"""Longest name of a photo, as UTF-8: file systems take 255, and a crop's name, while it is written, is longer."""

_START_BYTES = 64
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")


def list_photos(folder: str | os.PathLike[str], others: Counter[str] | None = None) -> list[str]:
    """Returns the photos of `walk_photos`, sorted."""
    return sorted(walk_photos(folder, others))


def walk_photos(folder: str | os.PathLike[str], others: Counter[str] | None = None) -> Iterator[str]:
    """Yields the photos below a folder, in no order, without keeping them: relative paths with forward slashes.

    All that bears a photo's suffix and is not a folder counts, so that what cannot be read, such as a link to nothing,
    is not lost from sight. Hidden files and folders, whose names begin with a dot, are left out. Links to files and to
    folders are followed wherever they lead; a folder that several names lead to is entered once, by its own name where
    it has one below `folder`, and links to `folder` or to what holds it are not followed. Names stay as they are: two
    that differ in case or in Unicode's normal form only are two photos.

    Args:
      folder: The folder.
      others: Counts the endings of the files that are passed over, in small letters; None to count none.
    Raises:
      UserError: If there is no such folder, one in it cannot be listed, no photo is in it, or (at the end) if there
        were names that no table or crop can bear.
    """
    if not as_path(folder).is_dir():
        raise UserError(f"photos folder {folder} is missing or not a folder")
    is_empty = True
    refused: list[str] = []
    try:
        for name in _names_below(os.fspath(folder)):
            ending = os.path.splitext(name)[1].lower()
            if ending not in PHOTO_SUFFIXES:
                if others is not None:
                    others[ending or _unnamed(as_path(folder) / name)] += 1
                continue
            is_empty = False
            if problem := name_problem(name):
                refused.append(f"{name!r}: {problem}")
            else:
                yield name
    except OSError as error:
        raise UserError(
            f"folder {error.filename} cannot be searched for photos: {error.strerror}; repair its permissions or move "
            "it away"
        ) from error
    if refused:
        raise UserError(
            f"rename {len(refused)} photo(s) in {folder}, such as {refused[0]}; a name is UTF-8 without control "
            f"characters, of at most {MAX_NAME_BYTES} bytes"
        )
    if is_empty:
        more = "".join(f"; {sentence}" for sentence in passed_over(others or {}))
        raise UserError(f"photos folder {folder} holds no photo ({', '.join(PHOTO_SUFFIXES)}){more}")


def _unnamed(path: Path) -> str:
    """Returns what a file without an ending counts as; remote ones are not opened for that."""
    if isinstance(path, RemotePath) or not path.is_file():
        return ""
    try:
        with path.open("rb") as file:
            return UNNAMED_PHOTO if kind_of(file.read(_START_BYTES)) else ""
    except OSError:
        return ""


def photo_place(photos_dir: str | os.PathLike[str], photo: str) -> Path:
    """Returns where a photo lies that a list names by its path below the photos' folder.

    Raises:
      UnreadablePhotoError: If the path is absolute or climbs out of the folder.
    """
    names = re.split(r"[/\\]", photo)
    if not photo or names[0] == "" or names[0].endswith(":") or ".." in names:
        raise UnreadablePhotoError("path leads out of the photos' folder")
    return as_path(photos_dir) / photo


def read_photo(path: str | os.PathLike[str]) -> np.ndarray:
    """Returns a photo from a file, turned upright as its EXIF orientation says.

        photo = read_photo("portraits/ann.jpg")
        photo.shape  # (1080, 1920, 3)

    JPEG, PNG, TIFF, WebP, GIF, BMP, AVIF and HEIC (with pillow-heif) are read, whatever the file's name ends in; of
    several pictures in a file, the first. What is transparent shows white, 16-bit samples are scaled to 8, and colour
    profiles are ignored.

    Args:
      path: The file; a local path, or one that begins with gs://.
    Returns:
      [height, width, 3] uint8, the channels in the order red, green, blue.
    Raises:
      UnreadablePhotoError: If the file cannot be opened, is not a regular file, is empty, damaged, not a photo, or
        larger than 268 MB or 134 million pixels. The message is the reason, without the path.
      OSError: If the drive that the file is on does not answer.
    """
    try:
        status = as_path(path).stat()
        # Opening a pipe would wait for whoever writes to it, and opening a device may do anything.
        if not stat.S_ISREG(status.st_mode):
            raise UnreadablePhotoError("a folder, pipe, socket or device, not a file")
        check_num_bytes(status.st_size)
        data = as_path(path).read_bytes()
    except OSError as error:
        if is_lost_drive(error, as_path(path)):
            raise  # as one photo after the other would be said to be unreadable
        raise UnreadablePhotoError(error.strerror or "cannot be opened") from error
    except ValueError as error:
        raise UnreadablePhotoError(f"no path of a file: {error}") from error
    return decode_photo(data)


def format_unreadable(unreadable: Sequence[tuple[str, str]], limit: int = 10) -> str:
    """Returns lines that list photos with the reason why they cannot be read, at most `limit` of them."""
    lines = [f"  unreadable: {photo}: {reason}" for photo, reason in unreadable[:limit]]
    if len(unreadable) > limit:
        lines.append(f"  ... and {len(unreadable) - limit} more")
    return "\n".join(lines)


def name_problem(name: str) -> str:
    """Returns why a photo's relative path can stand in no table or crop's name; empty if it can."""
    try:
        num_bytes = len(name.rpartition("/")[2].encode())
    except UnicodeEncodeError:
        return "not UTF-8"
    if _CONTROL_CHARACTER.search(name):
        return "a control character"
    return f"{num_bytes} bytes" if num_bytes > MAX_NAME_BYTES else ""


def _names_below(root: str) -> Iterator[str]:
    """Yields the relative paths of all below a folder that is neither a folder nor hidden; as `walk_photos` says."""
    if isinstance(remote := as_path(root), RemotePath):
        yield from _remote_names_below(remote)
        return
    entered = {_identity(folder) for folder in Path(os.path.realpath(root)).parents}
    folders: list[str] = [""]
    links: list[str] = []
    while folders or links:
        # Links come last, so that photos get the names that they have without them.
        place = folders.pop() if folders else heapq.heappop(links)
        identity = _identity(os.path.join(root, place))
        if identity in entered:
            continue
        entered.add(identity)
        with os.scandir(os.path.join(root, place)) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{place}{entry.name}/")
                elif entry.is_symlink() and os.path.isdir(entry.path):
                    heapq.heappush(links, f"{place}{entry.name}/")
                else:
                    yield place + entry.name


def _remote_names_below(folder: RemotePath, place: str = "") -> Iterator[str]:
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        # Each question costs a call over the network: what bears a photo's suffix is taken for one.
        if not path.name.lower().endswith(PHOTO_SUFFIXES) and path.is_dir():
            yield from _remote_names_below(path, f"{place}{path.name}/")
        else:
            yield place + path.name


def _identity(folder: str | os.PathLike[str]) -> tuple[int, int]:
    status = os.stat(folder)
    return status.st_dev, status.st_ino
