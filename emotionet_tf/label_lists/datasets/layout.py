"""The label files below a dataset's folder."""

from __future__ import annotations

import os
import re
from pathlib import Path


def files_below(root: Path, name: re.Pattern[str]) -> list[Path]:
    """Returns the files in and below a folder whose whole names a pattern matches, sorted; a file itself if it does.

    Hidden files and folders, and what unpacking on a Mac leaves behind, are skipped.
    """
    if root.is_file():
        return [root] if name.fullmatch(root.name) else []
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(one for one in folders if not one.startswith((".", "__MACOSX")))
        found += [
            Path(folder, one) for one in sorted(files) if not one.startswith(".") and name.fullmatch(one)
        ]
    return found


def folder_of(root: Path) -> Path:
    """Returns the folder that messages name files below: the dataset's, or that of a dataset that is one file."""
    return root.parent if root.is_file() else root
