"""The report's figures of scores and differences, each with its 95 % interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS, DESCRIPTIONS, au_name
from emotionet_tf.experiments.scores.bootstrap import Interval
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.scores.verdicts import Claim
from emotionet_tf.plots.canvas import new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette: the colour-blind can distinguish them. Shapes differ as well, for print in grey.
COLOURS = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#D55E00", "#0072B2", "#CC79A7")
_MARKERS = ("s", "D", "o", "^", "v", "P", "X")
_HALVES = (ACTION_UNITS[:12], ACTION_UNITS[12:])
_BAND = "#f2f4f6"


def scores_per_au(results: Results, dataset: str, systems: Mapping[str, str]) -> Figure:
    """Draws the per-AU scores of up to seven systems as dots with their intervals, the AUs in two rows.

    Args:
      results: Of a run.
      dataset: A scored set.
      systems: Keys by the labels to show.
    """
    figure = new_figure(11, 8)
    for number, aus in enumerate(_HALVES):
        axes = figure.add_subplot(2, 1, number + 1)
        _bands(axes, len(aus))
        offsets = np.linspace(-0.32, 0.32, len(systems))
        for i, (system, key) in enumerate(systems.items()):
            intervals = {n: results.score(key, dataset, aus=(au,)) for n, au in enumerate(aus)}
            label = system if results.seeds(key, dataset) else f"{system} (not run)"
            _dots(axes, intervals, offsets[i], COLOURS[i], _MARKERS[i], label)
        _label_aus(axes, aus)
        axes.set_ylabel("(accuracy + F1) / 2")
        axes.set_ylim(None, 1.01)
        if number == 0:
            axes.legend(ncols=len(systems), loc="lower left", bbox_to_anchor=(0, 1.0), frameon=False)
    return figure


def differences_per_au(
    results: Results, dataset: str, pairs: Mapping[str, tuple[str, str]], *, has_one_scale: bool = False
) -> Figure:
    """Draws, for each title, by how much the first row is above the second at every AU.

    Args:
      results: Of a run.
      dataset: A scored set.
      pairs: Keys of two rows by the titles of the panels.
      has_one_scale: Whether all panels have the same one, so that they can be compared.
    """
    figure = new_figure(11, 3.3 * len(pairs))
    axes: Axes | None = None
    for number, (title, (key, other)) in enumerate(pairs.items()):
        axes = figure.add_subplot(len(pairs), 1, number + 1, sharey=axes if has_one_scale else None)
        _bands(axes, len(ACTION_UNITS))
        intervals = {
            n: results.difference(key, other, dataset, aus=(au,)) for n, au in enumerate(ACTION_UNITS)
        }
        axes.axhline(0, color="black", linewidth=0.8)
        _dots(axes, intervals, 0, COLOURS[5], "o", None)
        axes.set_xticks(range(len(ACTION_UNITS)), [au_name(au) for au in ACTION_UNITS], fontsize=8)
        axes.set_xlim(-0.5, len(ACTION_UNITS) - 0.5)
        axes.set_title(title, loc="left", fontsize=10)
        axes.set_ylabel("difference of scores")
    return figure


def claims_figure(claims: Sequence[Claim]) -> Figure:
    """Draws the differences that decide the claims, with the paper's own beside ours."""
    lines = [(claim, one) for claim in claims for one in claim.comparisons if one.decides]
    figure = new_figure(11, 0.9 + 0.42 * len(lines))
    axes = figure.add_subplot()
    axes.axvline(0, color="black", linewidth=0.8)
    for row, (_, comparison) in enumerate(lines):
        if comparison.interval is not None:
            one = comparison.interval
            axes.errorbar(
                one.estimate,
                row,
                xerr=[[one.estimate - one.low], [one.high - one.estimate]],
                fmt="o",
                color=COLOURS[5],
                capsize=3,
                label="ours, with its 95 % interval",
            )
        if comparison.published_difference is not None:
            axes.plot(
                comparison.published_difference,
                row,
                "D",
                color=COLOURS[4],
                markerfacecolor="white",
                label="the paper's, on EmotioNet",
            )
    labels = [f"{claim.title}\n{one.title}" for claim, one in lines]
    axes.set_yticks(range(len(lines)), labels, fontsize=7.5)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.grid(axis="x", alpha=0.3)
    has_others = any(one.measure != "ranking_score" for _, one in lines)
    axes.set_xlabel(f"difference of final ranking scores{' or of what a line names' if has_others else ''}")
    _legend_of_once(axes)
    return figure


def scores_figure(results: Results, keys: Sequence[tuple[str, str]], datasets: Sequence[str]) -> Figure:
    """Draws the scores of some rows, given with their labels, on some sets."""
    figure = new_figure(11, 0.9 + 0.24 * len(keys))
    axes = figure.add_subplot()
    _bands(axes, len(keys), vertical=False)
    offsets = np.linspace(-0.2, 0.2, max(2, len(datasets)))
    for i, dataset in enumerate(datasets):
        found = [(row, results.score(key, dataset)) for row, (key, _) in enumerate(keys)]
        there = [(row, one) for row, one in found if one is not None]
        if there:
            values = np.array([(one.estimate, one.low, one.high) for _, one in there])
            axes.errorbar(
                values[:, 0],
                np.array([row for row, _ in there]) + offsets[i],
                xerr=[values[:, 0] - values[:, 1], values[:, 2] - values[:, 0]],
                fmt=_MARKERS[2 + i],
                color=COLOURS[5 - i],
                markersize=4,
                linewidth=1,
                label=f"{dataset} set",
            )
    axes.set_yticks(range(len(keys)), [label for _, label in keys], fontsize=7.5)
    axes.set_ylim(len(keys) - 0.5, -0.5)
    axes.grid(axis="x", alpha=0.3)
    axes.set_xlabel("final ranking score")
    _legend_of_once(axes)
    return figure


def _dots(
    axes: Axes,
    intervals: Mapping[int, Interval | None],
    offset: float,
    colour: str,
    marker: str,
    label: str | None,
) -> None:
    there = {place: one for place, one in intervals.items() if one is not None}
    values = np.array([(one.estimate, one.low, one.high) for one in there.values()]).reshape(-1, 3)
    axes.errorbar(
        np.array(list(there)) + offset,
        values[:, 0],
        yerr=[values[:, 0] - values[:, 1], values[:, 2] - values[:, 0]],
        fmt=marker,
        color=colour,
        markersize=4,
        linewidth=1,
        label=label,
    )


def _bands(axes: Axes, count: int, *, vertical: bool = True) -> None:
    span = axes.axvspan if vertical else axes.axhspan
    for place in range(0, count, 2):
        span(place - 0.5, place + 0.5, color=_BAND, zorder=0)


def _label_aus(axes: Axes, aus: Sequence[int]) -> None:
    labels = [f"{au_name(au)}\n{DESCRIPTIONS[au].replace(' ', chr(10))}" for au in aus]
    axes.set_xticks(range(len(aus)), labels, fontsize=8)
    axes.set_xlim(-0.5, len(aus) - 0.5)
    axes.grid(axis="y", alpha=0.3)


def _legend_of_once(axes: Axes) -> None:
    """Puts a legend above the axes that names each kind of mark once."""
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    if once:
        axes.legend(
            once.values(), once.keys(), ncols=2, loc="lower left", bbox_to_anchor=(0, 1.0), frameon=False
        )
