"""Reads `curves.csv` of a model folder: how a run's losses and scores went, a row for each validation."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.storage.paths import as_path

CURVES_FILE = "curves.csv"
_AU_COLUMN = re.compile(r"(AU\d\d[LR]?)_(\w+)")


@dataclass(frozen=True)
class Curves:
    """A run's curves; NaN where a value is not known.

    Attributes:
      steps: [rows] int64, increasing.
      values: [rows] float64 by column name.
      aus: Names of the AUs that have columns, such as AU01.
    """

    steps: np.ndarray
    values: Mapping[str, np.ndarray]
    aus: tuple[str, ...]

    def per_au(self, measure: str) -> np.ndarray:
        """Returns a measure of all AUs, [rows, AUs].

        Raises:
          UserError: If the AUs have no such measure.
        """
        matches = filter(None, map(_AU_COLUMN.fullmatch, self.values))
        if measure not in (choices := dict.fromkeys(match[2] for match in matches)):
            raise UserError(
                f"the curves' measure of an AU must be one of {', '.join(choices)}, got {measure!r}"
            )
        return np.stack([self.values[f"{au}_{measure}"] for au in self.aus], axis=1)


def read_curves(model_dir: str | os.PathLike[str]) -> Curves:
    """Reads the curves of a finished or running run.

    Raises:
      UserError: If the folder has none, or the file is damaged.
    """
    path = as_path(model_dir) / CURVES_FILE
    if not path.is_file():
        raise UserError(f"{model_dir} has no {CURVES_FILE}: it is not a folder that train wrote")
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    try:
        table = np.array([[float(text or "nan") for text in row] for row in rows]).reshape(-1, len(header))
        steps = table[:, header.index("step")].astype(np.int64)
    except ValueError as error:
        raise UserError(f"{path} is damaged: it holds no table of numbers with a column step") from error
    values = {name: table[:, i] for i, name in enumerate(header) if name != "step"}
    matches = filter(None, map(_AU_COLUMN.fullmatch, values))
    return Curves(steps, values, tuple(dict.fromkeys(match[1] for match in matches)))
