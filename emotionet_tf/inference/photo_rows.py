"""Photos and folders in, the rows of a table of faces out."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.faces.photo_groups import SeenPhoto, detect_in_groups
from emotionet_tf.inference.face_result import FaceResult
from emotionet_tf.inference.tables.face_rows import rows_of_photo
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.photos.reading import list_photos, name_problem
from emotionet_tf.storage.paths import as_path

Detect = Callable[[list[np.ndarray], list[str]], list[list[FaceResult]]]
"""Returns the faces of photos, given as arrays with their names."""

_MAX_FOLDERS_BEFORE = 8

Seen = SeenPhoto[FaceResult] | str
"""A photo with its faces, or why it cannot be read."""


def find_photos(paths: Sequence[str], others: Counter[str] | None = None) -> dict[str, Path]:
    """Returns the photos of files and folders: each file's place by its name in the table.

    A photo in a folder is named by its path from there, a photo that was named itself by its file name; where two
    would share a name, all get as much of the folders before as tells them apart. A file that is named twice is one.

    Args:
      paths: Photos and folders.
      others: Counts the endings of other files in the folders, as `walk_photos` does.
    Raises:
      UserError: If there is no path, one does not exist, a folder has no photo, a name can stand in no table, or two
        photos get one id whatever is put before.
    """
    if not paths:
        raise UserError("name at least one photo or folder")
    found: dict[Path, tuple[Path, str]] = {}
    for path in map(as_path, paths):
        if not path.exists():
            raise UserError(f"{path} does not exist: expected a photo or a folder")
        names = list_photos(path, others) if path.is_dir() else [path.name]
        root = path if path.is_dir() else path.parent
        if problem := next(filter(None, map(name_problem, names)), ""):
            raise UserError(f"rename {os.fspath(path)!r}, which no table can name: {problem}")
        for name in names:
            found.setdefault(root.resolve() / name, (root, name))
    for depth in range(_MAX_FOLDERS_BEFORE + 1):
        photos = {_named(root, name, depth): root / name for root, name in found.values()}
        ids = {example_id(name) for name in photos}
        if len(ids) == len(found):
            return photos
    raise UserError(_shared_id(list(found.values())))


def _named(root: Path, name: str, depth: int) -> str:
    """Returns a photo's name with the last folders of its root before it."""
    return "/".join([*root.resolve().parts[1:][-depth:], name]) if depth else name


def _shared_id(found: Sequence[tuple[Path, str]]) -> str:
    """Returns the message about two photos with one id."""
    first: dict[str, Path] = {}
    for root, name in found:
        other = first.setdefault(example_id(name), root / name)
        if other != root / name:
            return f"{other} and {root / name} would share the id {example_id(name)}: predict them apart"
    raise AssertionError("no id is shared")


def photo_rows(
    photos: Mapping[str, Path],
    detect: Detect,
    batch_size: int,
    on_seen: Callable[[str, Seen], None] = lambda name, seen: None,
) -> Iterator[list[dict[str, Any]]]:
    """Yields the rows of each photo, as `rows_of_groups`."""
    for group in rows_of_groups(photos, detect, batch_size, on_seen):
        yield from group.values()


def rows_of_groups(
    photos: Mapping[str, Path],
    detect: Detect,
    batch_size: int,
    on_seen: Callable[[str, Seen], None] = lambda name, seen: None,
) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Yields the rows of the photos that are looked at together, by photo, while the next ones are being read.

    Args:
      photos: As `find_photos` returns them.
      detect: Finds the faces.
      batch_size: Photos at a time; decides speed and memory only.
      on_seen: Called with each photo's name, and its faces or why it cannot be read.
    """
    with ThreadPoolExecutor() as threads:
        for group in detect_in_groups(photos, detect, threads, batch_size):
            for name, seen in group.items():
                on_seen(name, seen)
            yield {name: rows_of_photo(name, seen) for name, seen in group.items()}
