"""How a run ends early without loss: asked by a signal, it saves where it stands."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from tensorflow import keras

from emotionet_tf.training.checkpoints import RunState
from emotionet_tf.training.stop_requests import StopRequest


class SaveInBetween(keras.callbacks.Callback):
    """Saves within intervals: when time is up, and when the run is asked to stop, which then ends.

    Args:
      state: Where the run stands.
      request: Whether it is asked to stop.
      interval_minutes: Time between checkpoints; None for those at the intervals' ends only.
      any_worker: Says for each flag whether a process of the run has it set, so that all save and stop at one step.
    """

    def __init__(
        self,
        state: RunState,
        request: StopRequest,
        interval_minutes: float | None = None,
        any_worker: Callable[[Sequence[bool]], Sequence[bool]] = list,
    ):
        super().__init__()
        self._any_worker = any_worker
        self._state = state
        self._request = request
        self._interval_seconds = None if interval_minutes is None else 60 * interval_minutes
        self._last_save = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Keras's call: an interval's end has just been saved."""
        self._last_save = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Keras's call."""
        seconds = time.monotonic() - self._last_save
        is_time_up = self._interval_seconds is not None and seconds >= self._interval_seconds
        is_asked, is_time_up = self._any_worker([self._request.is_made, is_time_up])
        if is_asked:
            self._stop()
        if is_time_up:
            self._state.save()
            self._last_save = time.monotonic()

    def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Keras's call, also while a run validates."""
        self.stop_if_asked()

    def stop_if_asked(self) -> None:
        """Saves and ends the run if it is asked to stop.

        Raises:
          StoppedError: If so, or KeyboardInterrupt at Ctrl-C.
        """
        if self._any_worker([self._request.is_made])[0]:
            self._stop()

    def _stop(self) -> NoReturn:
        self._state.save()
        raise self._request.error(f"stopped at step {self._state.step}, all saved; the same command goes on")
