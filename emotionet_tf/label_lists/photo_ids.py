"""A photo's id and its place below the photo folder, from the path or URL that a list has."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from emotionet_tf.label_lists.text_rows import stripped

_EMOTIONET_STEM = re.compile(r"N_\d+_\d+")


def example_id(path_or_url: str) -> str:
    """Returns an id: EmotioNet's `N_\\d+_\\d+` stem, else its relative path (of a URL: the last part)."""
    text = stripped(path_or_url)
    is_url = "://" in text
    path = PurePosixPath((urlsplit(text).path if is_url else text).replace("\\", "/"))
    if _EMOTIONET_STEM.fullmatch(path.stem):
        return path.stem
    return path.name if is_url else str(path) if path.name else ""


def relative_photo_path(url: str) -> str:
    """Returns where a photo lies below the photo folder: a URL's last folder and file; a path as it is."""
    text = stripped(url)
    if "://" not in text:
        return str(PurePosixPath(text.replace("\\", "/")))
    parts = PurePosixPath(urlsplit(text).path).parts
    return "/".join(part for part in parts[-2:] if part != "/")
