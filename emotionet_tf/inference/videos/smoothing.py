"""Scores and intensities of a video averaged over time, each person's by themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from emotionet_tf.action_units import au_name, intensity_name
from emotionet_tf.inference.decisions import DECIMALS, decide
from emotionet_tf.inference.tables.face_rows import decision_name


def smoothed(table: pd.DataFrame, aus: Sequence[int], thresholds: np.ndarray, seconds: float) -> pd.DataFrame:
    """Returns a video's table with scores and intensities that are means over a window of time.

    Decisions are made from the means.

    A face's window is centred at its frame and holds the frames of the same person in the same video; where they are
    away it holds fewer. Frames that lie half of it or more away have no part in it.

    Args:
      table: As `predict` writes it of videos.
      aus: The AUs.
      thresholds: [AUs].
      seconds: The window's length, above 0.
    """
    result = table.copy()
    names = [*map(au_name, aus), *(name for name in map(intensity_name, aus) if name in table)]
    faces = table[table["face_id"].notna()]
    for _, own in faces.groupby(["file", "face_id"], sort=False):
        times = own["seconds"].to_numpy()
        order = np.argsort(times, kind="stable")
        sums = np.vstack([np.zeros(len(names)), np.cumsum(own[names].to_numpy(float)[order], axis=0)])
        # Open ends: two frames that are exactly half a window away count on neither side.
        low = np.searchsorted(times[order], times - seconds / 2 + 1e-9, side="left")
        high = np.searchsorted(times[order], times + seconds / 2 - 1e-9, side="right")
        means = ((sums[high] - sums[low]) / (high - low)[:, None]).round(DECIMALS)
        result.loc[own.index, names] = means
        decisions = decide(means[:, : len(aus)], thresholds)
        result.loc[own.index, [decision_name(au) for au in aus]] = decisions
    return result
