"""Label shards: other labels for a dataset's examples, in its shards and order, without its images."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from emotionet_tf.action_units import ACTION_UNITS, au_name
from emotionet_tf.records import dataset_info
from emotionet_tf.records.dataset_info import DatasetInfo, LabelInfo, Shard
from emotionet_tf.records.fields import LABEL_FIELDS, encode, with_au_set
from emotionet_tf.storage import files
from emotionet_tf.versions import installed_versions


@dataclass(frozen=True, eq=False)
class LabelShard:
    """The rows of one label shard.

    Attributes:
      example_ids: [n], in the order of the records' shard.
      labels: [n, AUs] in [0, 1], hard or soft.
      mask: [n, AUs], 1 = known.
    """

    example_ids: list[str]
    labels: np.ndarray
    mask: np.ndarray


def check_output_dir(output_dir: str | os.PathLike[str]) -> None:
    """Raises UserError unless `write_label_shards` may write this folder: a new or empty one, or one that it wrote."""
    files.check_replaceable(output_dir, dataset_info.LABELS_FILE, "folder of label shards")


def write_label_shards(
    output_dir: str | os.PathLike[str],
    dataset: DatasetInfo,
    shards: Iterable[LabelShard],
    *,
    teacher: str,
    is_soft: bool,
    aus: tuple[int, ...] = ACTION_UNITS,
) -> LabelInfo:
    """Writes label shards beside a dataset's shards; the folder appears when it is whole.

    Args:
      output_dir: The folder of label shards; an earlier one is replaced.
      dataset: What the labels are for.
      shards: The rows, a shard at a time, in the dataset's shards and order.
      teacher: What the labels come from; kept in `labels.json`.
      is_soft: Whether labels are probabilities.
      aus: The columns of the labels.
    Returns:
      What `labels.json` says.
    Raises:
      UserError: If the folder holds something else.
      ValueError: If the rows are not the dataset's examples in its shards and order.
    """
    check_output_dir(output_dir)
    num_shards = len(next(iter(dataset.views.values())))
    ids: list[list[str]] = []
    known, positives = np.zeros(len(aus)), np.zeros(len(aus))
    written: list[Shard] = []
    with files.folder_written_aside(output_dir) as aside:
        for index, shard in enumerate(shards):
            path = aside / f"labels-{index:05d}-of-{num_shards:05d}.tfrecord"
            _write_shard(path, shard, aus)
            written.append(dataset_info.describe_shard(path, len(shard.example_ids)))
            ids.append(shard.example_ids)
            known += shard.mask.sum(axis=0)
            positives += (shard.labels * shard.mask).sum(axis=0)
        if dataset_info.order_checksum(ids) != dataset.order_sha256:
            raise ValueError(
                f"{output_dir}: the rows ({[len(shard) for shard in ids]} in shards) are not the examples of "
                f"dataset {dataset.name} ({dataset.num_examples} in {num_shards} shards) in its order"
            )
        info = LabelInfo(
            dataset=dataset.name,
            order_sha256=dataset.order_sha256,
            teacher=teacher,
            is_soft=is_soft,
            shards=tuple(written),
            num_examples=sum(map(len, ids)),
            known=dict(zip(map(au_name, aus), known.tolist(), strict=True)),
            positives=dict(zip(map(au_name, aus), positives.tolist(), strict=True)),
            versions=installed_versions(),
            aus=aus,
        )
        dataset_info.save_label_info(aside, info)
    return info


def _write_shard(path: Path, shard: LabelShard, aus: tuple[int, ...]) -> None:
    fields = with_au_set(LABEL_FIELDS, aus)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for example_id, labels, mask in zip(shard.example_ids, shard.labels, shard.mask, strict=True):
            # A label of an unknown AU is 0 in every record, whatever the teacher said.
            values = {"example_id": example_id, "labels": np.where(mask > 0, labels, 0), "mask": mask}
            writer.write(encode(values, fields))
