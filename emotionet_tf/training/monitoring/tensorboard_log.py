"""What TensorBoard shows of a run, in `logs/` of its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import keras
from typing_extensions import override

from emotionet_tf.training.lifecycle.checkpoints import RunState
from emotionet_tf.training.monitoring.event_files import EventFile
from emotionet_tf.training.monitoring.step_measures import StepMeasures
from emotionet_tf.training.monitoring.step_times import StepTimes

_LOGS = "logs"
_RUNS = ("train", "validation")


class TensorBoardLog(keras.callbacks.Callback):
    """Writes two runs of TensorBoard at the end of every checkpoint period, whose curves of one tag share a chart.

    `train`: `loss/all`, the mean of the period's steps; what the run measures of each step, such as `loss/<head>` and
    `cross_entropy_<head>/AU01`; `run/learning_rate`, of the step that comes next; `run/images_per_second` and
    `run/input_wait_share` (on one device, by single steps), of this call's steps in the period except the first
    execution, which compiles; and once, at step 0, `input/first_batch`. `validation`: the results by their names, such
    as `score/all` and `f1/AU01`.

    Everything except the times is the same for a run that was stopped and resumed. Comes before the callback that
    takes the period's loss, and after validation.

    Args:
      folder: The run's.
      state: Where the run stands.
      times: How fast it is.
      batch_size: Images of a batch.
      learning_rate: By step.
      measures: What is measured of each step.
      validation_tags: The tag of each result of a validation, by its name in the logs.
    """

    def __init__(
        self,
        folder: Path,
        state: RunState,
        times: StepTimes,
        *,
        batch_size: int,
        learning_rate: Callable[[int], tf.Tensor],
        measures: StepMeasures | None = None,
        validation_tags: Mapping[str, str] | None = None,
    ):
        super().__init__()
        self._state = state
        self._times = times
        self._batch_size = batch_size
        self._learning_rate = learning_rate
        self._measures = measures
        self._validation_tags = validation_tags or {}
        # After the last period that was finished, everything will be written again.
        start = state.finished_step + 1 if state.step else 0
        self._files = {run: EventFile(folder / _LOGS / run, start) for run in _RUNS}

    def draw(self, picture: np.ndarray) -> None:
        """Writes the sheet of a run's first batch."""
        self._files["train"].add(0, {}, {"input/first_batch": picture})

    def close(self) -> None:
        """Ends the files."""
        for file in self._files.values():
            file.close()

    @override
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        step, logs = self._state.step, logs or {}
        self._files["train"].add(step, self._training_values())
        results = {tag: logs[name] for name, tag in self._validation_tags.items() if name in logs}
        if results:
            self._files["validation"].add(step, results)

    def _training_values(self) -> dict[str, float]:
        sums, step = self._state.sums, self._state.step
        values = {"loss/all": sums.mean_loss, "run/learning_rate": float(self._learning_rate(step))}
        if self._measures is not None and sums.num_steps:
            values |= self._measures.named(sums.mean_measures)
        pace = self._times.period()
        if pace.step_seconds is not None:
            values["run/images_per_second"] = self._batch_size / pace.step_seconds
        if pace.wait_share is not None:
            values["run/input_wait_share"] = pace.wait_share
        return values
