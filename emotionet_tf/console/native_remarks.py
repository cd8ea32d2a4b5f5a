"""Keeps the remarks of native libraries off a person's screen, and their errors on it."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from typing import IO

from emotionet_tf.lazy_names import around_import

_REMARK = re.compile(
    rb"[IW]\d{4} [\d:.]+ +\d+ \S+\.cc:\d+\] |INFO: |WARNING: All log messages before absl::InitializeLog"
    rb"|WARNING: Logging before InitGoogle"
)
# One thread may be inside twice: a package that is imported so imports another one.
_LOCK = threading.RLock()
if hasattr(os, "register_at_fork"):
    # A child that is forked while a thread is inside would find the lock taken for ever.
    os.register_at_fork(after_in_child=lambda: globals().update(_LOCK=threading.RLock()))


@contextlib.contextmanager
def without_remarks() -> Iterator[None]:
    """Drops what native code says for information, or as a warning, on the standard error stream; keeps all else.

    MediaPipe's C++ code writes there whatever its log level, and has no switch for it (google-ai-edge/mediapipe, issues
    5371 and 5737). The stream is the whole process's: what other threads write meanwhile is kept, but comes
    late. If the process dies inside, the last words are lost, so keep what is inside short.
    """
    with _held_back() as held:
        try:
            yield
        finally:
            held.keep = [line for line in held.lines() if not _REMARK.match(line)]


@contextlib.contextmanager
def silent_unless_failing() -> Iterator[None]:
    """Drops all that is written to the standard error stream, by native code too; keeps it where an error is raised.

    For converters that tell of their own inner life at length. As `without_remarks`, it is for a short time.
    """
    with _held_back() as held:
        try:
            yield
        except BaseException:
            held.keep = held.lines()
            raise


class _Held:
    """What was written to the standard error stream, and which lines of it are passed on in the end."""

    def __init__(self, written: IO[bytes]) -> None:
        self._written = written
        self.keep: Sequence[bytes] = ()

    def lines(self) -> list[bytes]:
        """Returns the lines so far."""
        sys.stderr.flush()
        self._written.seek(0)
        return list(self._written)


@contextlib.contextmanager
def _held_back() -> Iterator[_Held]:
    """Holds back what is written to the standard error stream."""
    with _LOCK, tempfile.TemporaryFile() as written:
        sys.stderr.flush()
        stream = os.dup(2)
        os.dup2(written.fileno(), 2)
        held = _Held(written)
        try:
            yield held
        finally:
            os.dup2(stream, 2)
            for line in held.keep:
                os.write(stream, line)
            os.close(stream)


def import_quietly(package: str) -> None:
    """Has a package that is not imported yet imported `without_remarks`, whenever that will be.

    TensorFlow 2.21 remarks on oneDNN and on missing CUDA drivers while it is imported, whatever `TF_CPP_MIN_LOG_LEVEL`
    says.
    """
    around_import(package, without_remarks)
