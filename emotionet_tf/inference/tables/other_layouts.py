"""Our table in the columns of other programs, for analyses that read theirs; what has no counterpart is blank."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from emotionet_tf.action_units import au_name, intensity_name
from emotionet_tf.faces.table import BOX_COLUMNS
from emotionet_tf.inference.tables.face_rows import SIZE_COLUMNS, decision_name

_OPENFACE_INTENSITIES = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
_OPENFACE_PRESENCES = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 28, 45)
_PYFEAT_AUS = (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 17, 20, 23, 24, 25, 26, 28, 43)


@dataclass(frozen=True)
class Layout:
    """A program's columns.

    Attributes:
      title: The program and version that writes such tables.
      columns: Its columns, in order.
      fill: Returns, for our table, the columns that have a counterpart.
    """

    title: str
    columns: Sequence[str]
    fill: Callable[[pd.DataFrame], Mapping[str, pd.Series | np.ndarray]]


def in_layout(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Returns our table in the columns of a layout, a key of `LAYOUTS`."""
    layout = LAYOUTS[name]
    filled = layout.fill(table)
    return pd.DataFrame(filled, index=table.index).reindex(columns=list(layout.columns))


def _frame_numbers(table: pd.DataFrame) -> pd.Series | np.ndarray:
    """Returns the number of each row's frame, from 0; of photos, their number in the table's order."""
    return table["frame"] if "frame" in table else pd.factorize(table["file"])[0]


def _fill_openface(table: pd.DataFrame) -> dict[str, pd.Series | np.ndarray]:
    # Scores are not intensities: AUxx_r stays blank where the models estimate none. The head's angles are left out:
    # OpenFace's have another zero.
    intensities = {
        f"{au_name(au)}_r": table[intensity_name(au)]
        for au in _OPENFACE_INTENSITIES
        if intensity_name(au) in table
    }
    decisions = {
        f"{au_name(au)}_c": table[decision_name(au)]
        for au in _OPENFACE_PRESENCES
        if decision_name(au) in table
    }
    return {
        "frame": _frame_numbers(table) + 1,
        "face_id": table["face_id" if "face_id" in table else "face_index"],
        "timestamp": table["seconds"] if "seconds" in table else np.zeros(len(table)),
        "confidence": table["confidence"],
        "success": table["found"],
        **intensities,
        **decisions,
    }


def _fill_pyfeat(table: pd.DataFrame) -> dict[str, pd.Series | np.ndarray]:
    box = dict(zip(("FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight"), BOX_COLUMNS, strict=True))
    size = dict(zip(("FrameWidth", "FrameHeight"), SIZE_COLUMNS, strict=True))
    scores = {au_name(au): table[au_name(au)] for au in _PYFEAT_AUS if au_name(au) in table}
    return {
        **{name: table[own] for name, own in (box | size).items()},
        "FaceScore": table["confidence"],
        **scores,
        "input": table["file"],
        "frame": _frame_numbers(table),
    }


def _numbered(names: Sequence[str], count: int, first: int = 0) -> list[str]:
    return [f"{name}_{number}" for name in names for number in range(first, first + count)]


LAYOUTS: Mapping[str, Layout] = {
    "openface": Layout(
        "OpenFace 2.2, FeatureExtraction",
        (
            *("frame", "face_id", "timestamp", "confidence", "success"),
            *(f"gaze_{eye}_{axis}" for eye in (0, 1) for axis in "xyz"),
            *("gaze_angle_x", "gaze_angle_y"),
            *_numbered([f"eye_lmk_{axis}" for axis in "xyXYZ"], 56),
            *(f"pose_{kind}{axis}" for kind in "TR" for axis in "xyz"),
            *_numbered("xyXYZ", 68),
            *("p_scale", "p_rx", "p_ry", "p_rz", "p_tx", "p_ty"),
            *_numbered("p", 34),
            *(f"{au_name(au)}_r" for au in _OPENFACE_INTENSITIES),
            *(f"{au_name(au)}_c" for au in _OPENFACE_PRESENCES),
        ),
        _fill_openface,
    ),
    "pyfeat": Layout(
        "Py-Feat 2.1.5, Detectorv1",
        (
            *("FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight", "FaceScore"),
            *_numbered("xy", 68),
            *("Pitch", "Roll", "Yaw", "X", "Y", "Z"),
            *map(au_name, _PYFEAT_AUS),
            *("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"),
            *_numbered(["Identity"], 512, 1),
            *(
                "gaze_pitch",
                "gaze_yaw",
                "gaze_angle",
                "FrameHeight",
                "FrameWidth",
                "input",
                "frame",
                "Identity",
            ),
        ),
        _fill_pyfeat,
    ),
}
"""The layouts by the name that `--format` takes."""
