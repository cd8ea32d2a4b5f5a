"""Paths as users give them: on this machine's disk, or on a file system of TensorFlow's, such as gs://bucket/folder.

`as_path` is the one place that distinguishes them. It returns a `pathlib.Path` in either case, so code that uses its
methods runs on both; `open()`, `os` and `shutil` know local paths only. A local path stays a plain `Path`,
and TensorFlow is imported for the others only.

`etils.epath` has such a class as well, but for schemes in a table of its own, without TensorFlow's ram:// that tests
run on, and without `newline` and `errors` in `open`, which CSV files need.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import io
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Generator, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PosixPath
from typing import IO, Any

from emotionet_tf.errors import UserError

_REMOTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_BUFFER_BYTES = 1 << 20


def as_path(path: str | os.PathLike[str]) -> Path:
    """Returns the path that a text names: a `RemotePath` where it begins with a scheme, such as gs://, else a `Path`.

    Raises:
      UserError: If TensorFlow knows no file system of that scheme.
    """
    if isinstance(path, Path):
        return path
    text = os.fspath(path)
    match = _REMOTE.match(text)
    if not match:
        return Path(text)
    known = sorted(filter(None, _gfile().get_registered_schemes()))
    if match[1] not in known:
        raise UserError(
            f"{text}: TensorFlow knows no file system {match[1]}://; it knows {', '.join(known)}, and those of "
            "packages that were imported, such as tensorflow-io"
        )
    return RemotePath(text)


def is_remote(path: str | os.PathLike[str]) -> bool:
    """Returns whether a path is one that `as_path` takes for remote."""
    return bool(_REMOTE.match(os.fspath(path)))


def refuse_remote(**paths: str | None) -> None:
    """Raises UserError, which names the flag, if one of some flags' paths is remote, for commands that take local ones.

    Args:
      paths: By the flags' names; None for a flag that is not given.
    """
    for flag, path in paths.items():
        if path and is_remote(path):
            raise UserError(
                f"--{flag} {path}: this command takes local paths only; copy to or from there yourself"
            )


class RemotePath(PosixPath):
    """A path on one of TensorFlow's file systems; everything else is as in `pathlib.Path`.

    Links are unknown there. Errors of TensorFlow become those that Python raises for local files.
    """

    def __str__(self) -> str:
        # pathlib takes a scheme for a folder's name, and drops the slash behind the first.
        scheme, colon, rest = super().__str__().partition(":/")
        return f"{scheme}://{rest}" if colon and "/" not in scheme else f"{scheme}{colon}{rest}"

    @property
    def parent(self) -> RemotePath:
        """The folder above; the bucket's own is itself."""
        return super().parent if len(self.parts) > 2 else self

    @property
    def parents(self) -> tuple[RemotePath, ...]:
        """The folders above, the nearest first, up to the bucket."""
        above = self.parent
        return () if above is self else (above, *above.parents)

    def is_absolute(self) -> bool:
        """Always."""
        return True

    def absolute(self) -> RemotePath:
        """Returns this path."""
        return self

    def resolve(self, strict: bool = False) -> RemotePath:
        """Returns this path."""
        return self

    def expanduser(self) -> RemotePath:
        """Returns this path."""
        return self

    def is_symlink(self) -> bool:
        """Never."""
        return False

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Returns size, time and kind; the rest is 0."""
        with self._os_errors():
            found = _gfile().stat(str(self))
        kind = stat.S_IFDIR if found.is_directory else stat.S_IFREG
        seconds = found.mtime_nsec // 10**9
        return os.stat_result((kind | 0o700, 0, 0, 1, 0, 0, found.length, seconds, seconds, seconds))

    def exists(self) -> bool:
        """Returns whether there is such a file or folder."""
        with self._os_errors():
            return bool(_gfile().exists(str(self)))

    def is_dir(self) -> bool:
        """Returns whether there is such a folder."""
        with self._os_errors():
            return bool(_gfile().isdir(str(self)))

    def iterdir(self) -> Generator[RemotePath, None, None]:
        """Yields what is in this folder, in the order of the names."""
        with self._os_errors():
            names = _gfile().listdir(str(self))
        for name in sorted(filter(None, (name.rstrip("/") for name in names))):
            yield self / name

    def glob(self, pattern: str) -> Iterator[RemotePath]:  # type: ignore[override]
        """Yields what matches a pattern below this folder; `**` is not taken."""
        if "**" in pattern:
            raise NotImplementedError(pattern)
        first, _, rest = pattern.partition("/")
        for path in self.iterdir() if self.is_dir() else ():
            if fnmatchcase(path.name, first):
                yield from path.glob(rest) if rest else (path,)

    def rglob(self, pattern: str) -> Iterator[RemotePath]:  # type: ignore[override]
        """Yields what has a name that matches, at any depth below this folder."""
        for path in self.iterdir() if self.is_dir() else ():
            if fnmatchcase(path.name, pattern):
                yield path
            yield from path.rglob(pattern)

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        """Makes this folder and those above."""
        if not exist_ok and self.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(self))
        with self._os_errors():
            _gfile().makedirs(str(self))

    def unlink(self, missing_ok: bool = False) -> None:
        """Removes this file."""
        with contextlib.suppress(*[FileNotFoundError] * missing_ok), self._os_errors():
            _gfile().remove(str(self))

    def rename(self, target: str | os.PathLike[str]) -> RemotePath:
        """Moves this file or folder, and returns where to; a file that is there is replaced."""
        with self._os_errors():
            _gfile().rename(str(self), os.fspath(target), overwrite=True)
        return RemotePath(target)

    replace = rename

    def open(  # type: ignore[override]
        self,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]:
        """Opens the file to read ("r"), write ("w") or append ("a"), as text or, with "b", as bytes."""
        raw = _RemoteFile(self, mode.replace("b", "").replace("t", ""))
        buffered: Any = (io.BufferedReader if raw.readable() else io.BufferedWriter)(raw, _BUFFER_BYTES)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding or "utf-8", errors, newline)

    def copy_from(self, local: Path) -> None:
        """Writes this file, whole or not at all, with a local one's content."""
        self.parent.mkdir(exist_ok=True)
        self._drop_from_ram()
        with self._os_errors():
            _gfile().copy(os.fspath(local), str(self), overwrite=True)

    def _drop_from_ram(self) -> None:
        """Removes this file from TensorFlow's memory, where writing appends to an existing file."""
        if self.parts[0] == "ram:":
            self.unlink(missing_ok=True)

    def copy_to(self, local: Path) -> None:
        """Writes a local file with this one's content."""
        with self._os_errors():
            _gfile().copy(str(self), os.fspath(local), overwrite=True)

    def remove_tree(self) -> None:
        """Removes this folder and all in it, if there is one."""
        with contextlib.suppress(FileNotFoundError), self._os_errors():
            _gfile().rmtree(str(self))

    @contextlib.contextmanager
    def _os_errors(self) -> Iterator[None]:
        """Turns what TensorFlow raises into what Python raises for local files."""
        import tensorflow as tf

        numbers = {
            tf.errors.NotFoundError: errno.ENOENT,
            tf.errors.PermissionDeniedError: errno.EACCES,
            tf.errors.UnauthenticatedError: errno.EACCES,
            tf.errors.AlreadyExistsError: errno.EEXIST,
            tf.errors.ResourceExhaustedError: errno.ENOSPC,
        }
        try:
            yield
        except tf.errors.OpError as error:
            number = numbers.get(type(error), errno.EIO)
            lines = [] if number == errno.ENOENT else error.message.splitlines()
            raise OSError(number, (lines or [os.strerror(number)])[0], str(self)) from error


