"""What a long run has done so far: kept beside what it will write, so that the same run resumes after a kill."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from emotionet_tf.errors import stop_says
from emotionet_tf.storage.files import NO_ROOM
from emotionet_tf.storage.paths import RemotePath, as_path
from emotionet_tf.storage.write_locks import only_writer
from emotionet_tf.versions import installed_versions


class RowsSoFar:
    """What is done, an entry after the other.

    Args:
      file: Where entries are kept; None to keep none.
      entries: What the runs before have done.
    Attributes:
      entries: What the runs before have done, in JSON's types, in the order in which they did it.
      num_kept: How many rows are kept for the next run; for who counts them, and for the message of a stopped run.
    """

    def __init__(self, file: IO[bytes] | None = None, entries: Sequence[Any] = ()) -> None:
        self.entries = list(entries)
        self.num_kept = 0
        self._file = file

    def add(self, entry: Any) -> Any:
        """Keeps an entry for the next run; returns it as that would read it, so that both go on with the same."""
        line = json.dumps(entry, default=lambda value: value.item())
        if self._file:
            _write_line(self._file, line.encode())
        return _loaded(line)


@contextlib.contextmanager
def rows_so_far(
    target: str | os.PathLike[str], made_by: Mapping[str, Any], what: str = "rows"
) -> Iterator[RowsSoFar]:
    """Yields what earlier runs have done of a table or folder, and keeps other runs from writing it meanwhile.

    The entries are lines of a hidden file beside the target; a line that a kill has cut off is dropped. The file is
    removed when the body ends well, and begun again where it was made by something else. For a target on gs:// or the
    like nothing is kept.

    Args:
      target: What will be written in one piece.
      made_by: What decides the rows; the versions of all packages count, too.
      what: What rows are called, for the message of a run that is stopped.
    Raises:
      UserError: If another run writes the target.
      StoppedError: As the body's, with how much is kept.
    """
    path = as_path(target)
    if isinstance(path, RemotePath):
        yield RowsSoFar()
        return
    with only_writer(path):
        path = path.resolve()
        place = path.with_name(f".{path.name}.so_far")
        first = json.dumps({"made_by": dict(made_by), "versions": installed_versions()}).encode()
        with place.open("a+b") as file:
            rows = RowsSoFar(file, _entries(file, first))
            with stop_says(lambda: f"{rows.num_kept} {what} are done and kept, the same command resumes"):
                yield rows
        place.unlink(missing_ok=True)


def stamp_of(path: Path) -> list[int] | None:
    """Returns what changes when a file is replaced or its rights are: length and times; None if there is no file."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _entries(file: IO[bytes], first: bytes) -> list[Any]:
    """Returns the entries of a file that begins with this line, and cuts off what is not whole; else empties it."""
    file.seek(0)
    entries: list[Any] = []
    end = 0
    for number, line in enumerate(file):
        if not line.endswith(b"\n") or (number == 0 and line[:-1] != first):
            break
        try:
            content = _loaded(line)
        except ValueError:
            break
        end += len(line)
        if number:
            entries.append(content)
    file.truncate(end)
    file.seek(end)
    if not end:
        _write_line(file, first)
    return entries


def _write_line(file: IO[bytes], line: bytes) -> None:
    """Writes a line at once; an error about room names the file."""
    try:
        file.write(line + b"\n")
        file.flush()
    except OSError as error:
        if error.filename is None and error.errno in NO_ROOM:
            error.filename = file.name
        raise


def _loaded(line: str | bytes) -> Any:
    """Reads an entry; its names are kept once, not once an entry: a run of a million photos has as many."""
    return json.loads(
        line, object_pairs_hook=lambda pairs: {sys.intern(name): value for name, value in pairs}
    )
