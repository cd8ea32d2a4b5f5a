"""The truth table: what is known exactly about every photo, beyond what the label lists tell."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS, AU_NAMES, EXPRESSION, au_name
from emotionet_tf.faces.mean_head import LANDMARK_NAMES
from emotionet_tf.storage.files import write_text
from emotionet_tf.synthetic.dataset.photo_plan import PhotoPlan

COLUMNS: tuple[str, ...] = (
    "id",
    "set",
    "identity",
    "path",
    "side_px",
    *(f"{name}_{axis}" for name in LANDMARK_NAMES for axis in "xy"),
    "box_left",
    "box_top",
    "box_right",
    "box_bottom",
    "pitch",
    "yaw",
    "roll",
    *AU_NAMES,
    *(f"{au_name(au)}_intensity" for au in EXPRESSION.aus),
    "cover",
)
"""Landmarks and box in pixels, angles in radians (see `emotionet_tf.faces.head_pose`), AUs as true labels."""


def truth_row(plan: PhotoPlan, landmarks_px: np.ndarray, box_px: np.ndarray) -> list[str]:
    """Returns a photo's row.

    Args:
      plan: Of the photo.
      landmarks_px: [5, 2].
      box_px: [4]: left, top, right, bottom.
    """
    row: list[str] = [plan.photo_id, plan.set_name, str(plan.identity), plan.path, str(plan.side_px)]
    row += [f"{value:.2f}" for value in (*landmarks_px.ravel(), *box_px)]
    row += [f"{angle:.4f}" for angle in plan.pose.angles]
    row += [str(plan.labels[au]) for au in ACTION_UNITS]
    row += [f"{plan.pose.intensities[au]:.3f}" for au in EXPRESSION.aus]
    return [*row, plan.cover]


def write_truth(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Writes the table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    write_text(path, text.getvalue())
