"""What the machine refuses: room on a disk, a drive that answers, memory. Each becomes a line that says what to do.

Libraries pass such an error on in many forms: as the cause of one of their own, or as text alone.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_RESUME = "then the same command resumes"
_NO_ROOM = f"the disk is full; make room, {_RESUME}"
_READ_ONLY = f"the place is read-only; choose another output, or make it writable, {_RESUME}"
_NO_RIGHTS = "you have no rights there; choose another place, or change its rights"
_LOST = f"the drive does not answer; see that it is connected and mounted, {_RESUME}"
_NO_MEMORY = (
    "memory ran out; end other programs, or ask for less at a time, as by a smaller --batch_size or fewer workers, "
    f"{_RESUME}"
)
_WORKER_LOST = (
    "a worker process was killed, as systems do when memory runs out; ask for fewer workers or end other programs, "
    f"{_RESUME}"
)

_LOST_DRIVE = (
    *(
        errno.EIO,
        errno.ENXIO,
        errno.ENODEV,
        errno.ESTALE,
        errno.ENOTCONN,
        errno.ETIMEDOUT,
        errno.EHOSTUNREACH,
    ),
    *(errno.EHOSTDOWN, errno.ENETUNREACH, errno.ENETDOWN, errno.ECONNRESET, errno.ECONNABORTED),
)
_ADVICE: Mapping[int, str] = {
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: f"your share of the disk (quota) is used up; make room, {_RESUME}",
    errno.EFBIG: "the file system takes no file of that size; choose a place on another one",
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _NO_RIGHTS,
    errno.EPERM: _NO_RIGHTS,
    errno.ENOMEM: _NO_MEMORY,
    errno.EMFILE: "too many files are open; raise the limit (ulimit -n)",
    errno.ENFILE: "too many files are open on this machine; end other programs",
    **dict.fromkeys(_LOST_DRIVE, _LOST),
}
_TEXTS: Mapping[str, str] = {
    r"No space left on device|database or disk is full": _NO_ROOM,
    r"Read-only file system|readonly database": _READ_ONLY,
    r"Stale file handle|Transport endpoint is not connected|Input/output error|disk I/O error": _LOST,
    r"OOM when allocating|Cannot allocate memory|Unable to allocate|out of memory": _NO_MEMORY,
}
"""What errors say that have no number: HDF5's, TensorFlow's, SQLite's."""


def describe_machine_error(error: BaseException) -> str | None:
    """Returns what the machine refused and what to do, on one line; None for an error that is about something else.

    Args:
      error: As it came out of whatever was at work; its causes are looked at, too.
    """
    for cause in _causes(error):
        if isinstance(cause, MemoryError):
            return _NO_MEMORY
        if type(cause).__name__ == "BrokenProcessPool":
            return _WORKER_LOST
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno in _ADVICE:
            what = cause.strerror or errno.errorcode[cause.errno]
            where = "" if cause.filename is None else f"{cause.filename}: "
            return f"{where}{what}: {_ADVICE[cause.errno]}"
    for cause in _causes(error):
        # Errors without a number; what Python or we say ourselves is not searched.
        if (isinstance(cause, OSError) and cause.errno is None) or type(cause).__module__.partition(".")[
            0
        ] in _OTHERS:
            text = str(cause)
            for pattern, advice in _TEXTS.items():
                if found := re.search(pattern, text, re.IGNORECASE):
                    return f"{_where(text)}{found[0]}: {advice}"
    return None


_OTHERS = ("tensorflow", "sqlite3", "h5py", "pyarrow", "cv2", "onnxruntime", "keras", "apache_beam", "jaxlib")


def is_lost_drive(error: OSError, path: Path) -> bool:
    """Returns whether a file cannot be read because its drive is away, and not for a reason of its own.

    Args:
      error: What opening or reading it raised.
      path: The file.
    """
    if error.errno in _LOST_DRIVE and error.errno != errno.EIO:
        return True
    if error.errno != errno.EIO:
        return False
    # A bad spot of a disk costs one file, a drive that is unplugged all of them.
    try:
        next(iter(path.parent.iterdir()), None)
    except OSError:
        return True
    return False


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yields an error and what it came from."""
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        yield now
        now = now.__cause__ or now.__context__


def _where(text: str) -> str:
    """Returns the file that a library's message begins with, as far as it does."""
    found = re.match(r"(/[^;:\n]+)[;:]", text)
    return f"{found[1]}: " if found else ""
