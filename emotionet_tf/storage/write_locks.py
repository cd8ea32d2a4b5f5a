"""One writer at a time: a small file says who writes a folder or table, and a second run is refused.

The systems' own locks are not used: they differ from system to system, and network drives lack or lose them. Where the
file's process is on this machine, the system says whether it lives. Otherwise, as in another container or on another
machine, the file is watched: a living writer renews it every few seconds, and one that was killed does not.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import json
import os
import re
import socket
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.storage.paths import RemotePath, as_path

_INSIDE = ".writer.lock"
_RENEWAL_SECONDS = 10.0
# A writer that is not seen for several renewals is taken for dead.
_SILENCE_SECONDS = 45.0
_POLL_SECONDS = 0.25
_WRITTEN_ASIDE = re.compile(r"\.\d{1,7}\.part(\.[a-z0-9]+)?\Z")
"""How the files end that `files.written_aside` yields, a process's number before the ending; a library that goes by
endings, as Keras does, may write beside it with one more."""
_NO_FILE = (errno.EROFS, errno.EACCES, errno.EPERM)

_HELD: dict[Path, tuple[int, int]] = {}
"""The locks of this process, with the process's and the thread's numbers: inside one, its own thread may take it again.
"""


@dataclass(frozen=True)
class _Owner:
    """Who writes: what a person needs to find the process, and what tells whether it lives.

    Attributes:
      host: The machine's name.
      process: The process's number there.
      since: When it began, in UTC.
      machine: What differs between machines, containers, and starts of a machine.
      started: What differs between processes that have the same number one after the other; may be empty.
      token: This lock's own mark.
    """

    host: str
    process: int
    since: str
    machine: str
    started: str
    token: str

    def __str__(self) -> str:
        return f"process {self.process} on {self.host} has been writing there since {self.since}"


@contextlib.contextmanager
def only_writer(target: str | os.PathLike[str], *, is_filled: bool = False) -> Iterator[None]:
    """Keeps other runs from writing a file or folder while the body runs; may be entered again inside itself.

    Not locked is what is on gs:// or the like, where nothing says at once whether a file is new, and a place where no
    file can be made: a run that finds all done there has nothing to write.

    Args:
      target: What is written. Missing folders above it are made, and removed again if they stay empty.
      is_filled: Whether it is a folder that is filled where it is: the lock is in it. Otherwise the target is replaced
        in one piece, and the lock is beside it.
    Raises:
      UserError: If another run writes there; the message names it.
    """
    path = as_path(target)
    if isinstance(path, RemotePath):
        yield
        return
    path = path.resolve()
    lock = path / _INSIDE if is_filled else path.with_name(f".{path.name}.lock")
    me = (os.getpid(), threading.get_ident())
    if _HELD.get(lock) == me:
        yield
        return
    made = _made_folders(lock.parent)
    try:
        with _held(lock, as_path(target), me):
            yield
    finally:
        with contextlib.suppress(OSError):  # not empty
            for folder in made:
                folder.rmdir()


@contextlib.contextmanager
def _held(lock: Path, target: Path, me: tuple[int, int]) -> Iterator[None]:
    owner = _acquired(lock, target)
    if owner is None:
        yield
        return
    _HELD[lock] = me
    ended = threading.Event()
    threading.Thread(target=_renew, args=(lock, ended), daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        del _HELD[lock]
        with contextlib.suppress(OSError):  # of a drive that is lost; what the body says counts
            if _read(lock)[0] == owner:
                lock.unlink()


def own_description() -> str:
    """Returns what this process is called in a message that says who writes."""
    return str(_me())


def _made_folders(folder: Path) -> list[Path]:
    """Makes a folder and those above it; returns those that were not there, the innermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    lowest = folder if not missing else missing[-1].parent
    if not lowest.is_dir():
        raise UserError(f"output folder {lowest} is a file")
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _me() -> _Owner:
    now = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    return _Owner(
        socket.gethostname(), os.getpid(), now, _machine(), _start_of(os.getpid()) or "", uuid.uuid4().hex
    )


