"""Starting commands so that none outlives its runner unnoticed, and ending them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from emotionet_tf.console.signals import StopRequest
from emotionet_tf.errors import UserError
from emotionet_tf.storage.error_reports import REPORT_VARIABLE
from emotionet_tf.storage.write_locks import own_description

LOCK_NAME = "lock"
"""The file by which a runner keeps a state folder for itself."""
# A killed runner's commands are killed with it, but take a moment to end.
_LOCK_SECONDS = 2.0
# A training saves where it stands. Machines that are taken away leave about half a minute.
_TERMINATE_SECONDS = 25.0
_POLL_SECONDS = 0.05
_PR_SET_PDEATHSIG = 1
_LOCKED_BYTE = 1 << 20


@contextlib.contextmanager
def locked(lock_file: Path) -> Iterator[int]:
    """Keeps other runners out, of what a file stands for; yields the lock's descriptor.

    A process that inherits the descriptor holds the lock too, for as long as it lives: this is why `only_writer` of
    `storage.write_locks`, by which each command keeps others from its own output, is not enough here.

    Raises:
      UserError: If another runner, or what it started, is at work there.
    """
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with open(lock_file, "a+", encoding="utf-8") as file:
        deadline = time.monotonic() + _LOCK_SECONDS
        while not _lock(file):
            if time.monotonic() > deadline:
                file.seek(0)
                raise UserError(
                    f"{lock_file.parent} is in use: {file.read().strip() or 'another runner'}, or did, and a command "
                    "that it started is still at work; wait for it, end it, or choose another output folder"
                )
            time.sleep(_POLL_SECONDS)
        file.truncate(0)
        file.write(f"{own_description()}\n")
        file.flush()
        yield file.fileno()


def _lock(file: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            # Far behind the text, which others may read.
            file.seek(_LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def start_process(
    command: Sequence[str],
    *,
    log: IO[str] | None,
    lock: int,
    cpus: Collection[int] = (),
    report: Path | None = None,
) -> subprocess.Popen:
    """Starts a command, whose first word "python" stands for this interpreter.

    It is in a process group of its own, so that Ctrl-C reaches the runner only, and on Linux ends with this process,
    however that ends. On Windows it does not inherit the lock.

    Args:
      command: The words.
      log: Where its output goes; None is this process's own.
      lock: Descriptor that it holds, as `locked` yields it.
      cpus: Processors that it may use; none for all of this process's.
      report: Where it reports its error, as `storage.error_reports` does; None for nowhere.
    """
    options: dict[str, Any] = {"pass_fds": [lock], "preexec_fn": _preparation(cpus)}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(
        [sys.executable, *command[1:]],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=None if log is None else subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", REPORT_VARIABLE: str(report or "")},
        **options,
    )


def _preparation(cpus: Collection[int]) -> Callable[[], None]:
    """Returns what a new process does between fork and start; see `start_process`."""
    parent = os.getpid()
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def prepare() -> None:
        os.setpgid(0, 0)
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)
        if cpus:
            os.sched_setaffinity(0, cpus)

    return prepare


def end_processes(processes: Collection[subprocess.Popen], request: StopRequest) -> None:
    """Asks commands and what they started to end; kills them where that takes long, or when a further signal comes."""
    num_requests = request.num_seen
    deadline = time.monotonic() + _TERMINATE_SECONDS
    for process in processes:
        _signal_group(process, signal.SIGTERM)
    while any(process.poll() is None for process in processes):
        if time.monotonic() > deadline or request.num_seen > num_requests:
            break
        time.sleep(_POLL_SECONDS)
    for process in processes:
        _signal_group(process, getattr(signal, "SIGKILL", signal.SIGTERM))
        process.wait()


def _signal_group(process: subprocess.Popen, number: int) -> None:
    if sys.platform == "win32":  # no groups, and no end but at once
        process.terminate()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
