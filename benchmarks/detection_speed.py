"""Times face detection: this library's MTCNN driver beside that of the package `mtcnn`, on the same photos.

python -m benchmarks.detection_speed --photos_dir=DIR [--num_photos=64] [--max_side_px=400]
"""

import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import numpy as np
from absl import flags

from emotionet_tf.cli import entry_point

_PHOTOS_DIR = flags.DEFINE_string("photos_dir", None, "Folder of photos.", required=True)
_NUM_PHOTOS = flags.DEFINE_integer("num_photos", 64, "Photos to time, the first of the folder.")
_MAX_SIDE_PX = flags.DEFINE_integer("max_side_px", 400, "Larger photos are scaled down to this side before.")
_PACKAGE_BATCH = 16


def main(arguments: list[str]) -> None:
    """Prints for each way its milliseconds a photo, in a second call, and in how many photos it finds a face."""
    entry_point.refuse_arguments(arguments)
    import cv2
    from mtcnn import MTCNN

    from emotionet_tf.faces.detectors.mtcnn import MtcnnDetector
    from emotionet_tf.photos.reading import list_photos, read_photo

    photos = []
    for name in list_photos(_PHOTOS_DIR.value)[: _NUM_PHOTOS.value]:
        photo = read_photo(Path(_PHOTOS_DIR.value, name))
        scale = min(1, _MAX_SIDE_PX.value / max(photo.shape))
        photos.append(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    detector, package = MtcnnDetector(), MTCNN()
    groups = [photos[start : start + _PACKAGE_BATCH] for start in range(0, len(photos), _PACKAGE_BATCH)]
    ways: dict[str, Callable[[], list]] = {
        "this library, largest face": lambda: detector.detect(photos),
        "this library, all faces": lambda: detector.detect(photos, largest_only=False),
        "package, photo by photo": lambda: [package.detect_faces(photo) for photo in photos],
        f"package, batches of {_PACKAGE_BATCH}": lambda: list(
            chain.from_iterable(map(package.detect_faces, groups))
        ),
    }
    sides = [max(photo.shape) for photo in photos]
    print(
        f"{len(photos)} photos, longer side {min(sides)} to {max(sides)} px (median {np.median(sides):.0f})"
    )
    for name, detect in ways.items():
        detect()  # the first call compiles
        start = time.perf_counter()
        found = detect()
        milliseconds = (time.perf_counter() - start) / len(photos) * 1e3
        print(f"{name:32s}{milliseconds:7.1f} ms a photo, a face in {sum(map(bool, found))}")


if __name__ == "__main__":
    entry_point.run(main)
