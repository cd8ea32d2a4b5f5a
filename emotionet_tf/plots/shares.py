"""How often each AU is present, by condition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emotionet_tf.errors import UserError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_NEEDED = ("condition", "au", "num_faces", "share_present", "share_low", "share_high")


def plot_shares(summary: pd.DataFrame, *, axes: Axes | None = None) -> Axes:
    """Draws the share of faces that show each AU, a bar for each condition with its 95 % interval.

    Args:
      summary: As `predict --conditions` writes it, or `inference.tables.conditions.summarize` returns it.
      axes: Where to draw; None makes a figure.
    Raises:
      UserError: If the table is not such a summary, or matplotlib is not installed.
    """
    from emotionet_tf.plots.canvas import axes_or_new, shown_as_is

    for column in _NEEDED:
        if column not in summary:
            raise UserError(
                f"shares are drawn of a summary by condition; this table has no column {column!r}"
            )
    aus = list(dict.fromkeys(summary["au"]))
    conditions = list(dict.fromkeys(summary["condition"]))
    axes = axes_or_new(axes, max(6.0, 0.5 * len(aus) + 0.12 * len(aus) * len(conditions)), 4.5)
    width = 0.84 / len(conditions)
    for number, condition in enumerate(conditions):
        own = summary[summary["condition"] == condition].set_index("au").reindex(aus)
        share = own["share_present"].to_numpy(float)
        bounds = np.abs(own[["share_low", "share_high"]].to_numpy(float).T - share)
        places = np.arange(len(aus)) + (number - (len(conditions) - 1) / 2) * width
        label = f"{shown_as_is(str(condition))} ({int(own['num_faces'].max())} faces)"
        axes.bar(places, share, width, yerr=bounds, label=label, error_kw={"elinewidth": 0.8, "alpha": 0.6})
    axes.set_xticks(range(len(aus)), aus, fontsize=8, rotation=45)
    axes.set_ylim(0, 1)
    axes.set_ylabel("share of faces that show the AU")
    axes.grid(axis="y", alpha=0.3)
    axes.legend(fontsize=8)
    return axes
