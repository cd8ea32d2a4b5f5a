"""TFRecord files record by record with their places, so that a broken one can be named and the others read.

A record is its length (8 bytes), the length's checksum (4), the data, and the data's checksum (4), little-endian; the
checksums are masked CRC-32C. Source: TensorFlow, "TFRecord and tf.train.Example". TensorFlow's own reader stops at the
first broken record and names no file.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

import numpy as np

from emotionet_tf.storage.paths import as_path

_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8
_ALL_ONES = 0xFFFFFFFF
# Bytes whose contributions to the checksum are looked up at once; the table has 4 MB.
_BLOCK = 4096
HEAD_BYTES = 12
"""Bytes of a record before its data."""
_TAIL = 4
_BUFFER_BYTES = 1 << 20


@dataclass(frozen=True)
class Frame:
    """One record of a file.

    Attributes:
      offset: Where it begins in the file, in bytes.
      data: Its content; empty where it is broken.
      problem: What is wrong with it; empty where nothing is.
      hides_records: Whether its length is damaged, so that there may be other records before the next frame.
    """

    offset: int
    data: bytes
    problem: str = ""
    hides_records: bool = False


def read_frames(path: str | os.PathLike[str], *, verify: bool, search: bool = False) -> Iterator[Frame]:
    """Yields the records of a file in order, one at a time in memory.

    A record with damaged data is yielded as a problem, and reading continues behind it. What is behind a damaged
    length can only be searched for; without a search, the problem is the last frame.

    Args:
      path: The file.
      verify: Whether to check the checksums; not needed where the whole file's checksum is known to be right.
      search: Whether to continue behind a damaged length, at the next place that has the form of a record. Between
        the two may have been one record or several.
    """
    size = as_path(path).stat().st_size
    offset = 0
    with as_path(path).open("rb", buffering=_BUFFER_BYTES) as file:
        while offset < size:
            head = file.read(HEAD_BYTES)
            left = size - offset - HEAD_BYTES - _TAIL
            if left < 0:
                yield Frame(offset, b"", "the file is cut off in this record")
                return
            (length,) = struct.unpack("<Q", head[:8])
            if verify and _is_wrong(head[:8], head[8:]):
                found = _next_record(file, offset, size) if search else None
                if found is None:
                    yield Frame(offset, b"", "the record's length is damaged; nothing behind it can be read")
                    return
                yield Frame(offset, b"", "the record's length is damaged", hides_records=True)
                offset = found
                file.seek(offset)
                continue
            if length > left:
                yield Frame(offset, b"", "the file is cut off in this record")
                return
            data, checksum = file.read(length), file.read(_TAIL)
            if verify and _is_wrong(data, checksum):
                yield Frame(offset, b"", "the record is damaged: its checksum does not match")
            else:
                yield Frame(offset, data)
            offset += HEAD_BYTES + length + _TAIL


def crc32c(data: bytes) -> int:
    """Returns the CRC-32C (Castagnoli) of bytes.

    The checksum is the exclusive or of what each byte, by its distance from the end, contributes; NumPy combines the
    contributions of a block at once.
    """
    contributions, rows = _contributions()
    state = _ALL_ONES
    for start in range(0, len(data), _BLOCK):
        block = np.frombuffer(data[start : start + _BLOCK], np.uint8).copy()
        folded = min(4, len(block))
        block[:folded] ^= np.frombuffer(struct.pack("<I", state), np.uint8)[:folded]
        combined = np.bitwise_xor.reduce(contributions.take(rows[_BLOCK - len(block) :] + block))
        state = (state >> 8 * folded) ^ int(combined)
    return state ^ _ALL_ONES


@cache
def _contributions() -> tuple[np.ndarray, np.ndarray]:
    """Returns what each of the 256 bytes contributes to the checksum for each number of bytes behind it.

    Returns:
      [_BLOCK * 256] uint32, a flat table, and for each byte of a block where its row begins.
    """
    first = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        first = np.where(first & 1, (first >> 1) ^ np.uint32(_POLYNOMIAL), first >> 1).astype(np.uint32)
    table = np.empty((_BLOCK, 256), np.uint32)
    table[0] = first
    for distance in range(1, _BLOCK):
        table[distance] = first[table[distance - 1] & 0xFF] ^ (table[distance - 1] >> 8)
    return table.ravel(), np.arange(_BLOCK - 1, -1, -1) * 256


def _next_record(file: BinaryIO, offset: int, size: int) -> int | None:
    """Returns where the next record begins behind the one at an offset, found by its length's checksum."""
    start = offset + HEAD_BYTES + _TAIL
    file.seek(start)
    data = file.read()
    # The upper half of a length is 0: no record has 4 GB.
    upper = np.frombuffer(data, np.uint8)[4:] == 0
    starts = np.flatnonzero(upper[:-3] & upper[1:-2] & upper[2:-1] & upper[3:]) if len(upper) > 3 else ()
    for place in starts:
        length, checksum = data[place : place + 8], data[place + 8 : place + HEAD_BYTES]
        begin = start + int(place)
        fits = begin + HEAD_BYTES + int.from_bytes(length, "little") + _TAIL <= size
        if fits and not _is_wrong(length, checksum):
            return begin
    return None


def _is_wrong(data: bytes, checksum: bytes) -> bool:
    crc = crc32c(data)
    masked = ((crc >> 15 | crc << 17) + _MASK_DELTA) & _ALL_ONES
    return struct.pack("<I", masked) != checksum
