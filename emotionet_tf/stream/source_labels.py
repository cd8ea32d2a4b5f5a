"""All labels of a source at once, without its images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.records.fields import LABEL_FIELDS, parse, with_au_set
from emotionet_tf.records.reading.shard_reader import in_columns, open_shards
from emotionet_tf.stream.sources import Source

_BATCH = 512


def load_label_table(
    source: Source, aus: Sequence[int], view: str | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Reads the labels that a source trains on, in the order of its shards.

    Its label shards are read if it has some, else its records, without decoding their images.

    Args:
      source: The dataset, and where its labels come from.
      aus: The AUs to return.
      view: Whose records are read where there are no label shards; None for any.
    Returns:
      Labels in [0, 1] (0 where unknown) and mask (1 = known), both [examples, AUs] float32.
    Raises:
      UserError: If a folder is missing or damaged.
    """
    if view is None:
        view = next(iter(load_dataset_info(source.records_dir, check_shards=False).views))
    shards = open_shards(source.records_dir, view, source.labels_dir)
    own_aus = shards.label_aus if shards.label_files else shards.record_aus
    fields = with_au_set({name: LABEL_FIELDS[name] for name in ("labels", "mask")}, own_aus)

    def wanted(serialized: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        example = in_columns(parse(serialized, fields), own_aus, aus)
        return example["labels"], example["mask"]

    batches = (
        tf.data.TFRecordDataset(list(shards.label_files or shards.files))
        .batch(_BATCH)
        .map(wanted, tf.data.AUTOTUNE, deterministic=True)
        .prefetch(2)
    )
    labels, mask = (np.empty((shards.num_examples, len(aus)), np.float32) for _ in range(2))
    start = 0
    for some_labels, some_mask in batches.as_numpy_iterator():
        end = start + len(some_mask)
        np.multiply(some_labels, some_mask, out=labels[start:end])
        mask[start:end] = some_mask
        start = end
    return labels, mask
