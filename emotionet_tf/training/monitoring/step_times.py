"""How fast a run is: what its steps take, what they wait for, and what its periods' ends take."""

from __future__ import annotations

import math
import time
from typing import Any, NamedTuple

from tensorflow import keras
from typing_extensions import override

from emotionet_tf.keras_versions import step_on_batch
from emotionet_tf.training.lifecycle.checkpoint_periods import CheckpointPeriods
from emotionet_tf.training.lifecycle.checkpoints import RunState


class InputWait:
    """Adds up the time from a step's request for its batch until the batch is there.

    The batch is requested from Python instead of from the step's graph, where a clock cannot be read if operations are
    to be deterministic. For one device and one batch an execution: several devices' batches are brought to them while
    the step before runs.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, train_function: Any) -> Any:
        """Returns Keras's function of an iterator, a `tf.function`, with its request for a batch timed."""
        step = step_on_batch(train_function)

        def timed_function(iterator: Any) -> Any:
            start = time.perf_counter()
            batch = next(iterator)
            self.seconds += time.perf_counter() - start
            return step(batch)

        return timed_function


class Pace(NamedTuple):
    """Steps and their times, without the first execution of a call, which compiles.

    Attributes:
      num_steps: How many.
      seconds: What they took together.
      waited: How much of it they waited for their batches; NaN where that is not measured.
    """

    num_steps: int
    seconds: float
    waited: float

    @property
    def step_seconds(self) -> float | None:
        """Mean time of a step; None before the first."""
        return self.seconds / self.num_steps if self.num_steps and self.seconds > 0 else None

    @property
    def wait_share(self) -> float | None:
        """The share of the time that was waited, 0 to 1; None where it is not known."""
        is_known = self.num_steps and self.seconds > 0 and math.isfinite(self.waited)
        return min(self.waited / self.seconds, 1.0) if is_known else None


_NONE = Pace(0, 0.0, 0.0)


class StepTimes(keras.callbacks.Callback):
    """Times a call's steps and the ends of its periods. Comes before all callbacks that do work.

    Args:
      periods: Of the run.
      state: Where it stands.
      input_wait: What measures how long steps wait for their batches; None where that is not measured.
    """

    def __init__(self, periods: CheckpointPeriods, state: RunState, input_wait: InputWait | None):
        super().__init__()
        self._periods = periods
        self._state = state
        self._input_wait = input_wait
        self._step = self._epoch_start = state.step
        self._now = time.monotonic()
        # Step, time and time waited from which on steps are counted; None while there has been no execution.
        self._mark: tuple[int, float, float] | None = None
        self._before = _NONE
        self._end_began: tuple[float, bool] | None = None
        # The last time of a checkpoint period's end, without and with validation.
        self._end_seconds = {False: 0.0, True: 0.0}

    @property
    def step(self) -> int:
        """Batches trained on, as far as Python has seen them."""
        return self._step

    def period(self) -> Pace:
        """Returns the pace of the period that is being trained, or has just been."""
        if self._mark is None:
            return _NONE
        step, start, waited = self._mark
        return Pace(self._step - step, self._now - start, self._waited - waited)

    def call(self) -> Pace:
        """Returns the pace of all of this call's periods."""
        before, new = self._before, self.period()
        return Pace(
            before.num_steps + new.num_steps, before.seconds + new.seconds, before.waited + new.waited
        )

    def seconds_left(self) -> float | None:
        """Returns what the rest of the run will take: steps, and the periods' ends as the last ones took."""
        step_seconds = self.call().step_seconds
        if step_seconds is None:
            return None
        seconds = step_seconds * (self._periods.num_steps - self._step)
        for is_validated, end_seconds in self._end_seconds.items():
            seconds += self._periods.num_ends(self._step, is_validated) * end_seconds
        return seconds

    @property
    def _waited(self) -> float:
        return self._input_wait.seconds if self._input_wait else math.nan

    @override
    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        now = time.monotonic()
        if self._end_began:
            start, is_validated = self._end_began
            self._end_seconds[is_validated] = now - start
            self._end_began = None
        self._before = self.call()
        self._epoch_start = self._step = self._state.step
        self._now = now
        if self._mark is not None:
            self._mark = (self._step, now, self._waited)

    @override
    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        # Of several batches that are taken at once, `batch` is the last one's index.
        self._step = self._epoch_start + batch + 1
        self._now = time.monotonic()
        if self._mark is None:
            self._mark = (self._step, self._now, self._waited)

    @override
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self._end_began = (time.monotonic(), self._periods.has_validation(epoch))
