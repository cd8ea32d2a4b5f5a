"""The truth table: what is known exactly about every photo, beyond what the label lists tell."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS, AU_NAMES, EXPRESSION, au_name, intensity_name
from emotionet_tf.faces.mean_head import LANDMARK_NAMES
from emotionet_tf.storage.files import write_text
from emotionet_tf.synthetic.dataset.photo_plan import PhotoPlan

_COLUMNS: tuple[str, ...] = (
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
    *(intensity_name(au) for au in EXPRESSION.aus),
    "cover",
)


def truth_columns(further_aus: Sequence[int] = ()) -> tuple[str, ...]:
    """Returns the columns' names: landmarks and box in pixels, angles in radians (see `emotionet_tf.faces.head_pose`),
    AUs as true labels with intensities from 0 to 1. What a mixture shows beyond the 23 AUs comes last."""
    return (*_COLUMNS, *(name for au in further_aus for name in (au_name(au), intensity_name(au))))


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
    row.append(plan.cover)
    for au in plan.further_aus:
        row += [str(plan.labels[au]), f"{plan.pose.intensities[au]:.3f}"]
    return row


def write_truth(path: Path, rows: Sequence[Sequence[str]], further_aus: Sequence[int] = ()) -> None:
    """Writes the table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(truth_columns(further_aus))
    writer.writerows(rows)
    write_text(path, text.getvalue())
