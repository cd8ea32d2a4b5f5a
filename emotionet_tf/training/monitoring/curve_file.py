"""Writes `curves.csv` of a model folder, a row for each validation, while a network trains."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from tensorflow import keras
from typing_extensions import override

from emotionet_tf.errors import UserError
from emotionet_tf.storage.files import write_text
from emotionet_tf.storage.paths import as_path
from emotionet_tf.training.lifecycle.checkpoints import RunState
from emotionet_tf.training.monitoring.curves import CURVES_FILE


class CurveFile:
    """The file while a run writes it; nothing half written ever stands there.

    Columns: `step`; `train_loss`, the mean loss of the steps since the row before; and those of a run's validation,
    if it has one. What is not known is blank.
    """

    def __init__(self, model_dir: str | os.PathLike[str], validation_columns: Sequence[str]):
        self._path = as_path(model_dir) / CURVES_FILE
        self._columns = ["step", "train_loss", *validation_columns]
        self._rows = [self._columns]

    def resume_from(self, step: int) -> None:
        """Keeps the rows up to a step as they are written; those of later steps will be written again.

        A column that the run did not have when it was started, such as that of a new measure, is blank in them.

        Raises:
          UserError: If the file has other columns.
        """
        if step and self._path.is_file():
            header, *rows = (line.split(",") for line in self._path.read_text(encoding="utf-8").splitlines())
            if not {*header} <= {*self._columns} or header[:2] != self._columns[:2]:
                raise UserError(
                    f"{self._path} was not written by this run; move it away to resume without it"
                )
            kept = [dict(zip(header, row, strict=True)) for row in rows if int(row[0]) <= step]
            self._rows[1:] = [[row.get(name, "") for name in self._columns] for row in kept]
        self._write()

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Adds a row.

        Args:
          step: Number of batches trained on.
          values: By column name; missing ones and those that are not finite stay blank.
        """
        numbers = [values.get(name, math.nan) for name in self._columns[1:]]
        texts = [f"{number:.6g}" if math.isfinite(number) else "" for number in numbers]
        self._rows.append([str(step), *texts])
        self._write()

    def _write(self) -> None:
        write_text(self._path, "".join(f"{','.join(row)}\n" for row in self._rows))


class WriteCurves(keras.callbacks.Callback):
    """Adds a row at every validation, or at every checkpoint period of a run without.

    Comes before the callback that writes checkpoints: a run killed between the two drops the row and makes it again.

    Args:
      state: Where the run stands.
      model_dir: Its folder.
      columns: The results of a validation, by their names in the logs; none in a run without validation.
    """

    def __init__(self, state: RunState, model_dir: Path, columns: Sequence[str]):
        super().__init__()
        self._state = state
        self._columns = columns
        self._file = CurveFile(model_dir, columns)
        self._file.resume_from(state.finished_step)

    @override
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        logs = logs or {}
        self._state.take_period_loss()
        if ("val_score" in logs) == bool(self._columns):
            self._file.add(self._state.step, {**logs, "train_loss": self._state.take_row_loss()})
