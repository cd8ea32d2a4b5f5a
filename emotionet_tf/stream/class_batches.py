"""The input stream of class records: the stream of `batches`, with the class of each example."""

from __future__ import annotations

import tensorflow as tf

from emotionet_tf.errors import UserError
from emotionet_tf.records.dataset_info import DatasetInfo, load_dataset_info
from emotionet_tf.records.fields import CLASS_FIELDS
from emotionet_tf.stream.augmentation_ranges import Augmentation
from emotionet_tf.stream.batches import WHOLE_BATCH, ReplicaSlice, evaluation_stream, training_stream
from emotionet_tf.stream.kept_crops import KeptCrops
from emotionet_tf.stream.sources import Source


def load_class_dataset_info(records_dir: str, *, check_shards: bool = True) -> DatasetInfo:
    """Reads the description of a folder of class records.

    Args:
      records_dir: The folder.
      check_shards: Whether to check that its shards are there in full length.
    Raises:
      UserError: If it is not a records folder or damaged, or its records have no classes.
    """
    info = load_dataset_info(records_dir, check_shards=check_shards)
    if not info.classes:
        raise UserError(
            f"{records_dir}: its records have no classes; make some with tfrecords_tools.write_class_records"
        )
    return info


def class_training_stream(
    records_dir: str,
    *,
    view: str,
    batch_size: int,
    image_size_px: int,
    seed: int,
    start_step: int = 0,
    augmentation: Augmentation | None = None,
    replica_slice: ReplicaSlice = WHOLE_BATCH,
    kept_crops: KeptCrops | None = None,
) -> tf.data.Dataset:
    """Returns endless batches of class records: a pure function of files, seed and step.

    Args:
      records_dir: A folder of class records.
      view: "close_up" or "context".
      batch_size: Examples of a batch.
      image_size_px: Side of the image that is cut from the crop.
      seed: Decides order and augmentation.
      start_step: Number of batches to skip, those of the steps before.
      augmentation: Ranges of the random changes; None for the defaults.
      replica_slice: The examples to return of each batch.
      kept_crops: As `batches.training_stream` takes it.
    Returns:
      Dictionaries as of `batches.training_stream`, with AU labels that are all unknown, and class_index [batch] int64,
      the index of the example's class in the folder's `classes`.
    Raises:
      UserError: If the records have no classes, the image is larger than the crop, or a file is missing or damaged.
    """
    load_class_dataset_info(records_dir)
    return training_stream(
        [Source("classes", records_dir)],
        view=view,
        batch_size=batch_size,
        image_size_px=image_size_px,
        seed=seed,
        start_step=start_step,
        augmentation=augmentation,
        fields=CLASS_FIELDS,
        replica_slice=replica_slice,
        kept_crops=kept_crops,
    )


def class_evaluation_stream(
    records_dir: str,
    *,
    view: str,
    batch_size: int,
    image_size_px: int,
    replica_slice: ReplicaSlice = WHOLE_BATCH,
) -> tf.data.Dataset:
    """Returns every class record once, in the files' order, cut from the crop's centre.

    Args:
      records_dir: A folder of class records.
      view: "close_up" or "context".
      batch_size: Examples of a batch; the last one may have fewer.
      image_size_px: Side of the image that is cut from the crop.
      replica_slice: The examples to return of each batch.
    Returns:
      Dictionaries as of `class_training_stream`.
    Raises:
      UserError: If the records have no classes, the image is larger than the crop, or a file is missing or damaged.
    """
    load_class_dataset_info(records_dir)
    return evaluation_stream(
        records_dir,
        view=view,
        batch_size=batch_size,
        image_size_px=image_size_px,
        fields=CLASS_FIELDS,
        replica_slice=replica_slice,
    )
