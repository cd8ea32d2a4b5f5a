"""Faces in photos that lie on their side or upside down: how many are found, and where their landmarks are.

    python -m benchmarks.turned_photos --photos_dir=DIR [--photos_dir=DIR ...] [--detectors=mediapipe]

Every photo is turned by 0, 90, 180 and 270 degrees, without a word of it in EXIF, and searched by the detector alone
and by the detector that looks at turned copies. A face is right where its five landmarks lie within a fifth of the
eyes' distance, on average, of those that the detector alone finds in the photo as it is, turned likewise. In photos
where it finds none, faces in copies are counted by themselves: most are false.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from absl import flags

from emotionet_tf.cli import detector_flags, entry_point

if TYPE_CHECKING:
    from emotionet_tf.faces.detectors.interface import Detector, Face

_PHOTOS_DIRS = flags.DEFINE_multi_string(
    "photos_dir", None, "Folder of upright photos; repeat for more.", required=True
)
_EVERY = flags.DEFINE_integer("each", 1, "Take each so-many-th photo of a folder.", lower_bound=1)
_RIGHT = 0.2
"""Mean distance of the landmarks, in distances of the eyes; our choice. Upside down it is 1.2 and more."""
flags.adopt_module_key_flags(detector_flags)


def main(arguments: list[str]) -> None:
    """Prints a line for each way and turn."""
    entry_point.refuse_arguments(arguments)
    import cv2

    from emotionet_tf.faces.detectors.choice import build_detector

    # As `predict` has it.
    cv2.setNumThreads(1)
    choice = detector_flags.detector_choice()
    alone = build_detector(replace(choice, turned_faces=False))
    ways = {"alone": alone, "with turned copies": build_detector(replace(choice, turned_faces=True))}
    photos = list(_photos())
    known = [_largest(alone, photo) for photo in photos]
    num_faces = sum(face is not None for face in known)
    print(f"{alone.name}: {num_faces} photos with a face as they are, {len(photos) - num_faces} without")
    print("                    degrees  right  wrong  none   faces in those without   ms a photo")
    for name, detector in ways.items():
        for turn in range(4):
            print(f"{name:20s}{90 * turn:7d}" + _figures(detector, photos, known, turn))


def _figures(
    detector: Detector, photos: Sequence[np.ndarray], known: Sequence[Face | None], turn: int
) -> str:
    """Returns a line's figures of photos that are turned clockwise by so many quarters."""
    from emotionet_tf.faces.detectors.turned_faces import turned, turned_back

    num_right = num_wrong = num_none = num_false = 0
    seconds = 0.0
    for photo, true in zip(photos, known, strict=True):
        copy = turned(photo, -turn % 4)
        start = time.perf_counter()
        found = _largest(detector, copy)
        seconds += time.perf_counter() - start
        if true is None:
            num_false += found is not None
        elif found is None:
            num_none += 1
        else:
            upright = turned_back(found, -turn % 4, photo.shape)
            apart = np.linalg.norm(upright.landmarks - true.landmarks, axis=1).mean()
            is_right = apart < _RIGHT * np.linalg.norm(true.landmarks[1] - true.landmarks[0])
            num_right, num_wrong = num_right + is_right, num_wrong + (not is_right)
    return (
        f"{num_right:7d}{num_wrong:7d}{num_none:6d}{num_false:25d}{1e3 * seconds / max(1, len(photos)):13.1f}"
    )


def _largest(detector: Detector, photo: np.ndarray) -> Face | None:
    return next(iter(detector.detect([photo])[0]), None)


def _photos() -> Iterator[np.ndarray]:
    """Yields the photos of the folders."""
    from emotionet_tf.photos.reading import list_photos, read_photo

    for folder in _PHOTOS_DIRS.value:
        for name in list_photos(folder)[:: _EVERY.value]:
            yield read_photo(Path(folder, name))


if __name__ == "__main__":
    entry_point.run(main)
