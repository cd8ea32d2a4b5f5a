"""The input stream: from shards to batches. `_training_steps` and `evaluation_stream` show the order of its steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from emotionet_tf.errors import UserError
from emotionet_tf.records.fields import EXAMPLE_FIELDS, Field
from emotionet_tf.records.reading.crop_decoding import centred, check_image_size
from emotionet_tf.records.reading.shard_reader import ShardSet, open_shards
from emotionet_tf.stream.augmentation import augmented
from emotionet_tf.stream.augmentation_ranges import Augmentation
from emotionet_tf.stream.epoch_order import SHUFFLE_WINDOW, EpochPlan, stream_key
from emotionet_tf.stream.repeat_counts import make_repeats
from emotionet_tf.stream.sources import Source, common_crop_size

Example = dict[str, tf.Tensor]


@dataclass(frozen=True)
class Share:
    """Which rows of every batch are wanted: of so many equal pieces, that of an index."""

    index: int = 0
    count: int = 1

    def holds(self, row: tf.Tensor, num_rows: int) -> tf.Tensor:
        """Returns whether a row, of so many, belongs to the piece."""
        return row * self.count // num_rows == self.index

    def of(self, rows: tf.Tensor) -> tf.Tensor:
        """Returns the piece of a whole batch."""
        size = rows.shape[0] // self.count
        return rows[self.index * size : (self.index + 1) * size]


WHOLE = Share()


def training_stream(
    sources: Sequence[Source],
    *,
    view: str,
    batch_size: int,
    image_size_px: int,
    seed: int,
    start_step: int = 0,
    augmentation: Augmentation | None = None,
    shuffle_window: int = SHUFFLE_WINDOW,
    rates: Sequence[np.ndarray] | None = None,
    fields: Mapping[str, Field] = EXAMPLE_FIELDS,
    share: Share = WHOLE,
) -> tf.data.Dataset:
    """Returns endless batches with equal shares of every source: a pure function of files, seed and step.

    Row i of a batch is of source i % D, so that every even part of a batch has equal shares too. Each source runs
    through its examples epoch by epoch and loses none at an epoch's end. The stream from a step on is, bit for bit,
    the tail of the stream from 0 on; what is skipped is neither parsed nor decoded, and whole shards are not read.

    Args:
      sources: The D datasets; one may be named twice.
      view: "close_up" or "context".
      batch_size: Rows of a batch, a multiple of D.
      image_size_px: Side of the image that is cut from the crop.
      seed: Decides order and augmentation.
      start_step: Batches that were seen before.
      augmentation: Ranges of the random changes; None for the defaults.
      shuffle_window: Examples that are shuffled together; another value gives another order.
      rates: For each source, [examples], how often each of them is shown, relative to the others. Default: equally.
      fields: What is parsed of each record; a dictionary has a key for each.
      share: The rows that are wanted of each batch, a multiple of D; others are read but not parsed or decoded.
    Returns:
      Dictionaries: example_id [batch] string, image [batch, size, size, 3] uint8, labels and mask
      [batch, 23] float32, angles (pitch, yaw, roll in radians) and angles_mask [batch, 3] float32, and source
      [batch] int32, the index of the row's source.
    Raises:
      UserError: If the batch has no equal shares, the image is larger than the crop, or a file is at fault.
    """
    if not sources or batch_size < 1 or batch_size % len(sources):
        raise UserError(f"batch size {batch_size} is no multiple of the number of sources, {len(sources)}")
    if batch_size % (len(sources) * share.count):
        raise UserError(
            f"batch size {batch_size} cannot be shared by {share.count}, with {len(sources)} sources each"
        )
    start = start_step * (batch_size // len(sources))
    shard_sets = [open_shards(source.records_dir, view, source.labels_dir, fields) for source in sources]
    crop_size_px = common_crop_size(sources, [shards.crop_size_px for shards in shard_sets])
    check_image_size(image_size_px, crop_size_px, sources[0].records_dir)
    repeats = [
        make_repeats(rates[index], shards.counts, stream_key(seed, "repeats", index)) if rates else None
        for index, shards in enumerate(shard_sets)
    ]
    plans = [
        EpochPlan(shards.counts, start, seed, index, shuffle_window, repeats[index])
        for index, shards in enumerate(shard_sets)
    ]
    decode_and_change = augmented(augmentation or Augmentation(), crop_size_px, image_size_px)
    return _training_steps(shard_sets, plans, decode_and_change, batch_size, share)


# Nothing here branches on tensors: without AutoGraph's rewriting a command starts about two seconds sooner.
@tf.autograph.experimental.do_not_convert
def evaluation_stream(
    records_dir: str,
    *,
    view: str,
    batch_size: int,
    image_size_px: int,
    labels_dir: str | None = None,
    fields: Mapping[str, Field] = EXAMPLE_FIELDS,
    share: Share = WHOLE,
) -> tf.data.Dataset:
    """Returns every record once, in the files' order, cut from the crop's centre; the last batch may be smaller.

    Args:
      records_dir: The dataset's records folder.
      view: "close_up" or "context".
      batch_size: Rows of a batch.
      image_size_px: Side of the image that is cut from the crop.
      labels_dir: Label shards that replace the records' own labels.
      fields: What is parsed of each record.
      share: The rows that are wanted of each batch, of which the last may have none.
    Returns:
      Dictionaries as of `training_stream`, the images float32 in 0..255; `source` is 0.
    Raises:
      UserError: If the image is larger than the crop, or a file is at fault.
    """
    shards = open_shards(records_dir, view, labels_dir, fields)
    check_image_size(image_size_px, shards.crop_size_px, records_dir)

    def own_rows(examples: tf.data.Dataset) -> tf.data.Dataset:
        if share == WHOLE:
            return examples
        own = examples.enumerate().filter(lambda place, raw: share.holds(place % batch_size, batch_size))
        return own.map(lambda place, raw: raw)

    return (
        tf.data.Dataset.range(len(shards.files))
        .flat_map(shards.read)
        .apply(own_rows)
        .map(lambda raw: {**shards.parse(raw), "source": tf.constant(0)})
        .map(centred(shards.crop_size_px, image_size_px), tf.data.AUTOTUNE, deterministic=True)
        .batch(batch_size // share.count)
        .prefetch(tf.data.AUTOTUNE)
    )


@tf.autograph.experimental.do_not_convert
def _training_steps(
    shard_sets: Sequence[ShardSet],
    plans: Sequence[EpochPlan],
    decode_and_change: Callable[[Example], Example],
    batch_size: int,
    share: Share,
) -> tf.data.Dataset:
    """Returns the training stream; read it from top to bottom as an example's way."""

    def epoch_of(shards: ShardSet, plan: EpochPlan) -> Callable[[tf.Tensor], tf.data.Dataset]:
        def epoch(number: tf.Tensor) -> tf.data.Dataset:
            return (
                tf.data.Dataset.from_tensor_slices(plan.shards(number))
                .flat_map(lambda shard: plan.repeated(number, shard, shards.read(shard)))
                .skip(plan.skip_in_shards(number))
                .batch(plan.window)
                .enumerate(plan.first_window(number))
                .map(lambda window, raw: plan.shuffled(number, window, raw))
                .prefetch(1)
                .unbatch()
                .skip(plan.skip_in_window(number))
            )

        return epoch

    def source_stream(shards: ShardSet, plan: EpochPlan) -> tf.data.Dataset:
        return (
            tf.data.Dataset.counter(plan.first_epoch)
            .flat_map(epoch_of(shards, plan))
            .enumerate(plan.start)
            .apply(own_rows)
            .map(lambda position, raw: {**shards.parse(raw), **_marks(plan, position)})
        )

    def own_rows(examples: tf.data.Dataset) -> tf.data.Dataset:
        if share == WHOLE:
            return examples
        # Row i of a batch is of source i % D, so that a piece of all is the same piece of each source's rows.
        num_rows = batch_size // len(plans)
        return examples.filter(lambda position, raw: share.holds(position % num_rows, num_rows))

    streams = [source_stream(shards, plan) for shards, plan in zip(shard_sets, plans, strict=True)]
    return (
        tf.data.Dataset.choose_from_datasets(streams, tf.data.Dataset.range(len(streams)).repeat())
        .map(decode_and_change, tf.data.AUTOTUNE, deterministic=True)
        .batch(batch_size // share.count, drop_remainder=True)
        .prefetch(tf.data.AUTOTUNE)
    )


def _marks(plan: EpochPlan, position: tf.Tensor) -> Example:
    """Returns what the stream adds to an example: its source, and the seed of its random changes."""
    key = tf.constant(stream_key(plan.seed, "augmentation", plan.source), tf.int64)
    return {"source": tf.constant(plan.source), "seed": tf.stack([key, position])}
