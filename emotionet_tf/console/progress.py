"""The line that tells a person how far a long command is."""

from __future__ import annotations

import sys
import time

from emotionet_tf.console.durations import format_duration

_TERMINAL_SECONDS = 0.5
_LOG_SECONDS = 15.0
_SETTLING_SECONDS = 5.0


class CountLine:
    """Prints how many of something are done, the speed and the time left; to be called after each batch.

    On a terminal one line is overwritten twice a second; in a log a line is added every 15 s and at the end.

    Args:
      unit: What is counted, in the plural.
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._is_terminal = sys.stdout.isatty()
        self._first: tuple[float, int] | None = None
        self._last_print = 0.0

    def __call__(self, num_done: int, num_all: int, note: str = "") -> None:
        """Prints the line where it is time to, with a note at its end; the first call only says where the work
        starts."""
        now = time.monotonic()
        if self._first is None:
            self._first = (now, num_done)
            if num_done:
                going_on = "; going on" if num_done < num_all else ""
                print(f"{num_done} of {num_all} {self._unit} were done before{going_on}", flush=True)
            return
        is_last = num_done >= num_all
        interval = _TERMINAL_SECONDS if self._is_terminal else _LOG_SECONDS
        if now - self._last_print < interval and not is_last:
            return
        self._last_print = now
        line = f"{num_done}/{num_all} {self._unit}{self._speed(now, num_done, num_all)}{note}"
        if self._is_terminal:
            print(f"\r{line:<60}", end="\n" if is_last else "", flush=True)
        else:
            print(line, flush=True)

    def _speed(self, now: float, num_done: int, num_all: int) -> str:
        assert self._first is not None
        start, num_before = self._first
        seconds, num_new = now - start, num_done - num_before
        if not seconds > 0 or num_new < 1 or (seconds < _SETTLING_SECONDS and num_done < num_all):
            return ""  # what starts up first would spoil the forecast
        if num_done >= num_all:
            return f", {num_new / seconds:.1f}/s, took {format_duration(seconds)}"
        return (
            f", {num_new / seconds:.1f}/s, {format_duration(seconds / num_new * (num_all - num_done))} left"
        )
