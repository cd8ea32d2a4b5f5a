"""Photos on the disk: checked, written aside and renamed; and what is there from before."""

from __future__ import annotations

import errno
import hashlib
from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.downloads.photo_checks import picture_problem
from emotionet_tf.storage.files import written_aside

PLACEHOLDER = "listed in reject_sha256"
# What is wrong with one name only; any other error, such as a full disk, would meet every photo.
_NAME_ERRORS = (
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
    errno.ENAMETOOLONG,
    errno.EINVAL,
    errno.EILSEQ,
    errno.ELOOP,
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A photo that lies on the disk, or why it does not (`problem`)."""

    sha256: str = ""
    num_bytes: int = 0
    problem: str = ""


def store_photo(data: bytes, folder: Path, path: str, rejected_sums: frozenset[str]) -> Stored:
    """Checks a photo and writes it, in one piece.

    Args:
      data: What came.
      folder: The output folder.
      path: The photo's place below it.
      rejected_sums: SHA-256 sums of pictures that hosts show in place of a photo.
    Raises:
      OSError: If the disk takes no files, because it is full for example.
    """
    checked = _checked(data, rejected_sums)
    if checked.problem:
        return checked
    target = folder / path
    if not target.parent.resolve().is_relative_to(folder.resolve()):
        return Stored(problem="its folder is a link to elsewhere")
    try:
        with written_aside(target) as aside:
            aside.write_bytes(data)
    except OSError as error:
        if error.errno not in _NAME_ERRORS:
            raise
        return Stored(problem=f"cannot be stored under its name ({error.strerror})")
    return checked


def stored_photo(folder: Path, path: str, rejected_sums: frozenset[str]) -> Stored:
    """Returns what lies at a photo's place, read and checked; its `problem` says why that does not count."""
    try:
        data = (folder / path).read_bytes()
    except OSError as error:
        return Stored(problem=error.strerror or "cannot be read")
    return _checked(data, rejected_sums)


def stored_size(folder: Path, path: str) -> int | None:
    """Returns the bytes of the file at a photo's place; None if there is none."""
    try:
        return (folder / path).stat().st_size
    except OSError:
        return None


def remove_leftovers(folder: Path) -> None:
    """Removes what a killed run had written aside."""
    for leftover in folder.rglob(".*.part"):
        leftover.unlink(missing_ok=True)


def _checked(data: bytes, rejected_sums: frozenset[str]) -> Stored:
    if problem := picture_problem(data):
        return Stored(problem=problem)
    sha256 = hashlib.sha256(data).hexdigest()
    return Stored(sha256, len(data), PLACEHOLDER if sha256 in rejected_sums else "")
