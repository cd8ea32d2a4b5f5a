"""Whether what came is a whole photo of a kind that can be read, told from its bytes alone: servers call HTML
"image/jpeg" and JPEG "text/plain"."""

from __future__ import annotations

import re

from emotionet_tf.errors import UserError
from emotionet_tf.photos.file_kinds import is_cut_off, kind_problem

CUT_OFF = "cut off"
KIND_BYTES = 256
"""So many bytes at a photo's start tell its kind."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


def picture_problem(data: bytes) -> str:
    """Returns why bytes are not a whole photo; empty if nothing speaks against it, as far as can be said undecoded."""
    if problem := kind_problem(data[:KIND_BYTES]):
        return problem
    if data.startswith(b"RIFF"):
        return CUT_OFF if len(data) < 8 + int.from_bytes(data[4:8], "little") else ""
    if data.startswith(b"BM"):
        return CUT_OFF if len(data) < int.from_bytes(data[2:6], "little") else ""
    return CUT_OFF if is_cut_off(data) else ""


def read_checksums(path: str) -> frozenset[str]:
    """Returns the SHA-256 sums that a text file lists, each the first word of its line, as sha256sum prints them.

    Lines that are empty or begin with # are skipped.

    Raises:
      UserError: If the file cannot be read, or a line does not begin with a sum.
    """
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"reject_sha256 {path} cannot be read: {error}") from error
    sums = set()
    for number, line in enumerate(lines, start=1):
        word = line.split(maxsplit=1)[0].lower() if line.strip() else "#"
        if word.startswith("#"):
            continue
        if not _SHA256.fullmatch(word):
            raise UserError(
                f"reject_sha256 {path}, line {number}: {word!r} is not a SHA-256 sum of 64 hexadecimal digits"
            )
        sums.add(word)
    return frozenset(sums)
