"""The input stream: from shards to batches. `_training_steps` and `evaluation_stream` show all its steps in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.errors import UserError
from emotionet_tf.records.fields import EXAMPLE_FIELDS, Field
from emotionet_tf.records.reading.crop_decoding import centred, check_image_size
from emotionet_tf.records.reading.shard_reader import ShardSet, open_shards
from emotionet_tf.stream.augmentation import augmented, image_by_image
from emotionet_tf.stream.augmentation_ranges import Augmentation
from emotionet_tf.stream.epoch_order import SHUFFLE_WINDOW, EpochPlan, Raw, stream_key
from emotionet_tf.stream.kept_crops import KeptCrops
from emotionet_tf.stream.repeat_counts import make_repeats
from emotionet_tf.stream.sources import Source, common_crop_size

Example = dict[str, tf.Tensor]


@dataclass(frozen=True)
class ReplicaSlice:
    """The examples of every batch that one of several readers takes, such as one of several workers.

    Attributes:
      index: The reader, from 0.
      count: How many readers there are; each takes as many consecutive examples.
    """

    index: int = 0
    count: int = 1

    def examples_of(self, positioned: tf.data.Dataset, num_examples: int) -> tf.data.Dataset:
        """Returns the slice of batches of so many examples, out of a dataset of position and example."""
        if self.count == 1:
            return positioned
        return positioned.filter(
            lambda position, _: position % num_examples * self.count // num_examples == self.index
        )

    def of(self, batch: tf.Tensor) -> tf.Tensor:
        """Returns the slice of a whole batch."""
        size = batch.shape[0] // self.count
        return batch[self.index * size : (self.index + 1) * size]


WHOLE_BATCH = ReplicaSlice()


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
    aus: Sequence[int] = ACTION_UNITS,
    replica_slice: ReplicaSlice = WHOLE_BATCH,
    kept_crops: KeptCrops | None = None,
) -> tf.data.Dataset:
    """Returns endless batches with equal shares of every source: a pure function of files, seed and step.

    Example i of a batch is of source i % D, so that an even slice of a batch has equal shares too. Each source goes
    through its examples epoch by epoch and loses none at an epoch's end. The stream from a step on is, bit for bit, the
    tail of the stream from 0 on; what is skipped is neither parsed nor decoded, and whole shards are not read.

    Args:
      sources: The D datasets; one may occur twice.
      view: "close_up" or "context".
      batch_size: Examples of a batch, a multiple of D.
      image_size_px: Side of the image that is cut from the crop.
      seed: Decides order and augmentation.
      start_step: Number of batches to skip, those of the steps before.
      augmentation: Ranges of the random changes; None for the defaults.
      shuffle_window: Examples that are shuffled together; another value gives another order.
      rates: For each source, [examples], how often each of them is shown, relative to the others. Default: equally.
      fields: What is parsed of each record; a dictionary has a key for each.
      aus: The columns of labels and mask; an AU that a source's AU set lacks is unknown there.
      replica_slice: The examples to return of each batch, a multiple of D; others are read but not parsed or decoded.
      kept_crops: Where crops stay decoded. Images are then changed batch by batch, by OpenCV, which is faster;
        `batch_changes` says how they differ. None: one by one, by TensorFlow.
    Returns:
      Dictionaries: example_id [batch] string, image [batch, size, size, 3] uint8, labels and mask
      [batch, AUs] float32, angles (pitch, yaw, roll in radians) and angles_mask [batch, 3] float32, and source
      [batch] int32, the index of the example's source.
    Raises:
      UserError: If the batch has no equal shares, the image is larger than the crop, or a file is missing or damaged.
    """
    if not sources or batch_size < 1 or batch_size % len(sources):
        raise UserError(f"batch size {batch_size} is not a multiple of the number of sources, {len(sources)}")
    if batch_size % (len(sources) * replica_slice.count):
        raise UserError(
            f"batch size {batch_size} does not divide into {replica_slice.count} equal slices of {len(sources)} sources"
        )
    start = start_step * (batch_size // len(sources))
    shard_sets = [
        open_shards(source.records_dir, view, source.labels_dir, fields, aus=aus) for source in sources
    ]
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
    changed = (augmentation or Augmentation(), crop_size_px, image_size_px, aus)
    if kept_crops is None:
        make_images = image_by_image(augmented(*changed))
    else:
        # Brings OpenCV, which most commands that evaluate do without.
        from emotionet_tf.stream.batch_augmentation import with_images

        make_images = with_images(*changed, kept_crops=kept_crops)
    return _training_steps(shard_sets, plans, make_images, batch_size, replica_slice)


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
    aus: Sequence[int] = ACTION_UNITS,
    replica_slice: ReplicaSlice = WHOLE_BATCH,
    is_accurate: bool = False,
    num_skipped: int = 0,
) -> tf.data.Dataset:
    """Returns every record once, in the files' order, cut from the crop's centre; the last batch may be smaller.

    Args:
      records_dir: The dataset's records folder.
      view: "close_up" or "context".
      batch_size: Examples of a batch.
      image_size_px: Side of the image that is cut from the crop.
      labels_dir: Label shards that replace the records' own labels.
      fields: What is parsed of each record.
      aus: The columns of labels and mask; an AU that the records' AU set lacks is unknown.
      replica_slice: The examples to return of each batch; of the last one there may be none.
      is_accurate: How crops are decoded, as `decode_square` takes it.
      num_skipped: Records to leave out at the start, a multiple of the batch size; they are not decoded.
    Returns:
      Dictionaries as of `training_stream`, the images float32 in 0..255; `source` is 0.
    Raises:
      UserError: If the image is larger than the crop, or a file is missing or damaged.
    """
    shards = open_shards(records_dir, view, labels_dir, fields, aus=aus)
    check_image_size(image_size_px, shards.crop_size_px, records_dir)

    return (
        tf.data.Dataset.range(len(shards.files))
        .flat_map(shards.read)
        .skip(num_skipped)
        .enumerate()
        .apply(lambda examples: replica_slice.examples_of(examples, batch_size))
        .map(lambda position, raw: {**shards.parse(raw), "source": tf.constant(0)})
        .map(
            centred(shards.crop_size_px, image_size_px, is_accurate=is_accurate),
            tf.data.AUTOTUNE,
            deterministic=True,
        )
        .batch(batch_size // replica_slice.count)
        .prefetch(tf.data.AUTOTUNE)
    )


@tf.autograph.experimental.do_not_convert
def _training_steps(
    shard_sets: Sequence[ShardSet],
    plans: Sequence[EpochPlan],
    make_images: Callable[[tf.data.Dataset], tf.data.Dataset],
    batch_size: int,
    replica_slice: ReplicaSlice,
) -> tf.data.Dataset:
    """Returns the training stream: an example's whole way from a shard to a batch.

    Each source, epoch after epoch, takes its shards in random order, repeats examples of rare AUs if sampling is
    balanced, skips what earlier steps have used, and shuffles the records, still as bytes, within windows. Of each
    step's records the slice is kept and parsed, and one example of each source taken in turn. `make_images` then
    decodes and changes them at random.
    """
    examples_per_source = batch_size // len(plans)

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

    def raw_batches(shards: ShardSet, plan: EpochPlan) -> tf.data.Dataset:
        return (
            tf.data.Dataset.counter(plan.first_epoch)
            .flat_map(epoch_of(shards, plan))
            .batch(examples_per_source, drop_remainder=True)
        )

    def parsed(step: tf.Tensor, raws: Sequence[Raw]) -> Example:
        # Example i of a batch is of source i % D: a slice of the batch is the same slice of each source's examples.
        return _in_turn(
            [
                {
                    **shards.parse(tf.nest.map_structure(replica_slice.of, raw)),
                    **_marks(plan, replica_slice.of(plan.positions(step, examples_per_source))),
                }
                for shards, plan, raw in zip(shard_sets, plans, raws, strict=True)
            ]
        )

    sources = tuple(raw_batches(shards, plan) for shards, plan in zip(shard_sets, plans, strict=True))
    return (
        tf.data.Dataset.zip(sources)
        .enumerate(plans[0].start // examples_per_source)
        # All examples of a step in one call: a call for each takes longer than the parsing.
        .map(lambda step, raws: parsed(step, raws))
        .apply(make_images)
        .prefetch(tf.data.AUTOTUNE)
    )


def _marks(plan: EpochPlan, positions: tf.Tensor) -> Example:
    """Returns what the stream adds to examples: their source, and the seeds of their random changes."""
    key = tf.constant(stream_key(plan.seed, "augmentation", plan.source), tf.int64)
    return {
        "source": tf.fill(positions.shape, plan.source),
        "seed": tf.stack([tf.fill(positions.shape, key), positions], axis=1),
    }


def _in_turn(batches: Sequence[Example]) -> Example:
    """Returns one batch of several of one size: the first example of each, the second of each, and so on."""

    def merged(values: Sequence[tf.Tensor]) -> tf.Tensor:
        size, *shape = values[0].shape
        return tf.reshape(tf.stack(values, axis=1), [size * len(values), *shape])

    return {name: merged([batch[name] for batch in batches]) for name in batches[0]}
