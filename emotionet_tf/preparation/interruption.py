"""Ctrl-C and SIGTERM stop a preparation alike, whatever it is at, and its workers know of it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STOP = threading.Event()
"""Set where the person has interrupted a run: workers in this process give up before their next photos."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Makes SIGTERM an interruption like Ctrl-C, and sets `STOP` at either; may be entered again inside itself."""

    def interrupt(number: int, frame: object) -> None:
        STOP.set()
        raise KeyboardInterrupt

    STOP.clear()
    is_main = threading.current_thread() is threading.main_thread()
    numbers = (signal.SIGINT, signal.SIGTERM) if is_main else ()
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    except BaseException:
        STOP.set()
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
