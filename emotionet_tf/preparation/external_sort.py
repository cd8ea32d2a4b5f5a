"""Sorting more rows than fit in memory: sorted runs in files, merged when they are read."""

from __future__ import annotations

import heapq
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from emotionet_tf.storage.paths import RemotePath

_MAX_ROWS = 20_000
_ROWS_A_READ = 200


class SortedSpill:
    """Rows that are added in any order and come out sorted; at most `max_rows` of them are in memory at a time.

    Args:
      folder: Where the runs go, as files without a name: they vanish with the process, however it ends. Those of a
        remote folder go where the system keeps temporary files.
      max_rows: Rows of a run.
    """

    def __init__(self, folder: Path, max_rows: int = _MAX_ROWS) -> None:
        self._folder = None if isinstance(folder, RemotePath) else folder
        self._max_rows = max_rows
        self._rows: list[tuple[Any, ...]] = []
        self._runs: list[IO[bytes]] = []
        self._num_in_runs = 0

    def __len__(self) -> int:
        """Returns how many rows were added."""
        return self._num_in_runs + len(self._rows)

    def add(self, row: tuple[Any, ...]) -> None:
        """Takes a row: a tuple that can be compared with the others."""
        self._rows.append(row)
        if len(self._rows) >= self._max_rows:
            self._spill()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Yields the rows in their order; one iteration at a time."""
        self._rows.sort()
        yield from heapq.merge(self._rows, *map(_read, self._runs))

    def _spill(self) -> None:
        self._rows.sort()
        run = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - it is read as long as this object lives
        for start in range(0, len(self._rows), _ROWS_A_READ):
            pickle.dump(self._rows[start : start + _ROWS_A_READ], run, pickle.HIGHEST_PROTOCOL)
        run.flush()
        self._runs.append(run)
        self._num_in_runs += len(self._rows)
        self._rows = []


def _read(run: IO[bytes]) -> Iterator[tuple[Any, ...]]:
    run.seek(0)
    while True:
        try:
            # What this process wrote, in a file without a name.
            yield from pickle.load(run)  # noqa: S301
        except EOFError:
            return
