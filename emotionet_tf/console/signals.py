"""What happens at SIGTERM, Ctrl-C and a terminal that closes: a command follows one of two policies.

Finish the step (`StopRequest`): the request is noted, what is under way is saved, and the command ends by itself. A
second Ctrl-C interrupts. A training, a download and the runner of experiments do so.

Interrupt (`interrupted_at_once`): the signal raises an error wherever the program is, because no step is worth waiting
for. A preparation does so, and a training before its first step and after its last.

With both, a command that was asked to stop ends with exit code 75 (`StoppedError`) and an interrupted one with 130
(`KeyboardInterrupt`); `cli.entry_point` has the codes. The same command resumes. A signal that is ignored, as Ctrl-C in
the background of a script or SIGHUP under nohup, stays ignored. Threads other than the main one change nothing.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

from emotionet_tf.errors import StoppedError

_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows has no SIGHUP
_STDERR = 2
_STOPPED = "stopped, what is done stays done; the same command resumes"

INTERRUPTED = threading.Event()
"""Set where `interrupted_at_once` has ended early: threads that still work in this process give up."""
_TAKEN: list[int] = []
"""The signals that `interrupted_at_once` has taken: what a handler raises is lost where it comes into a destructor."""


class StopRequest:
    """Whether the process was asked to stop while it listened; of several requests the first counts.

    Args:
      notice: What a person reads on stderr at the first Ctrl-C; nothing by default.
      on_request: Called at each request, in the main thread between two steps of whatever it is at.
      second_interrupts: Whether a second Ctrl-C raises KeyboardInterrupt at once.

    Attributes:
      num_seen: How many requests came.
    """

    def __init__(
        self,
        *,
        notice: str = "",
        on_request: Callable[[], object] = lambda: None,
        second_interrupts: bool = True,
    ) -> None:
        self.num_seen = 0
        self._notice = notice
        self._on_request = on_request
        self._second_interrupts = second_interrupts
        self._first = 0

    @property
    def is_made(self) -> bool:
        """Whether it was."""
        return self._first != 0

    @contextlib.contextmanager
    def listening(self) -> Iterator[StopRequest]:
        """Listens while its body runs. What `interrupted_at_once` was asked before counts."""
        self._first = self._first or (_TAKEN[0] if _TAKEN else 0)
        with _handled(self._note):
            yield self

    def error(self, message: str = "") -> StoppedError | KeyboardInterrupt:
        """Returns what a command that has stopped ends with; without a message, in the words of every command."""
        return _error_of(self._first, message)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.num_seen += 1
        if number == signal.SIGINT:
            if self._first == signal.SIGINT and self._second_interrupts:
                raise KeyboardInterrupt
            # Not print: it may be at work at this very moment.
            os.write(_STDERR, self._notice.encode())
        self._first = self._first or number
        self._on_request()


@contextlib.contextmanager
def interrupted_at_once() -> Iterator[None]:
    """Returns a context in which a signal raises the error of `interruption`; may be entered again inside itself."""
    INTERRUPTED.clear()
    try:
        with _handled(_interrupt):
            yield
    except BaseException:
        INTERRUPTED.set()
        raise
    finally:
        _TAKEN.clear()


def interruption() -> StoppedError | KeyboardInterrupt | None:
    """Returns what a signal has raised in `interrupted_at_once`, which a library may have made another error of."""
    return _error_of(_TAKEN[0]) if _TAKEN else None


def leave_ctrl_c_to_parent() -> None:
    """Lets a worker process ignore Ctrl-C, which a terminal sends to both; the parent ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    _TAKEN.append(number)
    INTERRUPTED.set()
    error = interruption()
    assert error is not None
    raise error


def _error_of(number: int, message: str = "") -> StoppedError | KeyboardInterrupt:
    if number != signal.SIGINT:
        return StoppedError(message or _STOPPED)
    return KeyboardInterrupt(message) if message else KeyboardInterrupt()


@contextlib.contextmanager
def _handled(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Puts a handler in the place of those that are there, until its body ends."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
