"""The plots that belong to a prediction, as PNG files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pandas as pd

from emotionet_tf.action_units import aus_with_columns
from emotionet_tf.inference.tables.conditions import summarize
from emotionet_tf.plots.canvas import save_png, shown_as_is
from emotionet_tf.plots.examples import Example, examples_figure
from emotionet_tf.plots.shares import plot_shares
from emotionet_tf.plots.timeline import plot_timeline

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ALL = "all"
_MOST_PEOPLE = 10
"""People of a video who get a timeline, those who are seen longest; our choice."""


def draw_plots(
    table: pd.DataFrame,
    folder: Path,
    examples: Mapping[int, Sequence[Example]] | None,
    conditions: Mapping[str, str] | None,
) -> None:
    """Draws all plots of a table into a folder.

    Args:
      table: As `predict` writes it.
      folder: Made where it is missing.
      examples: As `strongest_examples` returns them; None for videos.
      conditions: By the photos' names; None takes all together.
    """
    if examples is None:
        draw_timelines(table, folder)
    else:
        draw_shares(summary_of(table, conditions), folder)
        draw_examples(examples, folder)


def summary_of(table: pd.DataFrame, conditions: Mapping[str, str] | None) -> pd.DataFrame:
    """Returns the summary of a table by condition; None takes all files together."""
    return summarize(
        table, aus_with_columns(map(str, table)), conditions or dict.fromkeys(table["file"], _ALL)
    )


def draw_timelines(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Draws a timeline for each video and person of a table, as VIDEO_faceN.png; returns the files.

    Args:
      table: Of videos, as `predict` writes it.
      folder: Made where it is missing.
    """
    drawn = []
    for title, figure in timelines(table):
        name, _, face_id = title.rpartition(", face ")
        drawn.append(folder / f"{_plain(name)}_face{face_id}.png")
        save_png(figure, drawn[-1])
    return drawn


def timelines(table: pd.DataFrame) -> Iterator[tuple[str, Figure]]:
    """Yields title and figure of a timeline for each video and person of a table."""
    for name, own in table.groupby("file", sort=False):
        for face_id in own["face_id"].value_counts().index[:_MOST_PEOPLE]:
            axes = plot_timeline(own, face_id=int(face_id))
            title = f"{name}, face {int(face_id)}"
            axes.set_title(shown_as_is(title))
            yield title, cast("Figure", axes.figure)


def draw_shares(summary: pd.DataFrame, folder: Path) -> Path:
    """Draws the shares of a summary by condition as shares.png; returns the file."""
    save_png(cast("Figure", plot_shares(summary).figure), folder / "shares.png")
    return folder / "shares.png"


def draw_examples(examples: Mapping[int, Sequence[Example]], folder: Path) -> list[Path]:
    """Draws the strongest examples as strongest.png, and with their heat maps as muscles.png; returns the files."""
    files = [folder / "strongest.png", folder / "muscles.png"]
    for file in files:
        save_png(examples_figure(examples, with_heat=file.stem == "muscles"), file)
    return files


def _plain(name: str) -> str:
    """Returns a video's name as a file's, whatever folders or address are in it."""
    return re.sub(r"[^\w.-]+", "_", name).strip("_.")
