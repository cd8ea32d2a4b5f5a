"""The shards of one dataset and view, read as bytes and parsed, with labels of their own or of label shards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import tensorflow as tf

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.errors import UserError
from emotionet_tf.records import dataset_info
from emotionet_tf.records.fields import AU_FIELDS, EXAMPLE_FIELDS, LABEL_FIELDS, Field, parse, with_au_set


@dataclass(frozen=True)
class ShardSet:
    """The shards of one view of a dataset.

    Attributes:
      files: Record shards, in the dataset's order.
      label_files: A label shard for each record shard, or empty for the records' own labels.
      counts: Examples of each shard.
      crop_size_px: Side of the stored crops.
      fields: What is parsed of each record.
      aus: The columns of `labels` and `mask` as they are parsed; None for those that the records have.
      record_aus: The columns that the records have.
      label_aus: The columns that the label shards have.
    """

    files: tuple[str, ...]
    label_files: tuple[str, ...]
    counts: tuple[int, ...]
    crop_size_px: int
    fields: Mapping[str, Field] = field(default_factory=lambda: EXAMPLE_FIELDS)
    aus: tuple[int, ...] | None = None
    record_aus: tuple[int, ...] = ACTION_UNITS
    label_aus: tuple[int, ...] = ACTION_UNITS

    @property
    def label_fields(self) -> Mapping[str, Field]:
        """What is parsed of each row of a label shard."""
        return with_au_set(LABEL_FIELDS, self.label_aus)

    @property
    def num_examples(self) -> int:
        """Examples of all shards."""
        return sum(self.counts)

    def read(self, index: tf.Tensor) -> tf.data.Dataset:
        """Returns the raw examples of a shard: the bytes of its records, and where there are label shards those of the
        labels and the shard's index.
        """
        # Zipped, not mapped: a function call for each record takes longer than reading it. A constant would do for the
        # index, but one of `Dataset.from_tensors` counts as stateful, and in a run with deterministic ops would switch
        # off every prefetching and parallel step that follows.
        raw = {"record": tf.data.TFRecordDataset(tf.gather(list(self.files), index))}
        if self.label_files:
            raw["labels"] = tf.data.TFRecordDataset(tf.gather(list(self.label_files), index))
            raw["shard"] = tf.data.Dataset.range(index, index + 1).repeat()
        return tf.data.Dataset.zip(raw)

    def parse(self, raw: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Returns the fields of one raw example, or of a batch of them, with the images still encoded.

        Raises:
          tf.errors.InvalidArgumentError: If the label shard has another example at a record's place.
        """
        example = in_columns(parse(raw["record"], self.fields), self.record_aus, self.aus)
        if not self.label_files:
            return example
        labels = in_columns(parse(raw["labels"], self.label_fields), self.label_aus, self.aus)
        with tf.control_dependencies(
            [self._same_ids(raw["shard"], labels["example_id"], example["example_id"])]
        ):
            return {**example, **{name: tf.identity(value) for name, value in labels.items()}}

    def _same_ids(self, shard: tf.Tensor, label_id: tf.Tensor, record_id: tf.Tensor) -> tf.Operation:
        """Returns an operation that fails where the ids differ, and names the first that do."""
        same = tf.reshape(tf.equal(label_id, record_id), [-1])
        place = tf.argmin(tf.cast(same, tf.int32))
        shard, label_id, record_id = (tf.reshape(each, [-1])[place] for each in (shard, label_id, record_id))
        label_file = tf.gather(list(self.label_files), shard)
        message = ["label shard", label_file, "has id", label_id, "for", record_id]
        return tf.debugging.Assert(tf.reduce_all(same), message)


def in_columns(
    example: dict[str, tf.Tensor], own: Sequence[int], wanted: Sequence[int] | None
) -> dict[str, tf.Tensor]:
    """Returns an example, or a batch of them, with labels and mask in the columns of another AU set.

    An AU that its own set lacks is unknown.

    Args:
      example: As `fields.parse` returns it.
      own: The columns that it has.
      wanted: The columns to return; None for its own.
    """
    if wanted is None or tuple(own) == tuple(wanted):
        return example
    places = [own.index(au) if au in own else len(own) for au in wanted]

    def moved(values: tf.Tensor) -> tf.Tensor:
        return tf.gather(tf.concat([values, tf.zeros_like(values[..., :1])], axis=-1), places, axis=-1)

    return {name: moved(value) if name in AU_FIELDS else value for name, value in example.items()}


def open_shards(
    records_dir: str,
    view: str,
    labels_dir: str | None = None,
    fields: Mapping[str, Field] = EXAMPLE_FIELDS,
    *,
    aus: Sequence[int] | None = None,
    check_shards: bool = True,
) -> ShardSet:
    """Returns the shards of a dataset's view.

    Args:
      records_dir: The dataset's records folder.
      view: "close_up" or "context".
      labels_dir: Label shards that replace the records' own labels.
      fields: What is parsed of each record.
      aus: The columns of `labels` and `mask` as they are parsed; None for those that the records have.
      check_shards: Whether to check that the shards are there in full length.
    Raises:
      UserError: If it is not a records folder, lacks the view, is empty or damaged, or the label shards are of other
        records.
    """
    info = dataset_info.load_dataset_info(records_dir, check_shards=check_shards)
    shards = info.shards_of(view)
    if not info.num_examples:
        raise UserError(f"{records_dir} holds no example: none of its photos has a face")
    label_files: tuple[str, ...] = ()
    label_aus = info.aus
    if labels_dir:
        labels = dataset_info.load_label_info(labels_dir, check_shards=check_shards)
        dataset_info.check_labels_fit(labels, labels_dir, info, records_dir)
        label_files = tuple(str(dataset_info.shard_path(labels_dir, shard)) for shard in labels.shards)
        label_aus = labels.aus
    return ShardSet(
        files=tuple(str(dataset_info.shard_path(records_dir, shard)) for shard in shards),
        label_files=label_files,
        counts=tuple(shard.num_examples for shard in shards),
        crop_size_px=info.crop_size_px,
        fields=with_au_set(fields, info.aus),
        aus=None if aus is None else tuple(aus),
        record_aus=info.aus,
        label_aus=label_aus,
    )
