"""How nodes name the folders that are elsewhere at another call: a run that was moved, another checkout."""

from __future__ import annotations

import re
from pathlib import Path

RUN = Path("{run}")
"""Stands for the run's folder in a node's paths and arguments."""

PACKAGE = Path("{package}")
"""Stands for the library's own folder, whose flagfiles commands name."""

PACKAGE_DIR = Path(__file__).parents[2]
"""The library's own folder."""


def filled(text: str, run: Path | str, package: Path | str = PACKAGE_DIR) -> str:
    """Returns a path, or an argument with paths in it, with the folders' names in place of what stands for them.

    They are written as `pathlib` writes them: with "." for the run, "{run}/models" is "models".
    """
    names = {str(RUN): Path(run), str(PACKAGE): Path(package)}

    def name(match: re.Match[str]) -> str:
        folder = names[match[1]]
        return str(folder / "x")[:-1] if match[2] else str(folder)

    return re.sub(r"(\{run\}|\{package\})(/?)", name, text)
