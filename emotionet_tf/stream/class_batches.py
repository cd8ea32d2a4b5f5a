"""The input stream of class records: the AU records' stream with the class of each example."""

from __future__ import annotations

import tensorflow as tf

from emotionet_tf.errors import UserError
from emotionet_tf.records.dataset_info import DatasetInfo, load_dataset_info
from emotionet_tf.records.fields import CLASS_FIELDS
from emotionet_tf.stream.augmentation_ranges import Augmentation
from emotionet_tf.stream.batches import WHOLE, Share, evaluation_stream, training_stream
from emotionet_tf.stream.sources import Source


def load_class_dataset_info(records_dir: str, *, check_shards: bool = True) -> DatasetInfo:
    """Reads the description of a folder of class records.

    Args:
      records_dir: The folder.
      check_shards: Whether to make sure that its shards are there in full length.
    Raises:
      UserError: If the folder is none of records or damaged, or its records have no classes.
    """
    info = load_dataset_info(records_dir, check_shards=check_shards)
    if not info.classes:
        raise UserError(
            f"{records_dir}: its records have no classes; tfrecords_tools.write_class_records makes ones that do"
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
    share: Share = WHOLE,
) -> tf.data.Dataset:
    """Returns endless batches of class records: a pure function of files, seed and step.

    Args:
      records_dir: A folder of class records.
      view: "close_up" or "context".
      batch_size: Rows of a batch.
      image_size_px: Side of the image that is cut from the crop.
      seed: Decides order and augmentation.
      start_step: Batches that were seen before.
      augmentation: Ranges of the random changes; None for the defaults.
      share: The rows that are wanted of each batch.
    Returns:
      Dictionaries as of `batches.training_stream`, with AU labels that are all unknown, and class_index [batch] int64,
      the place of the example's class among the folder's `classes`.
    Raises:
      UserError: If the records have no classes, the image is larger than the crop, or a file is at fault.
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
        share=share,
    )


def class_evaluation_stream(
    records_dir: str, *, view: str, batch_size: int, image_size_px: int, share: Share = WHOLE
) -> tf.data.Dataset:
    """Returns every class record once, in the files' order, cut from the crop's centre.

    Args:
      records_dir: A folder of class records.
      view: "close_up" or "context".
      batch_size: Rows of a batch; the last one may have fewer.
      image_size_px: Side of the image that is cut from the crop.
      share: The rows that are wanted of each batch.
    Returns:
      Dictionaries as of `class_training_stream`.
    Raises:
      UserError: If the records have no classes, the image is larger than the crop, or a file is at fault.
    """
    load_class_dataset_info(records_dir)
    return evaluation_stream(
        records_dir,
        view=view,
        batch_size=batch_size,
        image_size_px=image_size_px,
        fields=CLASS_FIELDS,
        share=share,
    )
