"""Bootstrap resamples of identities, as weights: how often each person is drawn.

Whatever is compared on the same resamples is compared in pairs: what the choice of persons does to all alike cancels.
Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 6.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

NUM_DRAWS = 1000
"""Resamples, where nobody asks for another number."""

_CHUNK_WEIGHTS = 16_000_000


def resample_weights(num_identities: int, num_draws: int, seed: int) -> Iterator[np.ndarray]:
    """Yields pieces of [1 + draws, identities] float32: how often each identity is in a resample.

    The first row, a piece of its own, is all ones: the identities as they are.

    Args:
      num_identities: Persons, or photos where nothing says who is on them; at least 1.
      num_draws: Resamples, each of as many identities as there are.
      seed: Of the resamples; the pieces' sizes do not change what is drawn.
    """
    yield np.ones((1, num_identities), np.float32)
    generator = np.random.default_rng(seed)
    step = max(1, _CHUNK_WEIGHTS // num_identities)
    for start in range(0, num_draws, step):
        size = min(step, num_draws - start)
        drawn = generator.integers(num_identities, size=(size, num_identities))
        drawn += np.arange(size)[:, None] * num_identities
        weights = np.bincount(drawn.ravel(), minlength=size * num_identities)
        yield weights.reshape(size, num_identities).astype(np.float32)
