"""A row's record, and the TFRecord files that the records of both views go to."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.records.fields import CLASS_FIELDS, EXAMPLE_FIELDS, INTENSITY_FIELDS, encode, with_au_set


def encode_row(
    label: LabelRow,
    angles: tuple[float, float, float] | None,
    jpeg: bytes,
    class_index: Mapping[str, int] | None = None,
) -> bytes:
    """Returns the record of a row's face in one view.

    Args:
      label: The row.
      angles: Pitch, yaw and roll in radians; None where they are unknown.
      jpeg: The crop.
      class_index: Place of each class by its name, where records have a class.
    """
    values: dict[str, Any] = {
        "example_id": label.example_id,
        "image": jpeg,
        "labels": label.labels,
        "mask": label.mask,
        "angles": angles or (0, 0, 0),
        "angles_mask": np.full(3, angles is not None),
    }
    if label.intensities is not None:
        is_known = ~np.isnan(label.intensities)
        values |= {"intensities": np.where(is_known, label.intensities, 0), "intensities_mask": is_known}
        return encode(values, with_au_set({**EXAMPLE_FIELDS, **INTENSITY_FIELDS}, label.aus))
    if not class_index:
        return encode(values, with_au_set(EXAMPLE_FIELDS, label.aus))
    return encode({**values, "class_index": class_index[label.class_name]}, CLASS_FIELDS)


@contextlib.contextmanager
def record_writers(paths: Mapping[str, Path]) -> Iterator[Mapping[str, tf.io.TFRecordWriter]]:
    """Yields a writer of records for each view's file; closes them.

    Raises:
      OSError: If a file cannot be written, such as on a full disk.
    """
    try:
        with contextlib.ExitStack() as stack:
            yield {view: stack.enter_context(tf.io.TFRecordWriter(str(path))) for view, path in paths.items()}
    except tf.errors.OpError as error:
        is_full = isinstance(error, tf.errors.ResourceExhaustedError)
        folder = str(next(iter(paths.values())).parent)
        number, reason = (
            (errno.ENOSPC, "No space left on device") if is_full else (errno.EIO, str(error.message))
        )
        raise OSError(number, reason, folder) from error
