"""The files of a run's checkpoints: whole or not there, and found without a list that could be lost."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from emotionet_tf.storage.files import sync
from emotionet_tf.storage.paths import RemotePath, remove_tree

_INDEX = re.compile(r"ckpt-(\d+)\.index")
_WRITING, _WRITTEN = "writing", "written"


class CheckpointFiles:
    """A folder of checkpoints, each an index file and files of data, named by its step.

    A checkpoint is written into a folder of its own, brought to the disk, and marked as whole by that folder's new
    name; only then are its files moved to their places, and if a process is killed meanwhile, the next one does it.
    """

    def __init__(self, folder: Path):
        self._folder = folder

    def steps(self) -> list[int]:
        """Returns the steps of the checkpoints that are there, in rising order."""
        matches = [_INDEX.fullmatch(path.name) for path in self._folder.glob("ckpt-*.index")]
        return sorted(int(match[1]) for match in matches if match)

    def prefix(self, step: int) -> str:
        """Returns how TensorFlow calls a step's checkpoint."""
        return str(self._folder / f"ckpt-{step}")

    def write(self, step: int, write: Callable[[str], object]) -> None:
        """Makes a step's checkpoint; one of the same step is replaced.

        Args:
          step: Names it.
          write: Writes it, given TensorFlow's name of it; may raise.
        """
        if isinstance(self._folder, RemotePath):
            # There, a file appears when it is whole, and the index is written last.
            write(self.prefix(step))
            return
        writing = self._folder / _WRITING
        try:
            writing.mkdir(parents=True, exist_ok=True)
            write(str(writing / f"ckpt-{step}"))
            for path in writing.iterdir():
                sync(path)
            os.replace(writing, self._folder / _WRITTEN)
        finally:
            shutil.rmtree(writing, ignore_errors=True)
        self._take_written()

    def keep(self, num_kept: int, damaged: Collection[int] = ()) -> None:
        """Removes all except the newest, and those that cannot be used."""
        good = [step for step in self.steps() if step not in damaged]
        for step in {*self.steps()} - {*good[-num_kept:]}:
            # The index first: without it, nothing looks like a checkpoint.
            index = self._folder / f"ckpt-{step}.index"
            for path in [index, *self._folder.glob(f"ckpt-{step}.data-*")]:
                path.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Finishes or removes what a killed process left half done."""
        self._take_written()
        steps = self.steps()
        for path in self._folder.glob("*"):
            begun = re.match(r"ckpt-(\d+)\.data-", path.name)
            if path.name == _WRITING or path.name.endswith("_temp"):
                remove_tree(path)
            elif begun and int(begun[1]) not in steps:
                path.unlink()

    def _take_written(self) -> None:
        written = self._folder / _WRITTEN
        if isinstance(self._folder, RemotePath) or not written.is_dir():
            return
        for path in sorted(written.iterdir(), key=lambda path: path.suffix == ".index"):
            os.replace(path, self._folder / path.name)
        sync(self._folder)
        written.rmdir()
