"""Photos and folders in, the rows of a table of faces out."""

from __future__ import annotations

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
from emotionet_tf.photos.reading import list_photos
from emotionet_tf.storage.paths import as_path

Detect = Callable[[list[np.ndarray], list[str]], list[list[FaceResult]]]
"""Returns the faces of photos, given as arrays with their names."""

Seen = SeenPhoto[FaceResult] | str
"""A photo with its faces, or why it cannot be read."""


def find_photos(paths: Sequence[str]) -> dict[str, Path]:
    """Returns the photos of files and folders: each file's place by its name in the table.

    A photo in a folder is named by its path from there, a photo that was named itself by its file name.

    Raises:
      UserError: If there is no path, one does not exist, a folder has no photo, or two photos get one name or id.
    """
    if not paths:
        raise UserError("name at least one photo or folder")
    photos: dict[str, Path] = {}
    ids: dict[str, Path] = {}
    for path in map(as_path, paths):
        if not path.exists():
            raise UserError(f"{path} does not exist: expected a photo or a folder")
        names = {name: path / name for name in list_photos(path)} if path.is_dir() else {path.name: path}
        for name, place in names.items():
            other = ids.setdefault(example_id(name), place)
            if name in photos or other != place:
                raise UserError(
                    f"{other} and {place} would share the id {example_id(name)}: predict them apart"
                )
            photos[name] = place
    return photos


def photo_rows(
    photos: Mapping[str, Path],
    detect: Detect,
    batch_size: int,
    on_seen: Callable[[str, Seen], None] = lambda name, seen: None,
) -> Iterator[list[dict[str, Any]]]:
    """Yields the rows of some photos at a time, a list for each photo, while the next ones are being read.

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
                yield rows_of_photo(name, seen)
