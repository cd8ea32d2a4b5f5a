"""One HTML page about a comparison of programs: a figure and the tables that `compare` prints.

The page is one file, which loads nothing from elsewhere.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.inference.comparison.comparison import Comparison
from emotionet_tf.inference.comparison.text_tables import (
    OF_INTENSITIES,
    ON_ALL,
    ON_COMMON,
    about_intervals,
    about_tables,
    all_cells,
    common_cells,
    intensity_cells,
)
from emotionet_tf.plots.canvas import axes_or_new, shown_as_is
from emotionet_tf.plots.page_templates import check_page, page_templates, png_text
from emotionet_tf.storage.files import written_aside

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TEXT_COLUMNS = 2
"""AU and table; numbers stand behind them."""


def check_comparison_page(path: str) -> None:
    """Raises UserError unless the page can be written to a path, and its packages are there."""
    check_page(path)


def write_comparison_page(path: Path, comparison: Comparison) -> None:
    """Writes the page.

    Args:
      path: The file.
      comparison: What is shown.
    Raises:
      UserError: If matplotlib or jinja2 is not installed.
    """
    sections = [(ON_COMMON, common_cells(comparison)), (ON_ALL, all_cells(comparison))]
    if any(one.num_graded for one in comparison.aus):
        sections.append((OF_INTENSITIES, intensity_cells(comparison)))
    figure = plot_comparison(comparison).figure
    page = {
        "title": "Action Units: " + " and ".join(one.name for one in comparison.tables),
        "about": about_tables(comparison),
        "notes": about_intervals(comparison),
        "figure": png_text(figure),  # type: ignore[arg-type]
        "sections": [
            {"title": title, "header": rows[0], "rows": rows[1:], "num_texts": _TEXT_COLUMNS}
            for title, rows in sections
        ],
    }
    html = page_templates().get_template("comparison.html").render(page=page)
    with written_aside(path) as aside:
        aside.write_text(html, encoding="utf-8")


def plot_comparison(comparison: Comparison, *, measure: str = "f1", axes: Axes | None = None) -> Axes:
    """Draws a measure of each AU on common rows, a point for each table with its 95 % interval.

    Args:
      comparison: What is shown.
      measure: One of `decision_measures.MEASURES`.
      axes: Where to draw; None makes a figure.
    Raises:
      UserError: If matplotlib is not installed.
    """
    groups = [(au_name(one.au), one.tools) for one in comparison.aus]
    groups += [("mean", comparison.mean)] * bool(comparison.mean)
    count = len(comparison.tables)
    axes = axes_or_new(axes, max(6.0, 0.35 * len(groups) * (1 + 0.35 * count)), 4.5)
    for number, table in enumerate(comparison.tables):
        own = [(place, tools[table.name]) for place, (_, tools) in enumerate(groups) if table.name in tools]
        found = [tool.on_common[measure] for _, tool in own]
        values = np.array([one.value for one in found])
        bounds = [
            [0.0 if math.isnan(one.low) else one.value - one.low for one in found],
            [0.0 if math.isnan(one.high) else one.high - one.value for one in found],
        ]
        places = np.array([place for place, _ in own]) + (number - (count - 1) / 2) * 0.7 / count
        axes.errorbar(
            places, values, yerr=bounds, fmt="o", markersize=5, elinewidth=1.2, label=shown_as_is(table.name)
        )
    axes.set_xticks(range(len(groups)), [name for name, _ in groups], fontsize=8, rotation=45)
    axes.set_ylabel({"f1": "F1", "auc": "AUC", "mcc": "MCC"}.get(measure, measure.replace("_", " ")))
    axes.grid(axis="y", alpha=0.3)
    axes.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=min(count, 5))
    return axes
