"""The lines of a text file of any size, encoding and line end, one after the other."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.rejection_reasons import long_line
from emotionet_tf.storage.paths import as_path

MAX_LINE_CHARS = 1 << 20
"""Longer lines are cut: no list has them (ours: 62 short fields), and one of gigabytes must not fill the memory."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


TOO_LONG = long_line(MAX_LINE_CHARS)
"""Why a line is rejected that was cut."""


class TextLine(NamedTuple):
    """A line without its end, and its number, 1 = first."""

    number: int
    text: str

    @property
    def is_cut(self) -> bool:
        """Whether the line was longer than `MAX_LINE_CHARS`; the rest is left out."""
        return len(self.text) > MAX_LINE_CHARS


def first_bytes(path: str | os.PathLike[str], kind: str = "label list", num_bytes: int = 8) -> bytes:
    """Returns how a list, called its kind, begins; raises UserError where it is missing or cannot be read."""
    if not as_path(path).is_file():
        raise UserError(f"{path}: no such {kind}")
    try:
        with as_path(path).open("rb") as file:
            return file.read(num_bytes)
    except OSError as error:
        raise UserError(f"{path}: the list cannot be read: {error.strerror}") from error


def encoding_of(path: str | os.PathLike[str]) -> str:
    """Returns a text file's encoding: UTF-8, or what its byte order mark says."""
    start = first_bytes(path)
    return next((name for mark, name in _BYTE_ORDER_MARKS if start.startswith(mark)), "utf-8")


def read_lines(path: str | os.PathLike[str]) -> Iterator[TextLine]:
    """Yields a text file's lines; they end with LF, CR LF or CR.

    The text is UTF-8, or UTF-16 where a byte order mark says so, as some spreadsheets save it. A stray byte in one of
    a million URLs must not cost the file: it becomes U+FFFD; ids and labels are ASCII.

    Raises:
      UserError: If the file is missing, cannot be read or has a zero byte, as text never has.
    """
    encoding = encoding_of(path)
    try:
        with as_path(path).open(encoding=encoding, errors="replace") as file:
            for number in count(1):
                # One more, so that a line of just the limit keeps its end.
                line = file.readline(MAX_LINE_CHARS + 1)
                if not line:
                    return
                if "\0" in line:
                    raise UserError(
                        f"{path}, line {number}: a zero byte: damaged, or not a text file; "
                        "save a spreadsheet as CSV in UTF-8 first"
                    )
                if line[-1] == "\n":
                    line = line[:-1]
                elif len(line) > MAX_LINE_CHARS:
                    while (rest := file.readline(MAX_LINE_CHARS)) and rest[-1] != "\n":
                        pass
                yield TextLine(number, line)
    except OSError as error:
        raise UserError(f"{path}: the list cannot be read: {error.strerror}") from error
