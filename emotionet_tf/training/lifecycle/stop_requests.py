"""Requests to end that a training listens to: SIGTERM, as machines send it some seconds before they go, and Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

from emotionet_tf.errors import StoppedError

_STDERR = 2

_AT_ONCE: list[int] = []
"""The signals that `stopped_at_once` has taken: Python drops what a handler raises where it comes into a destructor."""


class StopRequest:
    """Whether the process was asked to end while it listened; of several requests the first counts."""

    def __init__(self) -> None:
        self._number = 0

    @property
    def is_made(self) -> bool:
        """Whether it was."""
        return self._number != 0

    @contextlib.contextmanager
    def listening(self) -> Iterator[StopRequest]:
        """Listens while its body runs; in threads other than the first, does nothing.

        A Ctrl-C that is ignored, as in the background of a script, stays so; a second one ends the process at once.
        What `stopped_at_once` was asked before counts.
        """
        self._number = self._number or (_AT_ONCE[0] if _AT_ONCE else 0)
        with contextlib.ExitStack() as handlers:
            handlers.enter_context(_handled(signal.SIGTERM, self._note))
            if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
                handlers.enter_context(_handled(signal.SIGINT, self._note))
            yield self

    def error(self, message: str) -> StoppedError | KeyboardInterrupt:
        """Returns what a run that has stopped ends with."""
        return KeyboardInterrupt(message) if self._number == signal.SIGINT else StoppedError(message)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            if self._number == signal.SIGINT:
                raise KeyboardInterrupt
            # Not print: it may be at work at this very moment.
            os.write(_STDERR, b"\ninterrupted: saving after this step; Ctrl-C once more ends at once\n")
        self._number = self._number or number


@contextlib.contextmanager
def stopped_at_once() -> Iterator[None]:
    """Returns a context in which SIGTERM raises StoppedError, for what is before a run's first step and after its last.

    A launcher sees the code of a stopped run then, too.
    """
    try:
        with _handled(signal.SIGTERM, _stop):
            yield
    finally:
        _AT_ONCE.clear()


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    _AT_ONCE.append(number)
    raise StoppedError("stopped; the same command goes on")


@contextlib.contextmanager
def _handled(number: int, handler: object) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(number, handler)  # type: ignore[arg-type]
    try:
        yield
    finally:
        signal.signal(number, before)
