"""A photo's id and its place below the photo folder, from the path or URL that a list has."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from emotionet_tf.label_lists.tables.text_rows import stripped

_EMOTIONET_STEM = re.compile(r"N_[0-9]+_[0-9]+")


def example_id(path_or_url: str) -> str:
    """Returns an id: EmotioNet's `N_\\d+_\\d+` stem, else its relative path (of a URL: the file's name)."""
    text = stripped(path_or_url)
    is_url = "://" in text
    slashed = (_url_path(text) if is_url else text).replace("\\", "/")
    # A list has a million of these, and taking a path apart costs ten times as much.
    stem = slashed.rpartition("/")[2].rpartition(".")[0]
    if _EMOTIONET_STEM.fullmatch(stem):
        return stem
    path = PurePosixPath(slashed)
    if _EMOTIONET_STEM.fullmatch(path.stem):
        return path.stem
    return path.name if is_url else str(path) if path.name else ""


def relative_photo_path(url: str) -> str:
    """Returns where a photo lies below the photo folder: a URL's last folder and file; a path as it is."""
    text = stripped(url)
    if "://" not in text:
        return str(PurePosixPath(text.replace("\\", "/")))
    names = PurePosixPath(_url_path(text)).parts
    return "/".join(name for name in names[-2:] if name != "/")


def _url_path(url: str) -> str:
    """Returns a URL's path, without query and fragment; also of broken URLs, which urllib refuses."""
    behind = url.partition("://")[2].partition("?")[0].partition("#")[0]
    return "".join(behind.partition("/")[1:])
