"""Writes `curves.csv` while a network trains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tensorflow import keras

from emotionet_tf.training.checkpoints import RunState
from emotionet_tf.training.curves import CurveFile, au_values
from emotionet_tf.training.metrics import RankingScore


class RecordCurves(keras.callbacks.Callback):
    """Adds a row at every validation, or at every interval of a run without.

    Stands before the callback that writes checkpoints: a run killed between the two drops the row and makes it again.
    """

    def __init__(self, state: RunState, model_dir: Path, aus: Sequence[int], *, has_validation: bool):
        super().__init__()
        self._state = state
        self._aus = aus
        self._has_validation = has_validation
        self._file = CurveFile(model_dir, aus, has_validation=has_validation)
        self._file.go_on_from(state.step)
        self._first_step = state.step

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Keras's call."""
        self._first_step = self._state.step

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keras's call."""
        logs = logs or {}
        self._state.add_loss(logs["loss"], self._state.step - self._first_step)
        is_validated = "val_score" in logs
        if is_validated != self._has_validation:
            return
        row = {"train_loss": self._state.take_mean_loss()}
        if is_validated:
            row |= {name: logs[name] for name in ("val_loss", "val_score", "val_accuracy", "val_f1")}
            row |= self._values_per_au()
        self._file.add(self._state.step, row)

    def _values_per_au(self) -> dict[str, float]:
        # Until the next interval begins, the metric holds what validation has counted.
        metric = next(metric for metric in self.model.metrics if isinstance(metric, RankingScore))
        scores = metric.au_scores()
        return au_values(
            self._aus, accuracy=scores.accuracy, f1=scores.f1, loss=metric.mean_cross_entropies()
        )
