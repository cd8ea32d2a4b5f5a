"""What a person sees of a run while it trains."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping

from tensorflow import keras

from emotionet_tf.durations import format_duration
from emotionet_tf.training.checkpoints import RunState

_TERMINAL_INTERVAL_SECONDS = 1.0
_LOG_INTERVAL_SECONDS = 15.0


class ProgressLine(keras.callbacks.Callback):
    """Prints step, loss, learning rate, speed and time left, and a line for each validation.

    Args:
      num_steps: Length of the run, in batches.
      batch_size: Images of a batch.
      state: Where the run stands.
      measures: What stands behind a validation's score: names in the logs, and how a person reads them.
    """

    def __init__(self, num_steps: int, batch_size: int, state: RunState, measures: Mapping[str, str]):
        super().__init__()
        self._num_steps = num_steps
        self._batch_size = batch_size
        self._state = state
        self._measures = measures
        self._step = self._epoch_start = state.step
        self._first_timed_step = -1
        self._start = time.monotonic()
        self._last_print = -math.inf
        self._is_terminal = sys.stdout.isatty()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Keras's call."""
        self._epoch_start = self._state.step

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Keras's call, with the index of the last batch of those that were taken at once."""
        self._step = self._epoch_start + batch + 1
        if self._first_timed_step < 0:
            # The first steps compile, and would spoil the forecast.
            self._first_timed_step, self._start = self._step, time.monotonic()
        now = time.monotonic()
        interval = _TERMINAL_INTERVAL_SECONDS if self._is_terminal else _LOG_INTERVAL_SECONDS
        if now - self._last_print >= interval or self._step == self._num_steps:
            self._last_print = now
            loss = self._state.sums.mean_loss
            self._print(f"step {self._step}/{self._num_steps}  loss {loss:.4f}{self._speed(now)}")

    def _speed(self, now: float) -> str:
        num_done = self._step - self._first_timed_step
        if num_done < 1:
            return ""
        step_seconds = (now - self._start) / num_done
        left = format_duration(step_seconds * (self._num_steps - self._step))
        return f"  {self._batch_size / step_seconds:.0f} images/s  {left} left"

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keras's call."""
        logs = logs or {}
        if "val_score" in logs:
            measures = ", ".join(
                f"{text} {logs[name]:.4f}" for name, text in self._measures.items() if name in logs
            )
            loss = f", loss {logs['val_loss']:.4f}" if "val_loss" in logs else ""
            self._print(
                f"step {self._step}/{self._num_steps}  validation: score {logs['val_score']:.4f} ({measures}){loss}",
                is_lasting=True,
            )

    def _print(self, text: str, is_lasting: bool = False) -> None:
        if not self._is_terminal:
            print(text, flush=True)
            return
        ending = "\n" if is_lasting or self._step == self._num_steps else ""
        print(f"\r\x1b[K{text}", end=ending, flush=True)
