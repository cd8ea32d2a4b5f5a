"""One face with its AUs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emotionet_tf.action_units import au_name, describe

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emotionet_tf.inference.face_result import FaceResult

_PRESENT, _ABSENT = "#1b7837", "#b8b8b8"


def plot_face(
    pixels: np.ndarray, result: FaceResult, *, axes: tuple[Axes, Axes] | None = None
) -> tuple[Axes, Axes]:
    """Draws a face with its box and landmarks, and beside it a bar for each AU's score, dark where it is present.

    Args:
      pixels: The photo, [height, width, 3] uint8 RGB.
      result: The face.
      axes: Where to draw the photo and the bars; None makes a figure.
    Raises:
      UserError: If matplotlib is not installed.
    """
    from emotionet_tf.plots.canvas import new_figure

    if axes is None:
        figure = new_figure(9, max(4.0, 0.22 * len(result.aus) + 1))
        left, right = figure.subplots(1, 2, width_ratios=(1.2, 1))
    else:
        left, right = axes
    left.imshow(pixels)
    x, y, width, height = result.face.box
    corners = np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)])
    left.plot(*corners.T, color=_PRESENT)
    left.plot(*result.face.landmarks.T, "o", color="white", markeredgecolor=_PRESENT, markersize=4)
    left.set_axis_off()
    colours = [_PRESENT if decision else _ABSENT for decision in result.decisions]
    right.barh(range(len(result.aus)), np.asarray(result.scores), color=colours)
    right.set_yticks(
        range(len(result.aus)), [f"{au_name(au)} {describe(au)}" for au in result.aus], fontsize=8
    )
    right.invert_yaxis()
    right.set_xlim(0, 1)
    right.set_xlabel("score (dark: present)")
    return left, right