def _acquired(lock: Path, target: Path) -> _Owner | None:
    """Makes the lock's file, once it is free; None where no file can be made. Raises UserError if its owner lives.

    What a killed owner has written aside is removed: nobody else does it, as the next run's files have other names.
    """
    was_killed = False
    me = _me()
    while True:
        try:
            descriptor = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError:
            owner, content = _read(lock)
            if content is None:
                continue  # it has just been removed
            if (owner is not None and _lives(owner)) or _is_renewed(lock, owner, target):
                raise UserError(
                    f"{target} is in use: {owner or 'another process'}; wait for it, end it, or choose another output"
                ) from None
            _remove_stale(lock, content)
            was_killed = True
            continue
        except OSError as error:
            if error.errno in _NO_FILE:
                return None
            raise
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump(asdict(me), file)
        except OSError as error:  # such as of a full disk
            error.filename = str(lock)
            lock.unlink(missing_ok=True)
            raise
        if was_killed:
            _remove_leftovers(lock)
        return me


def _remove_leftovers(lock: Path) -> None:
    if lock.name == _INSIDE:
        found = lock.parent.rglob(".*.part*")
    else:
        found = lock.parent.glob(f"{glob.escape(lock.name.removesuffix('.lock'))}.*.part*")
    for path in found:
        if _WRITTEN_ASIDE.search(path.name) and path.is_file():
            path.unlink(missing_ok=True)


def _read(lock: Path) -> tuple[_Owner | None, bytes | None]:
    """Returns a lock's owner, None where it cannot be read, and its bytes, None where there is no lock."""
    try:
        content = lock.read_bytes()
    except FileNotFoundError:
        return None, None
    try:
        return _Owner(**json.loads(content)), content
    except (ValueError, TypeError):
        return None, content


def _lives(owner: _Owner) -> bool:
    """Returns whether it is certain that a lock's owner lives."""
    return owner.machine == _machine() and bool(owner.started) and _start_of(owner.process) == owner.started


def _is_dead(owner: _Owner) -> bool:
    """Returns whether it is certain that a lock's owner does not live."""
    if owner.machine != _machine():
        return False
    start = _start_of(owner.process)
    return start is None or bool(start and owner.started and start != owner.started)


def _is_renewed(lock: Path, owner: _Owner | None, target: Path) -> bool:
    """Returns whether a lock is renewed, or changes hands, while it is watched; at once if its owner is dead."""
    if owner is not None and _is_dead(owner):
        return False
    print(
        f"{target}: {owner or 'another process'}, or had when it was killed; waiting up to {_SILENCE_SECONDS:.0f} s "
        "to see which",
        file=sys.stderr,
    )
    first = _renewal(lock)
    deadline = time.monotonic() + _SILENCE_SECONDS
    while time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        now = _renewal(lock)
        if now is None:
            return False
        if now != first:
            return True
    return False


def _renewal(lock: Path) -> int | None:
    """Returns when a lock was renewed, None if there is none; opens it, as network drives then ask the server."""
    try:
        with lock.open("rb") as file:
            return os.fstat(file.fileno()).st_mtime_ns
    except OSError:
        return None


def _remove_stale(lock: Path, content: bytes) -> None:
    """Removes a lock with this content; one that another run has made meanwhile stays."""
    aside = lock.with_name(f"{lock.name}.{uuid.uuid4().hex}")
    try:
        lock.rename(aside)  # of several runs only one succeeds
    except FileNotFoundError:
        return
    if aside.read_bytes() != content:
        with contextlib.suppress(OSError):
            os.link(aside, lock)
    aside.unlink()


def _renew(lock: Path, ended: threading.Event) -> None:
    while not ended.wait(_RENEWAL_SECONDS):
        with contextlib.suppress(OSError):
            os.utime(lock)


def _machine() -> str:
    """Returns what differs between machines and, on Linux, between containers and starts of one machine."""
    marks = [socket.gethostname()]
    with contextlib.suppress(OSError):
        marks += [Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()]
        marks += [os.readlink("/proc/self/ns/pid")]
    return " ".join(marks)


def _start_of(process: int) -> str | None:
    """Returns when a process of this machine began, "" where the system does not say; None if there is none."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "" if _is_number_taken(process) else None
    state, *numbers = text.rpartition(")")[2].split()
    return None if state in "ZX" else numbers[18]


def _is_number_taken(process: int) -> bool:
    if sys.platform == "win32":
        return _is_number_taken_on_windows(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True


def _is_number_taken_on_windows(process: int) -> bool:
    import ctypes

    query_limited_information, still_active = 0x1000, 259
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(query_limited_information, False, process)
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == still_active
