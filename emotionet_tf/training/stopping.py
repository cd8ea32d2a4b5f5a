"""How a run ends early without loss: asked by a signal, it saves where it stands."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import NoReturn

from tensorflow import keras

from emotionet_tf.errors import StoppedError
from emotionet_tf.training.checkpoints import RunState


class StopRequest:
    """Whether the process was asked to end: what machines that are taken away send some seconds before (SIGTERM)."""

    def __init__(self) -> None:
        self.is_made = False

    @contextlib.contextmanager
    def listening(self) -> Iterator[StopRequest]:
        """Listens for the signal while its body runs; in threads other than the first, does nothing."""
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        before = signal.signal(signal.SIGTERM, self._note)
        try:
            yield self
        finally:
            signal.signal(signal.SIGTERM, before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.is_made = True


class SaveInBetween(keras.callbacks.Callback):
    """Saves within intervals: when time is up, and when the run is asked to stop, which then ends with StoppedError.

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
          StoppedError: If so.
        """
        if self._any_worker([self._request.is_made])[0]:
            self._stop()

    def _stop(self) -> NoReturn:
        self._state.save()
        raise StoppedError(f"stopped at step {self._state.step}, all saved; the same command goes on")
