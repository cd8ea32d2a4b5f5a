"""The label files below a dataset's folder, listed once and found by their places."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.tables.text_lines import read_lines

_SUFFIXES = (".txt", ".csv", ".tsv", ".xlsx", ".xml", ".eaf", ".auw")
"""What label files end in, in either case; a folder may hold a million pictures beside them."""


@dataclass(frozen=True)
class LabelFile:
    """A label file.

    Attributes:
      path: Where it is.
      name: What messages call it: its path below the dataset's folder, with forward slashes.
      groups: What its name says, as the pattern that found it has it.
    """

    path: Path
    name: str
    groups: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The name of the folder that it is in; "." for the dataset's."""
        return self.name.rpartition("/")[0] or "."

    def first_line(self) -> str:
        """Returns its first line that is not blank, without the blanks around; "" of a file that has no text."""
        lines = (line.text.strip(" \t\ufeff\r") for line in islice(read_lines(self.path), 100))
        try:
            return next((text for text in lines if text), "")
        except UserError:
            return ""


@dataclass(frozen=True)
class LabelFolder:
    """A dataset's folder, or the one file that it is.

    Attributes:
      root: The folder or file.
      files: All files in and below it that may be label files, sorted; hidden ones and what unpacking on a Mac leaves
        behind are left out.
    """

    root: Path
    files: tuple[LabelFile, ...]

    @classmethod
    def of(cls, root: Path) -> LabelFolder:
        """Lists a folder's files; a file is its own only one."""
        if root.is_file():
            return cls(root, (LabelFile(root, root.name),))
        found = []
        for folder, folders, files in os.walk(root):
            folders[:] = sorted(one for one in folders if not one.startswith((".", "__MACOSX")))
            below = Path(folder).relative_to(root)
            found += [
                LabelFile(Path(folder, one), (below / one).as_posix())
                for one in sorted(files)
                if one.lower().endswith(_SUFFIXES) and not one.startswith(".")
            ]
        return cls(root, tuple(found))

    def matching(self, pattern: re.Pattern[str]) -> list[LabelFile]:
        """Returns the files in whose whole paths a pattern is found, in order, with its groups.

        The path begins with the folders above the dataset's, so that a user may name a folder within the dataset.
        """
        return list(self._matching(pattern))

    def _matching(self, pattern: re.Pattern[str]) -> Iterator[LabelFile]:
        above = Path(os.path.abspath(self.root)).as_posix()
        for file in self.files:
            place = above if self.root.is_file() else f"{above}/{file.name}"
            if found := pattern.search(place):
                yield LabelFile(file.path, file.name, tuple(group or "" for group in found.groups()))
