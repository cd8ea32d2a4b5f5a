"""Figures that need no display, and their files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from emotionet_tf.errors import UserError
from emotionet_tf.storage.files import written_aside

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def new_figure(width: float, height: float, has_layout: bool = True) -> Figure:
    """Returns an empty figure of this size in inches, which needs no display.

    Args:
      width: In inches.
      height: In inches.
      has_layout: Whether matplotlib lays out the axes; without, the caller does, in half the time for many axes.
    Raises:
      UserError: If matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UserError("charts need matplotlib: pip install 'emotionet_tf[charts]'") from error
    figure = Figure(figsize=(width, height), layout="constrained" if has_layout else None)
    FigureCanvasAgg(figure)
    return figure


def save_png(figure: Figure, path: str | os.PathLike[str], dots_per_inch: float = 100) -> None:
    """Writes a figure as a PNG file."""
    with written_aside(path) as aside:
        figure.savefig(aside, format="png", dpi=dots_per_inch)


def axes_or_new(axes: Axes | None, width: float, height: float) -> Axes:
    """Returns the axes that were given, or those of a new figure of this size in inches."""
    return new_figure(width, height).add_subplot() if axes is None else axes


def shown_as_is(name: str) -> str:
    """Returns a file's or a condition's name as matplotlib shows it literally.

    Between two dollar signs it would read a formula, and a legend leaves out what begins with an underscore.
    """
    text = name.replace("$", r"\$")
    return f"\u200b{text}" if text.startswith("_") else text
