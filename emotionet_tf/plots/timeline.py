"""AUs over a video."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from emotionet_tf.action_units import au_name, aus_with_columns, describe, facs_code, facs_codes
from emotionet_tf.errors import UserError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_INCHES_OF_AN_AU = 0.28
_MOST_COLUMNS = 4000
"""Cells of a row, our choice; a longer video shows the largest score of each cell."""


def plot_timeline(
    table: pd.DataFrame,
    *,
    face_id: int | None = None,
    aus: Sequence[int] | None = None,
    axes: Axes | None = None,
) -> Axes:
    """Draws a person's AUs over a video: a row for each AU, dark where the score is high, empty where no face was seen.

    Args:
      table: A video's table, as `predict` writes it.
      face_id: The person; None is the one who is seen longest.
      aus: The AUs; None is all of the table's.
      axes: Where to draw; None makes a figure.
    Raises:
      UserError: If the table is not a video's, has not that person or AU, or matplotlib is not installed.
    """
    from emotionet_tf.plots.canvas import axes_or_new

    for column in ("frame", "seconds", "face_id"):
        if column not in table:
            raise UserError(f"a timeline takes the table of a video; this one has no column {column!r}")
    known = aus_with_columns(map(str, table))
    chosen = list(known if aus is None else aus)
    for au in chosen:
        if au not in known:
            raise UserError(f"AU {facs_code(au)} must be one of the table's: {facs_codes(known)}")
    faces = table[table["face_id"].notna()]
    people = faces["face_id"].value_counts()
    if face_id is None and len(people):
        face_id = int(people.index[0])
    own = faces[faces["face_id"] == face_id].drop_duplicates("frame")
    if own.empty:
        raise UserError(
            f"face {face_id} must be one of {', '.join(str(int(one)) for one in people.index) or 'none'}"
        )
    axes = axes_or_new(axes, 12, 1.2 + _INCHES_OF_AN_AU * len(chosen))
    frames = np.sort(table["frame"].unique().astype(int))
    scores = own.set_index("frame")[[au_name(au) for au in chosen]].reindex(frames).to_numpy(float)
    image = axes.imshow(
        _shortened(scores).T,
        aspect="auto",
        interpolation="nearest",
        cmap="Greys",
        vmin=0,
        vmax=1,
        extent=(float(table["seconds"].min()), float(table["seconds"].max()), len(chosen) - 0.5, -0.5),
    )
    axes.figure.colorbar(image, ax=axes, label="score", pad=0.01)
    axes.set_facecolor("#f3d9d9")
    axes.set_yticks(range(len(chosen)), [f"{au_name(au)} {describe(au)}" for au in chosen], fontsize=8)
    axes.set_xlabel("seconds (no face where tinted)")
    axes.set_title(f"face {face_id}")
    return axes


def _shortened(scores: np.ndarray) -> np.ndarray:
    """Returns rows of frames [n, AUs], or the largest values of neighbouring ones where there are too many."""
    share = -(-len(scores) // _MOST_COLUMNS)
    if share <= 1:
        return scores
    padded = np.full((-(-len(scores) // share) * share, scores.shape[1]), np.nan)
    padded[: len(scores)] = scores
    groups = padded.reshape(-1, share, scores.shape[1])
    is_seen = ~np.isnan(groups).all(1)
    return np.where(is_seen, np.nan_to_num(groups, nan=-1).max(1), np.nan)
