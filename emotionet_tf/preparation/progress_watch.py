"""How far the workers are, seen by the files that they leave, so that it works for every runner."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

from emotionet_tf.console.progress import CountLine
from emotionet_tf.preparation.work_files import WorkFiles
from emotionet_tf.storage.paths import RemotePath

_SECONDS = 1.0
_REMOTE_SECONDS = 30.0


class ProgressWatch:
    """While it is entered, prints how many photos are done and how long the others will take, once there are some.

    Args:
      work: The work folder.
      rows_of_chunk: Rows of each chunk that is to be done or was done before.
    """

    def __init__(self, work: WorkFiles, rows_of_chunk: Mapping[str, int]) -> None:
        self._work = work
        self._folder = work.chunks
        self._rows_of_chunk = rows_of_chunk
        self._num_all = sum(rows_of_chunk.values())
        self._line = CountLine("photos")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> ProgressWatch:
        self._work.forget_progress()  # of workers that were killed
        self._num_before = self._num_done()
        self._line(self._num_before, self._num_all)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()
        if error[0] is None:
            self._line(self._num_all, self._num_all)

    def _watch(self) -> None:
        seconds = _REMOTE_SECONDS if isinstance(self._folder, RemotePath) else _SECONDS
        while not self._ended.wait(seconds):
            num_done = self._num_done()
            if self._num_before < num_done < self._num_all:
                self._line(num_done, self._num_all)

    def _num_done(self) -> int:
        if not self._folder.is_dir():
            return 0
        names = [os.path.splitext(name) for name in _names_in(self._folder)]
        done = {key for key, kind in names if kind == ".json"}
        begun = {key for key, kind in names if kind == ".count"} - done
        return sum(self._rows_of_chunk.get(key, 0) for key in done) + sum(map(self._work.progress_of, begun))


def _names_in(folder: Path) -> list[str]:
    if isinstance(folder, RemotePath):
        return [path.name for path in folder.iterdir()]
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]
