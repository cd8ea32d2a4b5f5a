"""TensorFlow's stateless uniform numbers by NumPy, of many seeds in one call.

`tf.random.stateless_uniform` takes one seed a call. These are the same numbers, bit for bit.

Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" (Philox 4x32 of ten rounds); TensorFlow,
stateless_random_ops.cc, for how a seed becomes a key and a counter.
"""

from __future__ import annotations

import numpy as np

_WORDS = 4
_ROUNDS = 10
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_KEY_STEPS = (np.uint64(0x9E3779B9), np.uint64(0xBB67AE85))
# What TensorFlow mixes a seed with, so that all its bits count.
_SEED_KEY = (np.uint64(0x3EC8F720), np.uint64(0x02461E29))
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_MANTISSA, _EXPONENT_OF_ONE = np.uint32(0x7FFFFF), np.uint32(127 << 23)

Words = tuple[np.ndarray, ...]


def uniform(seeds: np.ndarray, count: int) -> np.ndarray:
    """Returns what `tf.random.stateless_uniform([count], seed)` returns for each seed on a CPU.

    Args:
      seeds: [n, 2] int64.
      count: Numbers for each seed.
    Returns:
      [n, count] float32 in [0, 1).
    """
    halves = np.ascontiguousarray(seeds, np.int64).view(np.uint64)
    first, second = halves[:, :1], halves[:, 1:]
    mixed = _block((first & _LOW, first >> _HALF, second & _LOW, second >> _HALF), _SEED_KEY)
    counter = np.arange(-(-count // _WORDS), dtype=np.uint64)[None]
    words = _block((counter, np.zeros_like(counter), mixed[2], mixed[3]), mixed[:2])
    numbers = np.stack(np.broadcast_arrays(*words), axis=-1).reshape(len(seeds), -1)[:, :count]
    return ((numbers.astype(np.uint32) & _MANTISSA) | _EXPONENT_OF_ONE).view(np.float32) - np.float32(1)


def _block(counter: Words, key: Words | tuple[np.uint64, ...]) -> Words:
    """Returns Philox's four random words for a counter of four and a key of two, all of 32 bits in uint64."""
    zero, one, two, three = counter
    keys = [np.asarray(word) for word in key]
    for _ in range(_ROUNDS):
        upper, lower = zero * _MULTIPLIERS[0], two * _MULTIPLIERS[1]
        zero, one, two, three = (
            (lower >> _HALF) ^ one ^ keys[0],
            lower & _LOW,
            (upper >> _HALF) ^ three ^ keys[1],
            upper & _LOW,
        )
        keys = [(word + step) & _LOW for word, step in zip(keys, _KEY_STEPS, strict=True)]
    return zero, one, two, three
