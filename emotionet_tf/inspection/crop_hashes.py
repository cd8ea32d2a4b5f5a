"""Short codes that show which crops are of one photo: with equal bytes, or compressed or scaled differently."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np

_SIDE = 16
NUM_BITS = _SIDE * _SIDE
NUM_BANDS = 12
MAX_DISTANCE = NUM_BANDS - 1
"""Pairs within so many bits are all found: two codes that differ in 11 bits are equal in one of 12 bands.

With 16 bands, a hundred times as many of 14,326 rendered faces' pairs had to be compared."""

_WORDS = NUM_BITS // 64
# Pairs compared at once, about 80 MB.
_PAIRS = 1 << 20


def content_code(data: bytes) -> int:
    """Returns a 64-bit checksum; among a million different files two share one with odds of 1 to 37 million."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def difference_code(jpeg: bytes) -> np.ndarray:
    """Returns [4] uint64 that nearly agree for a picture and its copies: whether each of 16 x 16 places is brighter
    than the one to its left.

    64 bits, as are usual for photos, are too few for registered faces, which are all alike: of 20.6 million pairs of
    6,419 rendered close-ups of 72 px, 297 were within 3 bits of 64, but none within 23 bits of 256. Compressed again at
    quality 60, or scaled down to 40 px and back, half of them stayed within 8 bits of 256, and 9 of 10 within 14; moved
    by half a pixel each way, half of them within 15. So what is found is a copy, but not every copy is found.
    Source: a "difference hash" (N. Krawetz, "Kind of Like That", 2013). The size is our choice.
    """
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        return np.zeros(_WORDS, np.uint64)
    small = cv2.resize(picture, (_SIDE + 1, _SIDE), interpolation=cv2.INTER_AREA)
    return np.packbits(small[:, 1:] > small[:, :-1]).view(np.uint64)


def near_pairs(codes: np.ndarray, max_distance: int) -> Iterator[np.ndarray]:
    """Yields the pairs of codes that differ in at most so many bits, each once, some at a time.

    Args:
      codes: [n, 4] of `difference_code`.
      max_distance: 0 to `MAX_DISTANCE`.
    Returns:
      [pairs, 2] int64, indices of which the first is the smaller.
    Raises:
      ValueError: If not all pairs of the distance could be found.
    """
    if not 0 <= max_distance <= MAX_DISTANCE:
        raise ValueError(f"max_distance must be 0 to {MAX_DISTANCE}, got {max_distance}")
    bands = _bands(codes)
    for number in range(NUM_BANDS):
        order = np.argsort(bands[:, number], kind="stable")
        for pairs in _equal_pairs(bands[order, number]):
            first, second = np.sort(order[pairs], axis=1).T
            # A pair that is equal in an earlier band was already found.
            is_new = ~(bands[first, :number] == bands[second, :number]).any(axis=1)
            first, second = first[is_new], second[is_new]
            is_near = _distance(codes[first], codes[second]) <= max_distance
            if is_near.any():
                yield np.stack([first[is_near], second[is_near]], axis=1)


def _bands(codes: np.ndarray) -> np.ndarray:
    """Returns [n, 12] uint32: each code's bits distributed over 12 bands, because neighbouring bits are similar."""
    bits = np.unpackbits(codes.view(np.uint8), axis=1)
    bands = np.zeros((len(codes), NUM_BANDS, 4), np.uint8)
    for number in range(NUM_BANDS):
        packed = np.packbits(bits[:, number::NUM_BANDS], axis=1)
        bands[:, number, : packed.shape[1]] = packed
    return bands.view(np.uint32)[:, :, 0]


def _equal_pairs(ordered: np.ndarray) -> Iterator[np.ndarray]:
    """Yields [pairs, 2], the places of all pairs of equal values in an ordered array."""
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ends = np.r_[starts[1:], len(ordered)][np.cumsum(np.r_[True, ordered[1:] != ordered[:-1]]) - 1]
    num_behind = ends - np.arange(len(ordered)) - 1
    begin = 0
    while begin < len(ordered):
        total = np.cumsum(num_behind[begin : begin + _PAIRS])
        stop = begin + max(1, int(np.searchsorted(total, _PAIRS, side="right")))
        counts = num_behind[begin:stop]
        first = np.repeat(np.arange(begin, stop), counts)
        second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
        yield np.stack([first, second], axis=1)
        begin = stop


def _distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Returns [n], the number of bits in which codes [n, 4] differ."""
    different = (first ^ second).view(np.uint16)
    return _bit_counts()[different].sum(axis=1, dtype=np.int64)


@cache
def _bit_counts() -> np.ndarray:
    """Returns [65536] uint8: how many bits of each number are 1."""
    numbers = np.arange(1 << 16, dtype=np.uint16)
    return np.unpackbits(numbers.view(np.uint8).reshape(-1, 2), axis=1).sum(axis=1, dtype=np.uint8)