class _RemoteFile(io.RawIOBase):
    """An open remote file: what Python's buffered and text streams stand on."""

    def __init__(self, path: RemotePath, mode: str):
        if mode not in ("r", "w", "a"):
            raise ValueError(f"a remote file is opened by r, w or a, got {mode!r}")
        self._path = path
        self._is_read = mode == "r"
        if self._is_read and stat.S_ISDIR(
            path.stat().st_mode
        ):  # a missing one is reported now, as for local files
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if mode == "w":
            path._drop_from_ram()
        self._file = _gfile().GFile(str(path), mode + "b")

    def readable(self) -> bool:
        return self._is_read

    def writable(self) -> bool:
        return not self._is_read

    def seekable(self) -> bool:
        return self._is_read

    def readinto(self, buffer: Any) -> int:
        with self._path._os_errors():
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def write(self, data: Any) -> int:
        with self._path._os_errors():
            self._file.write(bytes(data))
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        with self._path._os_errors():
            self._file.seek(offset, whence)
        return self.tell()

    def tell(self) -> int:
        if not self._is_read:
            raise io.UnsupportedOperation("where a remote file is written is not known")
        return int(self._file.tell())

    def close(self) -> None:
        if not self.closed:
            super().close()
            with self._path._os_errors():
                self._file.close()


def remove_tree(folder: Path, *, ignore_errors: bool = True) -> None:
    """Removes a folder and all in it, if there is one.

    Args:
      folder: The folder.
      ignore_errors: Whether what cannot be removed from a local disk stays, without an error.
    """
    if isinstance(folder, RemotePath):
        folder.remove_tree()
    else:
        shutil.rmtree(folder, ignore_errors=ignore_errors)


def matching_paths(pattern: str) -> list[str]:
    """Returns the paths that match a pattern, local or remote, in the order of their names."""
    if isinstance(as_path(pattern), RemotePath):
        return sorted(_gfile().glob(pattern))
    return sorted(glob.glob(pattern))


def whole_paths(pieces: Sequence[str], separator: str = ",") -> list[str]:
    """Returns the paths that a text names, given what is between its separators: some paths have separators themselves.

    Neighbours are one path where that is there, as many as possible; what is not there stays apart. Empty pieces are
    left out.
    """
    paths: list[str] = []
    start = 0
    while start < len(pieces):
        ends = range(len(pieces), start + 1, -1)
        joined = ((end, separator.join(pieces[start:end]).strip()) for end in ends)
        end, path = next(
            ((end, path) for end, path in joined if exists(path)), (start + 1, pieces[start].strip())
        )
        paths += [path] if path else []
        start = end
    return paths


def exists(path: str) -> bool:
    """Returns whether a file or folder is there; a text that cannot be a path's is none's."""
    try:
        return as_path(path).exists()
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def local_copy(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields a local file with a file's content and name, for what reads local files only: itself where it is local."""
    source = as_path(path)
    if not isinstance(source, RemotePath):
        yield source
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / source.name
        source.copy_to(copy)
        yield copy


def _gfile() -> Any:
    import tensorflow as tf

    return tf.io.gfile
