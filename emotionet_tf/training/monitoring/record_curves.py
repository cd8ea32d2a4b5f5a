"""Writes `curves.csv` while a network trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tensorflow import keras

from emotionet_tf.training.lifecycle.checkpoints import RunState
from emotionet_tf.training.monitoring.curves import CurveFile, au_values
from emotionet_tf.training.objectives.score_metric import RankingScore


def au_measures(model: keras.Model, aus: Sequence[int]) -> dict[str, float]:
    """Returns each AU's results by column name, from the metric that validation has just filled."""
    # Until the next interval begins, the metric holds what validation has counted.
    metric = next(metric for metric in model.metrics if isinstance(metric, RankingScore))
    scores = metric.au_scores()
    return au_values(
        aus,
        accuracy=scores.accuracy,
        f1=scores.f1,
        score=scores.ranking_score_per_au,
        loss=metric.mean_cross_entropies(),
    )


class RecordCurves(keras.callbacks.Callback):
    """Adds a row at every validation, or at every interval of a run without.

    Stands before the callback that writes checkpoints: a run killed between the two drops the row and makes it again.

    Args:
      state: Where the run stands.
      model_dir: Its folder.
      columns: The results of a validation, by their names in the logs; none in a run without validation.
      more: Returns further ones that are no numbers of the logs, at a validation.
    """

    def __init__(
        self,
        state: RunState,
        model_dir: Path,
        columns: Sequence[str],
        more: Callable[[keras.Model], Mapping[str, float]] = lambda model: {},
    ):
        super().__init__()
        self._state = state
        self._columns = columns
        self._more = more
        self._file = CurveFile(model_dir, columns)
        self._file.go_on_from(state.finished_step)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keras's call."""
        logs = logs or {}
        self._state.take_interval_loss()
        is_validated = "val_score" in logs
        if is_validated != bool(self._columns):
            return
        row = {"train_loss": self._state.take_row_loss()}
        if is_validated:
            row |= {name: logs[name] for name in self._columns if name in logs}
            row |= self._more(self.model)
        self._file.add(self._state.step, row)
