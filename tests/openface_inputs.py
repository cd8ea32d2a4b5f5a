"""CSV files as OpenFace writes them, of the mean head."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emotionet_tf.faces.landmarks_68 import POINTS_68_MM

XY = [*(f"x_{number}" for number in range(68)), *(f"y_{number}" for number in range(68))]


def mean_face(px_per_mm: float = 1.0, place: tuple[float, float] = (200, 150)) -> np.ndarray:
    """The mean head's landmarks with the digits that OpenFace writes, [68, 2]."""
    return np.round(POINTS_68_MM[:, :2] * px_per_mm + place, 1)


def write_csv(path: Path, first: str, rows: Sequence[tuple[str, np.ndarray]], separator: str = ",") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [separator.join([*first.split(","), *XY])]
    lines += [separator.join([cells, *map(str, points.T.ravel())]) for cells, points in rows]
    path.write_text("\n".join(lines) + "\n")
    return path
