"""How many copies of each example an epoch shows, if examples are not all shown equally often."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

_UNIT = 2**32
_GOLDEN_STEP = round(_UNIT * (math.sqrt(5) - 1) / 2)
_CHUNK = 64
"""Examples that are copied at a time: few, since their copies are in memory together."""

Raw = dict[str, tf.Tensor]


@dataclass(frozen=True, eq=False)
class Repeats:
    """Whole copies of each example in each epoch, by systematic resampling.

    An epoch has as many copies as there are examples. An example whose rate is r (the mean is 1) is in it floor(r) or
    floor(r) + 1 times, over many epochs r times on average. A common offset u in [0, 1) decides for all examples:
    example i has floor(R_i + u) - floor(R_(i-1) + u) copies, with R_i the sum of the rates up to i. Each epoch's offset
    is the one before plus the golden ratio, modulo 1: the offsets fill [0, 1) evenly, so that an example with a rate of
    1/3 comes about every third epoch. All sums are integers, so they are exact everywhere.

    Attributes:
      sums: [examples] int64, R_i in 2^-32.
      shard_sums: [shards + 1] int64, R before each shard and in all.
      shard_starts: [shards + 1] int64, the first example of each shard and the number of all.
      first_offset: The offset of epoch 0, in 2^-32.
    Source: systematic resampling as in particle filters (Kitagawa 1996); the offsets' sequence is our choice.
    """

    sums: tf.Tensor
    shard_sums: tf.Tensor
    shard_starts: tf.Tensor
    first_offset: int

    def counts(self, epoch: tf.Tensor) -> tf.Tensor:
        """Returns the copies of all examples of each shard in an epoch, [shards] int64."""
        ends = self._whole(self.shard_sums, epoch)
        return ends[1:] - ends[:-1]

    def copies(self, epoch: tf.Tensor, shard: tf.Tensor) -> tf.Tensor:
        """Returns the copies of each example of a shard in an epoch, [examples of the shard] int64."""
        start, end = self.shard_starts[shard], self.shard_starts[shard + 1]
        sums = tf.concat([self.shard_sums[shard][None], self.sums[start:end]], axis=0)
        ends = self._whole(sums, epoch)
        return ends[1:] - ends[:-1]

    def applied(self, epoch: tf.Tensor, shard: tf.Tensor, examples: tf.data.Dataset) -> tf.data.Dataset:
        """Returns a shard's raw examples with each as often as an epoch shows it, copies side by side."""
        copies = tf.data.Dataset.from_tensor_slices(self.copies(epoch, shard)).batch(_CHUNK)
        return tf.data.Dataset.zip((examples.batch(_CHUNK), copies)).map(_repeated).unbatch()

    def _whole(self, sums: tf.Tensor, epoch: tf.Tensor) -> tf.Tensor:
        offset = (self.first_offset + epoch * _GOLDEN_STEP) % _UNIT
        return (sums + offset) // _UNIT


def make_repeats(rates: np.ndarray, counts: Sequence[int], first_offset: int) -> Repeats:
    """Returns the copies of examples that are shown at these rates.

    Args:
      rates: [examples], how often each is shown, relative to the others; at least one must be above 0.
      counts: Examples of each shard, in the order of the rates.
      first_offset: Any integer; decides which examples come first.
    Raises:
      ValueError: If the number of rates is not that of the examples, or a rate is invalid.
    """
    num_examples = sum(counts)
    rates = np.asarray(rates, np.float64)
    if rates.shape != (num_examples,):
        raise ValueError(f"{num_examples} examples need as many rates, got shape {rates.shape}")
    if not np.all(np.isfinite(rates)) or np.any(rates < 0) or not np.any(rates > 0):
        raise ValueError("rates must be finite, at least 0, and not all 0")
    shares = np.cumsum(rates)
    sums = np.round(shares / shares[-1] * num_examples * _UNIT).astype(np.int64)
    starts = np.cumsum([0, *counts], dtype=np.int64)
    # Tensors, not arrays: a traced function captures them once instead of holding a copy wherever they are used.
    return Repeats(
        sums=tf.constant(sums),
        shard_sums=tf.constant(np.concatenate([[0], sums])[starts]),
        shard_starts=tf.constant(starts),
        first_offset=first_offset % _UNIT,
    )


def _repeated(raw: Raw, copies: tf.Tensor) -> Raw:
    places = tf.repeat(tf.range(tf.shape(copies)[0]), copies)
    return {name: tf.gather(values, places) for name, values in raw.items()}
