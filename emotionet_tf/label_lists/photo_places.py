"""Where a photo that is fetched is stored: below the output folder whatever its list says, and in a file of its own."""

from __future__ import annotations

import re
import unicodedata

from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.rejection_reasons import unsafe_file_name

PHOTO_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif"),
    *(".avif", ".heic", ".heif", ".hif"),
)
"""The kinds of file that count as photos, in either case."""

_EMOTIONET_ID = re.compile(r"(N_[0-9]{1,90})_[0-9]{1,90}")
# What Windows forbids or gives another meaning, and what would lead to another folder.
_FORBIDDEN = re.compile(r'[<>:"|?*\\/]')
_DEVICE = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3]) *(\..*)?", re.IGNORECASE
)
# Names may have 255 bytes; the file is written aside under a longer one.
_MAX_NAME_BYTES = 200
_MAX_PATH_BYTES = 1000


def stored_photo_path(photo_id: str) -> str:
    """Returns the relative path, with forward slashes, under which the photo with an id is stored.

    EmotioNet's `N_0000000201_00001` is stored as `N_0000000201/N_0000000201_00001.jpg`, any other id under itself:
    of the path, `photo_ids.example_id` makes the id again, so that the photo and its labels find each other. An id
    that is not a harmless name everywhere is refused, not changed.

    Raises:
      ValueError: With the reason, if a photo with this id cannot be stored.
    """
    if emotionet := _EMOTIONET_ID.fullmatch(photo_id):
        return f"{emotionet[1]}/{photo_id}.jpg"
    names = photo_id.split("/")
    problem = next(filter(None, map(_name_problem, names)), "")
    if problem:
        pass
    elif not photo_id.lower().endswith(PHOTO_SUFFIXES):
        problem = f"ends in none of {', '.join(PHOTO_SUFFIXES)}"
    elif any(name.lower().endswith(PHOTO_SUFFIXES) for name in names[:-1]):
        problem = "has a folder that is named like a photo"
    elif len(photo_id.encode()) > _MAX_PATH_BYTES:
        problem = f"has more than {_MAX_PATH_BYTES} bytes"
    elif example_id(photo_id) != photo_id:
        problem = f"would be read as '{example_id(photo_id)}'"
    if problem:
        raise ValueError(unsafe_file_name(problem))
    return photo_id


def place_key(photo: str) -> str:
    """Returns what two stored paths have in common if some disk takes them for one: case and accents' spelling."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", photo).casefold())


def _name_problem(name: str) -> str:
    """Returns why a file or folder cannot have a name everywhere; empty where it can."""
    if not name:
        return "is empty, begins with a slash or has an empty folder name"
    if name.startswith("."):
        return "has a name that begins with a dot"
    if name != name.strip() or name.endswith("."):
        return "has a name that begins or ends with a blank, or ends with a dot"
    if not name.isprintable() or "\ufffd" in name:
        return "has a character that cannot be printed"
    if found := _FORBIDDEN.search(name):
        return f"has a '{found[0]}'"
    if _DEVICE.fullmatch(name):
        return "has a name that is a device on Windows"
    if len(name.encode()) > _MAX_NAME_BYTES:
        return f"has a name of more than {_MAX_NAME_BYTES} bytes"
    return ""
