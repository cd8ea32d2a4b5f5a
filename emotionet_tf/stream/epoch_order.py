"""The order of a source's examples: epoch after epoch, each a permutation that depends on seed and epoch number."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import tensorflow as tf

from emotionet_tf.stream.repeat_counts import Repeats

SHUFFLE_WINDOW = 2048
"""Examples that are shuffled together. Up to three windows are in memory: at 20 kB a crop, 120 MB a source. Shards hold
their examples in random order already, so that a window need not be larger than a shard."""

Raw = dict[str, tf.Tensor]


def stream_key(seed: int, purpose: str, source: int) -> int:
    """Returns a 64-bit number made of a seed, its purpose and the source's index."""
    digest = hashlib.sha256(f"{seed}/{purpose}/{source}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


@dataclass(frozen=True)
class EpochPlan:
    """Where a source's stream starts and in which order each epoch takes its examples.

    An epoch reads the shards in a random order, and shuffles their examples window by window. It has as many examples
    as the shards: each once, or as often as `repeats` says.

    Attributes:
      counts: Examples of each shard.
      start: The position of the first example to read, counted over all epochs.
      seed: Decides every order.
      source: Index of the source; each source has an order of its own.
      window: Examples of a window.
      repeats: Copies of each example, made for these counts; None for one copy each.
    """

    counts: tuple[int, ...]
    start: int
    seed: int
    source: int
    window: int = SHUFFLE_WINDOW
    repeats: Repeats | None = None

    @property
    def first_epoch(self) -> int:
        """The epoch that holds `start`."""
        return self.start // sum(self.counts)

    def skip(self, epoch: tf.Tensor) -> tf.Tensor:
        """Returns how many examples of an epoch come before `start`; 0 except in the first epoch."""
        skipped = tf.constant(self.start % sum(self.counts), tf.int64)
        return tf.where(tf.equal(epoch, self.first_epoch), skipped, tf.zeros_like(skipped))

    def first_window(self, epoch: tf.Tensor) -> tf.Tensor:
        """Returns the first window of an epoch that is read."""
        return self.skip(epoch) // self.window

    def skip_in_window(self, epoch: tf.Tensor) -> tf.Tensor:
        """Returns how many examples of that window come before `start`."""
        return self.skip(epoch) % self.window

    def positions(self, step: tf.Tensor, num_examples: int) -> tf.Tensor:
        """Returns the positions of a step's examples, counted over all epochs, [num_examples] int64."""
        return step * num_examples + tf.range(num_examples, dtype=tf.int64)

    def shards(self, epoch: tf.Tensor) -> tf.Tensor:
        """Returns the indices of the shards that an epoch reads, in its order, from the first window's shard on."""
        order, first, _ = self._shards_and_rest(epoch)
        return order[first:]

    def skip_in_shards(self, epoch: tf.Tensor) -> tf.Tensor:
        """Returns how many examples of the first of `shards` come before the first window."""
        return self._shards_and_rest(epoch)[2]

    def repeated(self, epoch: tf.Tensor, shard: tf.Tensor, examples: tf.data.Dataset) -> tf.data.Dataset:
        """Returns a shard's raw examples, each as often as an epoch shows it."""
        return examples if self.repeats is None else self.repeats.applied(epoch, shard, examples)

    def shuffled(self, epoch: tf.Tensor, window: tf.Tensor, raw: Raw) -> Raw:
        """Returns a window's examples in the epoch's order."""
        num_windows = -(-sum(self.counts) // self.window)
        seed = tf.stack(
            [
                tf.constant(stream_key(self.seed, "windows", self.source), tf.int64),
                epoch * num_windows + window,
            ]
        )
        order = tf.random.experimental.stateless_shuffle(tf.range(tf.shape(raw["record"])[0]), seed)
        return {name: tf.gather(values, order) for name, values in raw.items()}

    def _shards_and_rest(self, epoch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        seed = tf.stack([tf.constant(stream_key(self.seed, "shards", self.source), tf.int64), epoch])
        order = tf.random.experimental.stateless_shuffle(tf.range(len(self.counts), dtype=tf.int64), seed)
        counts = tf.constant(self.counts, tf.int64) if self.repeats is None else self.repeats.counts(epoch)
        ends = tf.cumsum(tf.gather(counts, order))
        unread = self.first_window(epoch) * self.window
        first = tf.searchsorted(ends, [unread], side="right")[0]
        starts = tf.concat([[tf.constant(0, tf.int64)], ends], axis=0)
        return order, first, unread - starts[first]
