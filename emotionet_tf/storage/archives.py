"""Archives that others may have written: they cannot unpack without a limit, nor write outside of a folder."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable, Collection
from pathlib import PurePosixPath

from emotionet_tf.errors import UserError

MAX_UNPACKED_VARIABLE = "EMOTIONET_TF_MAX_UNPACKED_GIB"
"""The environment variable that raises `DEFAULT_MAX_UNPACKED_GIB`."""
DEFAULT_MAX_UNPACKED_GIB = 8

# Sheets of labels unpack to 10 to 30 times their size, zip bombs to 1,000 times.
_MAX_RATIO = 200
_FREE_BYTES = 64 << 20
"""Files up to this size may be packed as densely as they like."""


def max_unpacked_bytes() -> int:
    """Returns how many bytes one archive may unpack to.

    Raises:
      UserError: If the environment variable is not a positive number.
    """
    text = os.environ.get(MAX_UNPACKED_VARIABLE, "")
    try:
        gibibytes = float(text) if text else DEFAULT_MAX_UNPACKED_GIB
        if not 0 < gibibytes < 1 << 30:
            raise ValueError(text)
    except ValueError as error:
        raise UserError(f"{MAX_UNPACKED_VARIABLE} is a number of GiB above 0, got {text!r}") from error
    return int(gibibytes * (1 << 30))


def check_unpacked_size(path: str | os.PathLike[str], packed_bytes: int, unpacked_bytes: int) -> None:
    """Raises UserError, with the way to raise the limit, where a file would unpack to more than it may."""
    most = max_unpacked_bytes()
    if unpacked_bytes > most:
        raise UserError(
            f"{os.fspath(path)} unpacks to {unpacked_bytes:,} bytes, more than the {most:,} that are expected; if it "
            f"is yours, set {MAX_UNPACKED_VARIABLE}={-(-unpacked_bytes >> 30)}"
        )
    if unpacked_bytes > max(_FREE_BYTES, _MAX_RATIO * packed_bytes):
        raise UserError(
            f"{os.fspath(path)} unpacks from {packed_bytes:,} to {unpacked_bytes:,} bytes, which no file of numbers or "
            "texts does"
        )


def check_archive(
    archive: zipfile.ZipFile,
    path: str | os.PathLike[str],
    is_expected: Callable[[str], bool] = lambda name: True,
) -> None:
    """Checks a zip archive before anything of it is read; zipfile itself never reads more than a declared size.

    Args:
      archive: The archive.
      path: Where it is, for messages.
      is_expected: Whether a file of a name may be in it.
    Raises:
      UserError: If a name points out of a folder, is there twice, is a link's or not expected; if a file is encrypted;
        or if one, or all together, would unpack to more than expected.
    """
    names: set[str] = set()
    for member in archive.infolist():
        _check_name(member, path, names)
        if not is_expected(member.filename):
            raise UserError(
                f"{os.fspath(path)} holds a file {member.filename!r}, which does not belong there"
            )
        if member.flag_bits & 1:
            raise UserError(f"{os.fspath(path)}: its file {member.filename} is encrypted")
        check_unpacked_size(
            f"{os.fspath(path)}: its file {member.filename}", member.compress_size, member.file_size
        )
        names.add(member.filename)
    packed, unpacked = (
        sum(getattr(member, size) for member in archive.infolist()) for size in ("compress_size", "file_size")
    )
    check_unpacked_size(path, packed, unpacked)


def _check_name(member: zipfile.ZipInfo, path: str | os.PathLike[str], earlier: Collection[str]) -> None:
    name = member.filename
    is_outside = (
        ".." in PurePosixPath(name).parts
        or name.startswith("/")
        or "\\" in name
        or name[1:2] == ":"
        or not name
    )
    if is_outside or stat.S_ISLNK(member.external_attr >> 16):
        raise UserError(
            f"{os.fspath(path)} holds {name!r}, a link or a path out of its folder; it is not unpacked"
        )
    if name in earlier:
        raise UserError(f"{os.fspath(path)} holds {name!r} twice")
