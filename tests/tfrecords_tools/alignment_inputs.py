"""Grey photos, and a detector that finds as many faces in them as they are bright."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from emotionet_tf.faces.align_photos import AlignConfig, AlignSummary, align_photos
from emotionet_tf.faces.crops_and_rows import CropStyle
from emotionet_tf.faces.detectors.interface import Face

SHAPE = np.array([[20, 20], [40, 20], [30, 33], [22, 43], [38, 43.0]])


class StandInDetector:
    """Finds one face for every 100 grey levels of a photo, and remembers how many photos it saw."""

    name = "stand_in"

    def __init__(self) -> None:
        self.num_seen = 0

    def detect(
        self, photos: Sequence[np.ndarray], *, largest_only: bool = True, names: Sequence[str] = ()
    ) -> list[list[Face]]:
        self.num_seen += len(photos)
        counts = [int(photo.mean()) // 100 for photo in photos]
        return [
            [Face((10, 10, 40, 40), 0.9, SHAPE + index) for index in range(count)][
                : 1 if largest_only else None
            ]
            for count in counts
        ]


def photos_folder(folder: Path, levels: dict[str, int]) -> str:
    for name, level in levels.items():
        path = folder / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((60, 80, 3), level, np.uint8))
    return str(folder / "photos")


def align(tmp_path: Path, detector: StandInDetector | None = None, settings=None, **changes) -> AlignSummary:
    config = AlignConfig(str(tmp_path / "photos"), str(tmp_path / "out"), style=CropStyle(32), batch_size=2)
    style = {
        name: changes.pop(name)
        for name in ("crop_size_px", "jpeg_quality", "jpeg_chroma", "framing")
        if name in changes
    }
    config = dataclasses.replace(config, style=dataclasses.replace(config.style, **style), **changes)
    return align_photos(config, detector or StandInDetector(), settings or {})
