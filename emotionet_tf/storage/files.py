"""Writing files so that nothing incomplete ever looks whole.

On a remote file system (`storage.paths`) a file appears when it is closed, and nothing is renamed: the temporary file
is local and copied there at the end.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.storage.paths import RemotePath, as_path, remove_tree
from emotionet_tf.storage.write_locks import only_writer

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Errors of writing to an open file, which the system reports without the file's name."""

_UNFINISHED = ".unfinished"
"""Marks remote folders that are being replaced."""


@contextlib.contextmanager
def written_aside(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields a temporary file beside `path` to write to; on success it is synced and renamed to `path`, else removed.

    The folder of `path` is created if it is missing. For a remote path the temporary file is local.
    """
    target = as_path(path).resolve()  # the file that a link points to is replaced, not the link
    if isinstance(target, RemotePath):
        with tempfile.TemporaryDirectory() as folder:
            aside = Path(folder) / target.name
            yield aside
            target.copy_from(aside)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield aside
        sync(aside)
        aside.replace(target)
    except OSError as error:
        if error.filename is None and error.errno in NO_ROOM:
            error.filename = str(target)
        raise
    finally:
        aside.unlink(missing_ok=True)


def check_writable(path: Path, flag: str, named: Path | None = None) -> None:
    """Raises UserError, with the flag and its value, unless a file can be written at a path."""
    named = named or path
    if path.is_dir():
        raise UserError(f"{flag} {named} is a folder, not a file")
    above = next((folder for folder in path.absolute().parents if folder.exists()), None)
    if above and not above.is_dir():
        raise UserError(f"{flag} {named}: {above} is a file, not a folder")
    if isinstance(path, RemotePath):
        _try_remote(path, flag)
        return
    try:
        # Trying finds more than permissions do: a read-only or full disk, or a folder that takes no files.
        with tempfile.TemporaryFile(dir=above):
            pass
    except OSError as error:
        raise UserError(f"{flag} {named} cannot be written in {above}: {error.strerror}") from error


def _try_remote(path: RemotePath, flag: str) -> None:
    trial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with trial.open("wb") as file:
            file.write(b"trial")
        trial.unlink()
    except OSError as error:
        raise UserError(f"{flag} {path} cannot be written: {error.strerror}") from error


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes a text file, whole or not at all, as UTF-8 with line feeds."""
    with written_aside(path) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: str | os.PathLike[str], content: Any) -> None:
    """Writes JSON, whole or not at all, indented and with a final line feed."""
    write_text(path, json.dumps(content, indent=2) + "\n")


def read_json_or_nothing(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Returns a JSON file's object; empty where it is missing, damaged or no object, as in a run that is at work."""
    try:
        content = json.loads(as_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Returns a file's SHA-256 as hexadecimal digits, read megabyte by megabyte."""
    digest = hashlib.sha256()
    with as_path(path).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextlib.contextmanager
def folder_written_aside(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields an empty folder beside `path` to fill; on success it is synced and replaces `path`, else it is removed.

    The unfinished folder of a killed process is removed first, and a folder that it had already moved away comes back.
    Only one process at a time may fill the folder, as `only_writer` sees to. If `path` is a link, the folder that it
    points to is replaced. A remote folder is filled from a local temporary one: the JSON files that describe it are
    removed first and written last, so that a folder that has them is whole.
    """
    target = as_path(path).resolve()
    if isinstance(target, RemotePath):
        with tempfile.TemporaryDirectory() as folder:
            aside = Path(folder) / target.name
            aside.mkdir()
            yield aside
            _replace_remote(target, aside)
        return
    with only_writer(target):
        yield from _folder_filled(target)


def _folder_filled(target: Path) -> Iterator[Path]:
    aside, old = _copies(target)
    restore_folder(target)
    for leftover in (aside, old):
        shutil.rmtree(leftover, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        yield aside
        _sync_folder(aside)
        if target.exists():
            target.replace(old)
        aside.replace(target)
        sync(target.parent)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        if not target.exists() and old.exists():
            old.replace(target)
        shutil.rmtree(aside, ignore_errors=True)


def _replace_remote(target: RemotePath, source: Path) -> None:
    """Replaces a remote folder by a local one's content; until that is done, a marker says that the folder is ours."""
    marker = target / _UNFINISHED
    target.mkdir(parents=True, exist_ok=True)
    marker.write_text("written by emotionet_tf\n")
    for description in sorted(target.glob("*.json")):
        description.unlink()
    for old in target.iterdir():
        if old.is_dir():
            remove_tree(old)
        elif old != marker:
            old.unlink()
    files = sorted(path for path in source.rglob("*") if path.is_file())
    for path in sorted(files, key=lambda file: file.parent == source and file.suffix == ".json"):
        (target / path.relative_to(source)).copy_from(path)
    marker.unlink()


def restore_folder(path: str | os.PathLike[str]) -> None:
    """Puts a folder back that `folder_written_aside` was killed while replacing; elsewhere does nothing."""
    target = as_path(path).resolve()
    if isinstance(target, RemotePath):
        return
    _, old = _copies(target)
    if old.exists() and not target.exists():
        old.replace(target)


def check_replaceable(path: str | os.PathLike[str], marker: str, kind: str) -> None:
    """Checks that a folder may be replaced: that it is missing, empty, or one that this library wrote.

    Args:
      path: The folder.
      marker: Name of the file that folders of this kind have.
      kind: What such a folder is called, for the message.
    Raises:
      UserError: If it holds something else, is a file or inside one, or has a name of dots only.
    """
    target = as_path(path)
    if not os.fspath(path).strip() or target.name in ("", ".."):
        raise UserError(f"'{path}' cannot become a {kind}; give a new folder's name")
    for above in (target, *target.parents):
        if above.exists() and not above.is_dir():
            raise UserError(f"{above} is a file, not a folder")
    is_ours = (target / marker).is_file() or (
        isinstance(target, RemotePath) and (target / _UNFINISHED).is_file()
    )
    if target.is_dir() and not is_ours and any(target.iterdir()):
        raise UserError(f"{target} exists and is not a {kind}: it has no {marker}; choose another folder")


def _copies(target: Path) -> tuple[Path, Path]:
    """Returns where a folder's new and old content are kept while it is replaced."""
    return target.with_name(f".{target.name}.part"), target.with_name(f".{target.name}.old")


def _sync_folder(folder: Path) -> None:
    """Flushes everything below a folder to the disk."""
    for parent, _, names in os.walk(folder):
        for name in names:
            sync(Path(parent) / name)
        sync(Path(parent))


def sync(path: Path) -> None:
    """Flushes a file's content, or a folder's list of files, to the disk."""
    is_windows = os.name == "nt"
    if is_windows and path.is_dir():
        return  # it cannot be opened
    descriptor = os.open(path, os.O_RDWR if is_windows else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
