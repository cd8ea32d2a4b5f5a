"""How far a long command is: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

from emotionet_tf.console.durations import format_duration

if TYPE_CHECKING:
    from tqdm import tqdm

_TERMINAL_SECONDS = 0.5
_LOG_SECONDS = 15.0
_SETTLING_SECONDS = 5.0
# Not tqdm's own, which turns a slow speed into seconds a piece.
_BAR = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_noinv_fmt}{postfix}]"
_SHOWN: set[tqdm] = set()


class CountLine:
    """Shows how many of something are done, the speed and the time left; to be called after each batch.

    On a terminal a bar is drawn again twice a second, and a line takes its place at the end; in a log a line is added
    every 15 s and at the end.

    Args:
      unit: What is counted, in the plural.
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._first: tuple[float, int] | None = None
        self._last_line = 0.0
        self._bar: tqdm | None = None

    def __call__(self, num_done: int, num_all: int, note: str = "") -> None:
        """Shows the count where it is time to, with a note at its end; the first call only says where the work
        starts."""
        now = time.monotonic()
        if self._first is None:
            self._first = (now, num_done)
            if num_done:
                rest = "; resuming" if num_done < num_all else ""
                print(f"{num_done} of {num_all} {self._unit} were done before{rest}", flush=True)
        elif num_done >= num_all:
            self._remove_bar()
            self._print_line(now, num_done, num_all, note)
        # The light distribution comes without tqdm.
        elif sys.stdout.isatty() and find_spec("tqdm"):
            self._draw(num_done, num_all, note)
        elif now - self._last_line >= _LOG_SECONDS:
            self._print_line(now, num_done, num_all, note)

    def _draw(self, num_done: int, num_all: int, note: str) -> None:
        if self._bar is None:
            self._bar = self._new_bar(num_all)
            _SHOWN.add(self._bar)
        self._bar.set_postfix_str(note.removeprefix(", "), refresh=False)
        self._bar.update(num_done - self._bar.n)

    def _new_bar(self, num_all: int) -> tqdm:
        from tqdm import tqdm  # only where there is a terminal

        assert self._first is not None
        start, num_before = self._first
        bar = tqdm(
            desc=self._unit,
            total=num_all,
            initial=num_before,
            unit="",
            bar_format=_BAR,
            mininterval=_TERMINAL_SECONDS,
            dynamic_ncols=True,
            leave=False,
            file=sys.stdout,
        )
        bar.start_t -= time.monotonic() - start
        return bar

    def _remove_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()
            _SHOWN.discard(self._bar)
            self._bar = None

    def _print_line(self, now: float, num_done: int, num_all: int, note: str) -> None:
        self._last_line = now
        print(f"{num_done}/{num_all} {self._unit}{self._speed(now, num_done, num_all)}{note}", flush=True)

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


@contextlib.contextmanager
def bars_ended() -> Iterator[None]:
    """Ends the lines of bars that are still shown when its body ends, so that an error begins on a line of its own."""
    try:
        yield
    finally:
        for bar in list(_SHOWN):
            bar.leave = True
            bar.close()
            _SHOWN.discard(bar)
