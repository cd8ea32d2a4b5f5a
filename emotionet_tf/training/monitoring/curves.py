"""`curves.csv` of a model folder: how a run's losses and scores went, a row for each validation."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.errors import UserError
from emotionet_tf.storage.files import write_text
from emotionet_tf.storage.paths import as_path

CURVES_FILE = "curves.csv"
_WHOLE_SET = ("val_loss", "val_score", "val_accuracy", "val_f1")
_PER_AU = ("accuracy", "f1", "loss")


class CurveFile:
    """The file while a run writes it; nothing half written ever stands there.

    Columns: `step`; `train_loss`, the mean loss of the steps since the row before; and those of a run's validation,
    if it has one. What is not known is blank.
    """

    def __init__(self, model_dir: str | os.PathLike[str], validation_columns: Sequence[str]):
        self._path = as_path(model_dir) / CURVES_FILE
        self._columns = ["step", "train_loss", *validation_columns]
        self._lines = [",".join(self._columns)]

    def go_on_from(self, step: int) -> None:
        """Keeps the rows up to a step as they are written; those of later steps will be written again."""
        if step and self._path.is_file():
            header, *rows = self._path.read_text(encoding="utf-8").splitlines()
            if header != self._lines[0]:
                raise UserError(f"{self._path} was not written by this run; move it away to go on without it")
            self._lines[1:] = [row for row in rows if int(row.partition(",")[0]) <= step]
        self._write()

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Adds a row.

        Args:
          step: Number of batches trained on.
          values: By column name; missing ones and those that are not finite stay blank.
        """
        numbers = [values.get(name, math.nan) for name in self._columns[1:]]
        texts = [f"{number:.6g}" if math.isfinite(number) else "" for number in numbers]
        self._lines.append(",".join([str(step), *texts]))
        self._write()

    def _write(self) -> None:
        write_text(self._path, "\n".join(self._lines) + "\n")


def au_columns(aus: Sequence[int]) -> tuple[str, ...]:
    """Returns the columns of a run that learns AUs and validates.

    They are `val_loss` (eq. 1 with all its weights), `val_score`, `val_accuracy`, `val_f1`, and for each AU
    `AU01_accuracy`, `AU01_f1` and `AU01_loss`, its mean cross-entropy over known labels in nats, without weights or
    smoothing.
    """
    return (*_WHOLE_SET, *(f"{au_name(au)}_{name}" for au in aus for name in _PER_AU))


def au_values(aus: Sequence[int], **values: np.ndarray) -> dict[str, float]:
    """Returns numbers of each AU by column name, such as AU01_loss for `loss=`; arrays are [AUs]."""
    return {
        f"{au_name(au)}_{name}": float(number)
        for name, numbers in values.items()
        for au, number in zip(aus, numbers, strict=True)
    }


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

    def per_au(self, name: str) -> np.ndarray:
        """Returns `accuracy`, `f1` or `loss` of all AUs, [rows, AUs]."""
        return np.stack([self.values[f"{au}_{name}"] for au in self.aus], axis=1)


def read_curves(model_dir: str | os.PathLike[str]) -> Curves:
    """Reads the curves of a finished or running run.

    Raises:
      UserError: If the folder has none, or the file is damaged.
    """
    path = as_path(model_dir) / CURVES_FILE
    if not path.is_file():
        raise UserError(f"{model_dir} has no {CURVES_FILE}: it is no folder that train wrote")
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    try:
        table = np.array([[float(text or "nan") for text in row] for row in rows]).reshape(-1, len(header))
        steps = table[:, header.index("step")].astype(np.int64)
    except ValueError as error:
        raise UserError(f"{path} is damaged: it holds no table of numbers with a column step") from error
    values = {name: table[:, i] for i, name in enumerate(header) if name != "step"}
    suffix = f"_{_PER_AU[-1]}"
    aus = tuple(
        name.removesuffix(suffix) for name in values if name.startswith("AU") and name.endswith(suffix)
    )
    return Curves(steps, values, aus)
