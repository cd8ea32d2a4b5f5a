"""What a person sees of a run while it trains."""

from __future__ import annotations

import math
import shutil
import sys
import time
from collections.abc import Callable

import tensorflow as tf
from tensorflow import keras
from typing_extensions import override

from emotionet_tf.console.durations import format_duration
from emotionet_tf.training.lifecycle.checkpoints import RunState
from emotionet_tf.training.monitoring.step_times import StepTimes
from emotionet_tf.training.monitoring.validation_results import SCORE, ValidationResults

_TERMINAL_PERIOD_SECONDS = 1.0
_LOG_PERIOD_SECONDS = 15.0
_MIN_WAIT_SHARE = 0.03


class ProgressLine(keras.callbacks.Callback):
    """Prints step, loss, learning rate, speed and time left, and a line for each validation.

    The loss is the mean of the period's steps so far, the speed that of its steps. The time left counts validations
    and checkpoints, once there was one. Where steps wait for their input 3 % of the time or more, it says so.

    Args:
      num_steps: Length of the run, in batches.
      batch_size: Images of a batch.
      state: Where the run stands.
      times: How fast it is; a callback that comes before this one.
      learning_rate: By step.
      results: Those of a validation.
    """

    def __init__(
        self,
        num_steps: int,
        batch_size: int,
        state: RunState,
        times: StepTimes,
        learning_rate: Callable[[int], tf.Tensor],
        results: ValidationResults,
    ):
        super().__init__()
        self._num_steps = num_steps
        self._batch_size = batch_size
        self._state = state
        self._times = times
        self._learning_rate = learning_rate
        self._results = results
        self._step = self._epoch_start = state.step
        self._last_print = -math.inf
        self._is_terminal = sys.stdout.isatty()

    @override
    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._epoch_start = self._state.step

    @override
    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        # Of several batches that are taken at once, `batch` is the last one's index.
        self._step = self._epoch_start + batch + 1
        now = time.monotonic()
        seconds = _TERMINAL_PERIOD_SECONDS if self._is_terminal else _LOG_PERIOD_SECONDS
        if now - self._last_print >= seconds or self._step == self._num_steps:
            self._last_print = now
            loss, rate = self._state.sums.mean_loss, float(self._learning_rate(self._step))
            self._print(
                f"step {self._step}/{self._num_steps}  loss {loss:.4f}  rate {rate:.3g}{self._speed()}"
            )

    def _speed(self) -> str:
        pace = self._times.period()
        if pace.step_seconds is None:
            pace = self._times.call()
        left = self._times.seconds_left()
        if pace.step_seconds is None or left is None:
            return ""
        speed = self._batch_size / pace.step_seconds
        text = f"  {speed:.0f} images/s" if speed >= 10 else f"  {speed:.1f} images/s"
        if self._step < self._num_steps:
            text += f"  {format_duration(left)} left"
        if (pace.wait_share or 0) >= _MIN_WAIT_SHARE:
            text += f"  {pace.wait_share:.0%} waiting for input"
        return text

    @override
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        logs = logs or {}
        if SCORE in logs:
            self._print(
                f"step {self._step}/{self._num_steps}  {self._results.progress_text(logs)}", is_lasting=True
            )

    def _print(self, text: str, is_lasting: bool = False) -> None:
        if not self._is_terminal:
            print(text, flush=True)
            return
        if is_lasting or self._step == self._num_steps:
            print(f"\r\x1b[K{text}", flush=True)
            return
        # A line that wraps could not be overwritten.
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\x1b[K{text[:width]}", end="", flush=True)
