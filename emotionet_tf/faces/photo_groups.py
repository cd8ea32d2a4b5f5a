"""Photos read and searched for faces a few at a time: each with its pixels and faces, or why it cannot be read."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

import numpy as np

from emotionet_tf.cpu_cores import num_cores
from emotionet_tf.errors import UserError
from emotionet_tf.photos.reading import UnreadablePhotoError, read_photo
from emotionet_tf.storage.paths import as_path

GROUP_BYTES = max(1 << 28, num_cores() << 26)
"""Pixels that are searched together, 268 MB or 67 MB a core: our choice. A batch of phones' photos has more."""

FoundT = TypeVar("FoundT")
"""What is found in a photo: a `Face`, or that and more."""


@dataclass(frozen=True, eq=False)
class SeenPhoto(Generic[FoundT]):
    """A photo that was searched for faces.

    Attributes:
      pixels: [height, width, 3] uint8 RGB.
      faces: What was found in it, the largest face first.
    """

    pixels: np.ndarray
    faces: list[FoundT]


def read_groups(
    places: Mapping[str, str | os.PathLike[str]],
    threads: Executor,
    group_bytes: int = GROUP_BYTES,
    group_photos: int | None = None,
) -> Iterator[dict[str, np.ndarray | str]]:
    """Yields photos in their order, some at a time: pixels, [height, width, 3] uint8 RGB, or why there are none.

    Args:
      places: The photos' paths by their names.
      threads: They read a few photos ahead.
      group_bytes: Most pixels of a group, in bytes; a larger photo comes alone.
      group_photos: Most photos of a group; None for no limit.
    """
    paths = iter(places.values())
    ahead = deque(threads.submit(_read, path) for path in islice(paths, num_cores()))
    group: dict[str, np.ndarray | str] = {}
    num_bytes = 0
    for name in places:
        content = ahead.popleft().result()
        ahead.extend(threads.submit(_read, path) for path in islice(paths, 1))
        own_bytes = 0 if isinstance(content, str) else content.nbytes
        if group and (num_bytes + own_bytes > group_bytes or len(group) == group_photos):
            yield group
            group, num_bytes = {}, 0
        group[name] = content
        num_bytes += own_bytes
    if group:
        yield group


def detect_in_groups(
    places: Mapping[str, str | os.PathLike[str]],
    detect: Callable[[list[np.ndarray], list[str]], list[list[FoundT]]],
    threads: Executor,
    group_photos: int | None = None,
) -> Iterator[dict[str, SeenPhoto[FoundT] | str]]:
    """Yields photos with their faces, or the reason why they cannot be read, in groups as `read_groups` does.

    Args:
      places: The photos' paths by their names.
      detect: Returns the faces of photos, given their pixels and their names.
      threads: They read the photos, a few ahead of those that are being searched.
      group_photos: Most photos of a group; None for no limit.
    """
    for contents in read_groups(places, threads, group_photos=group_photos):
        pixels = {name: content for name, content in contents.items() if not isinstance(content, str)}
        found = dict(zip(pixels, detect(list(pixels.values()), list(pixels)), strict=True))
        yield {
            name: content if isinstance(content, str) else SeenPhoto(content, found[name])
            for name, content in contents.items()
        }


def _read(path: str | os.PathLike[str]) -> np.ndarray | str:
    try:
        return read_photo(path)
    except UnreadablePhotoError as error:
        if isinstance(error.__cause__, FileNotFoundError) and not as_path(path).parent.is_dir():
            # It was there when the photos were listed.
            away = (
                f"{as_path(path).parent} is not there any more; see that its drive is connected and mounted"
            )
            raise UserError(f"{away}, then the same command resumes") from error
        return str(error)
