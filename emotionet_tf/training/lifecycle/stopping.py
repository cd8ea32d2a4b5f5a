"""How a run ends early: on a signal it saves where it stands; at numbers that are not finite it does not save."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from tensorflow import keras
from typing_extensions import override

from emotionet_tf.console.signals import StopRequest
from emotionet_tf.training.lifecycle.checkpoints import RunState
from emotionet_tf.training.lifecycle.finiteness import NotFiniteError


class SaveWithinPeriods(keras.callbacks.Callback):
    """Saves within periods: when time is up, and when the run is asked to stop, which then ends.

    Args:
      state: Where the run stands.
      request: Whether it is asked to stop.
      period_minutes: Time between checkpoints; None for those at the periods' ends only.
      any_worker: Says for each flag whether a process of the run has it set, so that all save and stop at one step.
    """

    def __init__(
        self,
        state: RunState,
        request: StopRequest,
        period_minutes: float | None = None,
        any_worker: Callable[[Sequence[bool]], Sequence[bool]] = list,
    ):
        super().__init__()
        self._any_worker = any_worker
        self._state = state
        self._request = request
        self._period_seconds = None if period_minutes is None else 60 * period_minutes
        self._last_save = time.monotonic()

    @override
    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._last_save = time.monotonic()

    @override
    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        seconds = time.monotonic() - self._last_save
        is_time_up = self._period_seconds is not None and seconds >= self._period_seconds
        is_asked, is_time_up = self._any_worker([self._request.is_made, is_time_up])
        if is_asked:
            self._stop()
        if is_time_up:
            self._state.save()
            self._last_save = time.monotonic()

    @override
    def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
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
        raise self._request.error(f"stopped at step {self._state.step}, all saved; the same command resumes")


class StopAtNotFinite(keras.callbacks.Callback):
    """Ends a run whose loss, in training or validation, or whose score is not finite. Comes after validation."""

    def __init__(self, state: RunState):
        super().__init__()
        self._state = state

    @override
    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self._check("loss", (logs or {}).get("loss", 0.0))

    @override
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        for name, text in (
            ("loss", "loss"),
            ("val_loss", "validation loss"),
            ("val_score", "validation score"),
        ):
            self._check(text, (logs or {}).get(name, 0.0))

    def _check(self, text: str, value: float) -> None:
        if not math.isfinite(value):
            raise NotFiniteError(f"{text} is {value}", self._state.first_broken_step)
