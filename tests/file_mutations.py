"""Ways in which a file gets damaged or is saved differently: each takes its bytes and a source of chance."""

from __future__ import annotations

import random
import re
from collections.abc import Callable


def cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def other_separator(content: bytes, rng: random.Random) -> bytes:
    old, new = rng.choice(
        [(b",", b";"), (b",", b"\t"), (b" ", b","), (b"   ", b" "), (b"\n", b"\r\n"), (b'"', b"'")]
    )
    return content.replace(old, new)


def duplicated_line(content: bytes, rng: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    if lines:
        place = rng.randrange(len(lines))
        lines.insert(rng.randrange(len(lines) + 1), lines[place])
    return b"".join(lines)


def swapped_columns(content: bytes, rng: random.Random) -> bytes:
    return re.sub(rb"^([^,\s]+)([,\s]+)([^,\s]+)", rb"\3\2\1", content, flags=re.M)


def letter_for_digit(content: bytes, rng: random.Random) -> bytes:
    places = [place for place, byte in enumerate(content) if chr(byte).isdigit()]
    return _changed(content, rng.choice(places), b"x") if places else content


def other_digit(content: bytes, rng: random.Random) -> bytes:
    places = [place for place, byte in enumerate(content) if chr(byte).isdigit()]
    return _changed(content, rng.choice(places), str(rng.randrange(10)).encode()) if places else content


def other_byte(content: bytes, rng: random.Random) -> bytes:
    return _changed(content, rng.randrange(len(content)), bytes([rng.randrange(256)])) if content else content


def longer_number(content: bytes, rng: random.Random) -> bytes:
    places = [place for place, byte in enumerate(content) if chr(byte).isdigit()]
    return _changed(content, rng.choice(places), b"9" * rng.randrange(2, 30)) if places else content


def emptied(content: bytes, rng: random.Random) -> bytes:
    return b""


def _changed(content: bytes, place: int, new: bytes) -> bytes:
    return content[:place] + new + content[place + 1 :]


OF_ONE_FILE: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    cut,
    other_separator,
    duplicated_line,
    swapped_columns,
    letter_for_digit,
    other_digit,
    other_byte,
    longer_number,
    emptied,
)
