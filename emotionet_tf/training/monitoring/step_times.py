"""How fast a run is: what its steps take, what they wait for, and what its intervals' ends take."""

from __future__ import annotations

import math
import time
from typing import NamedTuple

from tensorflow import keras

from emotionet_tf.training.lifecycle.checkpoints import RunState
from emotionet_tf.training.lifecycle.intervals import Intervals
from emotionet_tf.training.monitoring.input_wait import InputWait


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
        """Mean time of a step; None where there is none."""
        return self.seconds / self.num_steps if self.num_steps and self.seconds > 0 else None

    @property
    def wait_share(self) -> float | None:
        """The share of the time that was waited, 0 to 1; None where it is not known."""
        is_known = self.num_steps and self.seconds > 0 and math.isfinite(self.waited)
        return min(self.waited / self.seconds, 1.0) if is_known else None


_NONE = Pace(0, 0.0, 0.0)


class StepTimes(keras.callbacks.Callback):
    """Times a call's steps and the ends of its intervals. Stands in front of all callbacks that do work.

    Args:
      intervals: Of the run.
      state: Where it stands.
      input_wait: What measures how long steps wait for their batches; None where that is not measured.
    """

    def __init__(self, intervals: Intervals, state: RunState, input_wait: InputWait | None):
        super().__init__()
        self._intervals = intervals
        self._state = state
        self._input_wait = input_wait
        self._step = self._epoch_start = state.step
        self._now = time.monotonic()
        # Step, time and time waited from which on steps are counted; None while there has been no execution.
        self._mark: tuple[int, float, float] | None = None
        self._before = _NONE
        self._end_began: tuple[float, bool] | None = None
        # The last time of an interval's end, without and with validation.
        self._end_seconds = {False: 0.0, True: 0.0}

    @property
    def step(self) -> int:
        """Batches trained on, as far as Python has seen them."""
        return self._step

    def interval(self) -> Pace:
        """Returns the pace of the interval that is being trained, or has just been."""
        if self._mark is None:
            return _NONE
        step, start, waited = self._mark
        return Pace(self._step - step, self._now - start, self._waited - waited)

    def call(self) -> Pace:
        """Returns the pace of all of this call's intervals."""
        before, new = self._before, self.interval()
        return Pace(
            before.num_steps + new.num_steps, before.seconds + new.seconds, before.waited + new.waited
        )

    def seconds_left(self) -> float | None:
        """Returns what the rest of the run will take: steps, and the intervals' ends as the last ones took."""
        step_seconds = self.call().step_seconds
        if step_seconds is None:
            return None
        seconds = step_seconds * (self._intervals.num_steps - self._step)
        for is_validated, end_seconds in self._end_seconds.items():
            seconds += self._intervals.num_ends(self._step, is_validated) * end_seconds
        return seconds

    @property
    def _waited(self) -> float:
        return self._input_wait.seconds if self._input_wait else math.nan

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Keras's call."""
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

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Keras's call, with the index of the last batch of those that were taken at once."""
        self._step = self._epoch_start + batch + 1
        self._now = time.monotonic()
        if self._mark is None:
            self._mark = (self._step, self._now, self._waited)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keras's call."""
        self._end_began = (time.monotonic(), self._intervals.has_validation(epoch))
