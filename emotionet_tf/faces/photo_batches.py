"""Photos read and looked at a few at a time: each with its pixels and faces, or with why it cannot be read."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from emotionet_tf.faces.cores import num_cores
from emotionet_tf.faces.detection import Detector, Face
from emotionet_tf.faces.photos import UnreadablePhotoError, read_photo

GROUP_BYTES = max(1 << 28, num_cores() << 26)
"""Pixels that are looked at together, 268 MB or 67 MB a core: our choice. A batch of phones' photos has more."""


@dataclass(frozen=True, eq=False)
class SeenPhoto:
    """A photo that was looked at.

    Attributes:
      pixels: [height, width, 3] uint8 RGB.
      faces: What was found in it, the largest face first.
    """

    pixels: np.ndarray
    faces: list[Face]


def read_groups(
    places: Mapping[str, str | os.PathLike[str]], threads: Executor, group_bytes: int = GROUP_BYTES
) -> Iterator[dict[str, np.ndarray | str]]:
    """Yields photos in their order, some at a time: pixels, [height, width, 3] uint8 RGB, or why there are none.

    Args:
      places: The photos' paths by their names.
      threads: They read a few photos ahead.
      group_bytes: Most pixels of a group, in bytes; a larger photo comes alone.
    """
    paths = iter(places.values())
    ahead = deque(threads.submit(_read, path) for path in islice(paths, num_cores()))
    group: dict[str, np.ndarray | str] = {}
    num_bytes = 0
    for name in places:
        content = ahead.popleft().result()
        ahead.extend(threads.submit(_read, path) for path in islice(paths, 1))
        own_bytes = 0 if isinstance(content, str) else content.nbytes
        if group and num_bytes + own_bytes > group_bytes:
            yield group
            group, num_bytes = {}, 0
        group[name] = content
        num_bytes += own_bytes
    if group:
        yield group


def look_at(
    photos_dir: str | os.PathLike[str],
    photos: Sequence[str],
    detector: Detector,
    threads: Executor,
    *,
    largest_only: bool = True,
) -> Iterator[dict[str, SeenPhoto | str]]:
    """Yields photos as they were seen, or the reason why they cannot be read, in groups as `read_groups` does.

    Args:
      photos_dir: The photos' folder.
      photos: Relative paths.
      detector: Finds the faces.
      threads: They read the photos.
      largest_only: Whether one face a photo is enough.
    """
    for contents in read_groups({photo: Path(photos_dir, photo) for photo in photos}, threads):
        pixels = {photo: content for photo, content in contents.items() if not isinstance(content, str)}
        faces = detector.detect(list(pixels.values()), largest_only=largest_only, names=list(pixels))
        found = dict(zip(pixels, faces, strict=True))
        yield {
            photo: content if isinstance(content, str) else SeenPhoto(content, found[photo])
            for photo, content in contents.items()
        }


def _read(path: str | os.PathLike[str]) -> np.ndarray | str:
    try:
        return read_photo(path)
    except UnreadablePhotoError as error:
        return str(error)
