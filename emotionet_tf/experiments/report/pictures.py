"""Figures as parts of the report's page."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from emotionet_tf.experiments.report.page import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DOTS_PER_INCH = 130


def picture_of(figure: Figure, name: str, title: str, alternative: str, caption: str = "") -> Picture:
    """Returns a drawn figure with its texts, as `Picture` has them."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=_DOTS_PER_INCH)
    return Picture(name, title, alternative, content.getvalue(), caption)
