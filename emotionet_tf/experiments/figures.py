"""Figures of scores."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS, AU_NAMES, DESCRIPTIONS, au_name
from emotionet_tf.plots.canvas import new_figure, save_png


def draw_per_au_scores(
    scores: Mapping[str, Mapping[str, Any]], title: str, path: str | os.PathLike[str]
) -> None:
    """Draws the per-AU ranking scores of several systems as grouped bars, as Werner et al. 2020, Fig. 2.

    Args:
      scores: By system, a dictionary with `per_au` as `evaluation.to_dict` makes it.
      title: Says what the scores are from.
      path: PNG file to write.
    Raises:
      UserError: If matplotlib is not installed.
    """
    figure = new_figure(15, 6)
    axes = figure.add_subplot()
    positions = np.arange(len(AU_NAMES))
    width = 0.84 / len(scores)
    for number, (system, content) in enumerate(scores.items()):
        offsets = positions + (number - (len(scores) - 1) / 2) * width
        axes.bar(offsets, [_score(content["per_au"].get(name)) for name in AU_NAMES], width, label=system)
    labels = [
        f"{name}\n{text.replace(' ', chr(10), 1)}"
        for name, text in ((au_name(au), DESCRIPTIONS[au]) for au in ACTION_UNITS)
    ]
    axes.set_xticks(positions, labels, fontsize=7)
    axes.set_xlim(-0.6, len(AU_NAMES) - 0.4)
    axes.set_ylim(0, 1)
    axes.set_ylabel("(accuracy + F1) / 2")
    axes.set_title(title)
    axes.grid(axis="y", alpha=0.3)
    axes.legend(ncols=len(scores), loc="upper center", fontsize=8)
    save_png(figure, path)


def _score(row: Mapping[str, float | None] | None) -> float:
    if not row or row["accuracy"] is None or row["f1"] is None:
        return float("nan")
    return (row["accuracy"] + row["f1"]) / 2
