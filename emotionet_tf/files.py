"""Writing files so that nothing incomplete ever looks whole."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def written_aside(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields a path beside `path` to write to; on success it is synced and renamed to `path`, else removed.

    The folder of `path` is created where it is missing.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield aside
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes a text file in one piece, as UTF-8 with line feeds."""
    with written_aside(path) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: str | os.PathLike[str], content: Any) -> None:
    """Writes JSON in one piece, indented and with a final line feed."""
    write_text(path, json.dumps(content, indent=2) + "\n")


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Returns a file's SHA-256 as hexadecimal digits, read in pieces."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


@contextlib.contextmanager
def folder_written_aside(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields an empty folder beside `path` to fill; on success it replaces `path`, on error it is removed.

    What a killed process left aside is removed first: one process at a time may fill the folder.
    """
    target = Path(path)
    aside, old = (target.with_name(f".{target.name}.{suffix}") for suffix in ("part", "old"))
    for leftover in (aside, old):
        shutil.rmtree(leftover, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        yield aside
        if target.exists():
            target.replace(old)
        aside.replace(target)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
