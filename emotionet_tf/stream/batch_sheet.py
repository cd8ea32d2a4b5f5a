"""A sheet of a training batch: the images as the network sees them, with their labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from emotionet_tf.au_sets import learnable_columns
from emotionet_tf.inspection.contact_sheet import Shown, draw_images
from emotionet_tf.photos.picture_sheets import GREY, WHITE

_MAX_IMAGES = 44


def draw_batch(
    batch: dict[str, tf.Tensor], names: Sequence[str], aus: Sequence[int] = (), classes: Sequence[str] = ()
) -> np.ndarray:
    """Returns a sheet of a batch's first images, [height, width, 3] uint8 RGB.

    Args:
      batch: As `batches.training_stream` and `class_batches.class_training_stream` give them.
      names: The name of each source.
      aus: The AUs that are learned.
      classes: The names of the classes.
    """
    rows = {name: tensor.numpy()[:_MAX_IMAGES] for name, tensor in batch.items()}
    columns = learnable_columns(aus)
    learned = np.isin(columns, aus)
    indices = rows.get("class_index", [None] * len(rows["image"]))
    photos = [
        Shown(example_id.decode(), labels, mask * learned, index, {}, columns)
        for example_id, labels, mask, index in zip(
            rows["example_id"], rows["labels"], rows["mask"], indices, strict=True
        )
    ]
    title = [
        (
            f"{len(photos)} of the {len(batch['image'])} images of the first batch, as they are trained on",
            WHITE,
        ),
        (f"below each: dataset; id; {'present AUs; ? unknown AUs' if aus else 'class'}", GREY),
    ]
    images = np.rint(rows["image"]).clip(0, 255).astype(np.uint8)
    return draw_images(title, images, photos, [names[source] for source in rows["source"]], learned, classes)
