"""The report's training curves as small multiples: a panel per row, a thin line per seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.report.paper_report import CurveGroup
from emotionet_tf.experiments.report.run_facts import RunFacts
from emotionet_tf.experiments.report.score_figures import COLOURS
from emotionet_tf.plots.canvas import new_figure
from emotionet_tf.training.monitoring.curves import Curves, read_curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RowCurves = Mapping[str, Mapping[int, Curves]]
_NUM_COLUMNS = 6


def load_curves(facts: RunFacts, group: CurveGroup) -> dict[str, dict[int, Curves]]:
    """Returns, by row and seed, the curves of a group's networks."""
    found: dict[str, dict[int, Curves]] = {}
    for row in facts.run.paper.keys:
        for key, seed, name in facts.trainings:
            if key != row or name not in group.folders:
                continue
            try:
                curves = read_curves(facts.run.layout.model(key, seed, name))
            except UserError:
                continue  # begun, and nothing validated yet
            found.setdefault(key, {})[seed] = curves
    return found


def score_curves(rows: RowCurves) -> Figure | None:
    """Draws the validation score over the steps; None where no run has one."""
    scored = {
        key: runs for key, runs in rows.items() if any("val_score" in one.values for one in runs.values())
    }
    return _panels(scored, {"val_score": "-"}, "score on opt-val")


def loss_curves(rows: RowCurves) -> Figure | None:
    """Draws the training loss, and dashed the validation loss, over the steps."""
    return _panels(rows, {"train_loss": "-", "val_loss": "--"}, "loss")


def _panels(rows: RowCurves, lines: Mapping[str, str], label: str) -> Figure | None:
    if not rows:
        return None
    num_rows = -(-len(rows) // _NUM_COLUMNS)
    height = 0.7 + 1.45 * num_rows
    figure = new_figure(11, height, has_layout=False)
    figure.subplots_adjust(
        left=0.06, right=0.995, bottom=0.45 / height, top=1 - 0.25 / height, wspace=0.08, hspace=0.38
    )
    limits = _limits(
        [
            one.values[name]
            for runs in rows.values()
            for one in runs.values()
            for name in lines
            if name in one.values
        ]
    )
    for number, (key, runs) in enumerate(rows.items()):
        axes = figure.add_subplot(num_rows, _NUM_COLUMNS, number + 1)
        for seed, one in sorted(runs.items()):
            _draw(axes, one, lines, COLOURS[(1, 5, 3, 4, 6)[seed % 5]])
        axes.set_title(key, fontsize=8, pad=3)
        axes.set_ylim(*limits)
        axes.tick_params(labelsize=7, length=2)
        axes.locator_params(nbins=3)
        axes.grid(alpha=0.3)
        if number % _NUM_COLUMNS:
            axes.set_yticklabels([])
    figure.supxlabel("step", fontsize=8, y=0.02 / height)
    figure.supylabel(label, fontsize=8, x=0.005)
    return figure


def _draw(axes: Axes, curves: Curves, lines: Mapping[str, str], colour: str) -> None:
    for name, style in lines.items():
        if name in curves.values:
            axes.plot(
                curves.steps,
                curves.values[name],
                style,
                color=colour,
                linewidth=0.9,
                marker=".",
                markersize=2,
            )


def _limits(values: Sequence[np.ndarray]) -> tuple[float, float]:
    """Returns limits that all panels share; a run's first few losses may lie above them."""
    together = np.concatenate(values) if values else np.zeros(1)
    together = together[np.isfinite(together)]
    if not together.size:
        return 0.0, 1.0
    low, high = float(together.min()), float(np.quantile(together, 0.99))
    margin = 0.05 * (high - low) or 0.05
    return low - margin, high + margin
