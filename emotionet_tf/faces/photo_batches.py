"""A batch of photos read and looked at: each with its pixels and faces, or with why it cannot be read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotionet_tf.faces.detection import Detector, Face
from emotionet_tf.faces.photos import UnreadablePhotoError, read_photo


@dataclass(frozen=True, eq=False)
class SeenPhoto:
    """A photo that was looked at.

    Attributes:
      pixels: [height, width, 3] uint8 RGB.
      faces: What was found in it, the largest face first.
    """

    pixels: np.ndarray
    faces: list[Face]


def look_at(
    photos_dir: str | os.PathLike[str],
    photos: Sequence[str],
    detector: Detector,
    threads: Executor,
    *,
    largest_only: bool = True,
) -> dict[str, SeenPhoto | str]:
    """Returns each photo as it was seen, or the reason why it cannot be read.

    Args:
      photos_dir: The photos' folder.
      photos: Relative paths; all are in memory at once.
      detector: Finds the faces.
      threads: They read the photos.
      largest_only: Whether one face a photo is enough.
    """

    def read(photo: str) -> np.ndarray | str:
        try:
            return read_photo(Path(photos_dir, photo))
        except UnreadablePhotoError as error:
            return str(error)

    contents = dict(zip(photos, threads.map(read, photos), strict=True))
    pixels = {photo: content for photo, content in contents.items() if not isinstance(content, str)}
    faces = detector.detect(list(pixels.values()), largest_only=largest_only, names=list(pixels))
    found = dict(zip(pixels, faces, strict=True))
    return {
        photo: content if isinstance(content, str) else SeenPhoto(content, found[photo])
        for photo, content in contents.items()
    }
