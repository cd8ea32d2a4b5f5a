"""The faces of photos that show an AU most, cut out, and with the heat map of their AUs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from emotionet_tf.action_units import au_name, describe
from emotionet_tf.faces.aligned_crops import warp
from emotionet_tf.faces.box_crops import box_transform
from emotionet_tf.faces.table import BOX_COLUMNS
from emotionet_tf.inference.face_result import FaceResult
from emotionet_tf.inference.tables.face_rows import decision_name
from emotionet_tf.photos.reading import UnreadablePhotoError, read_photo
from emotionet_tf.plots.canvas import new_figure
from emotionet_tf.plots.muscles import heated

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NUM_EXAMPLES, _SIDE_PX = 6, 112
Box = tuple[float, float, float, float]
Look = Callable[[np.ndarray], list[FaceResult]]
"""Returns all faces of a photo, [height, width, 3] uint8 RGB."""


@dataclass(frozen=True, eq=False)
class Example:
    """A face that shows an AU.

    Attributes:
      file: The photo's name in the table.
      score: The AU's.
      crop: [112, 112, 3] uint8 RGB.
      heat: The same with the heat map of all its AUs; None where the face was not looked at again.
    """

    file: str
    score: float
    crop: np.ndarray
    heat: np.ndarray | None


def strongest_examples(
    table: pd.DataFrame, aus: Sequence[int], photos: Mapping[str, Path], look: Look | None = None
) -> dict[int, list[Example]]:
    """Returns for each AU that is declared somewhere the faces with its highest scores, six at most.

    Args:
      table: Of photos, as `predict` writes it.
      aus: The AUs.
      photos: The photos' places by their names; a photo that has gone is left out.
      look: Looks at a photo again, for the heat maps; None for none.
    """
    cut: dict[tuple[str, Box], tuple[np.ndarray, np.ndarray | None] | None] = {}
    examples: dict[int, list[Example]] = {}
    for au in aus:
        declared = table[table[decision_name(au)] == 1]
        if declared.empty:
            continue
        for row in declared.nlargest(_NUM_EXAMPLES, au_name(au)).to_dict("records"):
            box: Any = tuple(float(row[column]) for column in BOX_COLUMNS)
            key = str(row["file"]), box
            if key not in cut:
                cut[key] = _cut(photos.get(key[0]), box, look)
            if (crops := cut[key]) is not None:
                examples.setdefault(au, []).append(Example(key[0], float(row[au_name(au)]), *crops))
    return examples


def _cut(place: Path | None, box: Box, look: Look | None) -> tuple[np.ndarray, np.ndarray | None] | None:
    """Returns a face's crop, and with its heat map; None where the photo cannot be read any more."""
    if place is None:
        return None
    try:
        pixels = read_photo(place)
    except (UnreadablePhotoError, OSError):
        return None
    transform = box_transform(box, "close_up", _SIDE_PX)
    crop = warp(pixels, transform, _SIDE_PX)
    faces = [] if look is None else look(pixels)
    if not faces:
        return crop, None
    nearest = min(faces, key=lambda face: sum(abs(a - b) for a, b in zip(face.face.box, box, strict=True)))
    return crop, warp(heated(pixels, nearest), transform, _SIDE_PX)


def examples_figure(examples: Mapping[int, Sequence[Example]], *, with_heat: bool) -> Figure:
    """Returns a figure with a row of faces for each AU.

    Args:
      examples: As `strongest_examples` returns them.
      with_heat: Whether the faces are shown with their heat maps.
    Raises:
      UserError: If matplotlib is not installed.
    """
    figure = new_figure(1.25 * _NUM_EXAMPLES + 2, 1.3 * max(1, len(examples)), has_layout=False)
    grid = figure.subplots(max(1, len(examples)), _NUM_EXAMPLES, squeeze=False)
    figure.subplots_adjust(left=0.2, right=1, top=1, bottom=0, wspace=0.02, hspace=0.02)
    for axes in grid.ravel():
        axes.set_axis_off()
    for row, (au, faces) in zip(grid, examples.items(), strict=False):
        title, aligned = f"{au_name(au)}\n{describe(au)}", {"ha": "right", "va": "center"}
        row[0].text(-0.08, 0.5, title, transform=row[0].transAxes, fontsize=8, **aligned)
        for axes, face in zip(row, faces, strict=False):
            axes.imshow(face.heat if with_heat and face.heat is not None else face.crop)
    return figure
