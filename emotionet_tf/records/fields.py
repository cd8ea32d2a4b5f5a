"""The record schema: one spec that both writes and reads `tf.train.Example`s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from emotionet_tf.action_units import NUM_AUS


@dataclass(frozen=True)
class Field:
    """One feature of a record: its type, its shape without the batch axis, and whether a record may lack it.

    What a record lacks is read as zeros.
    """

    dtype: tf.DType
    shape: tuple[int, ...]
    is_optional: bool = False


EXAMPLE_FIELDS: Mapping[str, Field] = {
    # What joins crops, labels, pseudo-labels and predictions.
    "example_id": Field(tf.string, ()),
    # The registered crop of one view, as JPEG bytes.
    "image": Field(tf.string, ()),
    # The columns of the dataset's AU set; here EmotioNet's. 0 where the mask is 0. Soft labels lie in [0, 1].
    "labels": Field(tf.float32, (NUM_AUS,)),
    "mask": Field(tf.float32, (NUM_AUS,)),
    # Head pitch, yaw, roll in radians; 0 where the mask is 0.
    "angles": Field(tf.float32, (3,)),
    "angles_mask": Field(tf.float32, (3,)),
}

CLASS_FIELDS: Mapping[str, Field] = {**EXAMPLE_FIELDS, "class_index": Field(tf.int64, ())}
"""Class records have one more field: the index of the example's class in the dataset's `classes`."""

LABEL_FIELDS: Mapping[str, Field] = {name: EXAMPLE_FIELDS[name] for name in ("example_id", "labels", "mask")}
"""Label shards hold these fields only: other labels for the images of a dataset, in the same order."""

INTENSITY_FIELDS: Mapping[str, Field] = {
    # From 0 to 5, in the columns of the labels; 0 where the mask is 0.
    "intensities": Field(tf.float32, (NUM_AUS,), is_optional=True),
    "intensities_mask": Field(tf.float32, (NUM_AUS,), is_optional=True),
}
"""Records of intensities have these fields as well; a record without them has unknown ones."""

AU_FIELDS = ("labels", "mask", *INTENSITY_FIELDS)
"""The fields that have a column for each AU."""


def with_au_set(fields: Mapping[str, Field], aus: Sequence[int]) -> Mapping[str, Field]:
    """Returns the spec of records with the labels of another AU set."""
    shape = (len(aus),)
    return {
        name: replace(field, shape=shape) if name in AU_FIELDS else field for name, field in fields.items()
    }


def encode(values: Mapping[str, Any], fields: Mapping[str, Field] = EXAMPLE_FIELDS) -> bytes:
    """Returns a serialized `tf.train.Example` of the given fields.

    Args:
      values: A value for each field: bytes or str for strings, array-likes of the field's shape otherwise.
      fields: The spec, such as `EXAMPLE_FIELDS`.
    Raises:
      ValueError: If a field is missing, not in the spec, or of another shape.
    """
    if set(values) != set(fields):
        raise ValueError(f"a record needs exactly the fields {sorted(fields)}, got {sorted(values)}")
    features = {name: _encode_field(name, field, values[name]) for name, field in fields.items()}
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString(
        deterministic=True
    )


def _encode_field(name: str, field: Field, value: Any) -> tf.train.Feature:
    if field.dtype == tf.string:
        data = value.encode() if isinstance(value, str) else value
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[data]))
    array = np.asarray(value, field.dtype.as_numpy_dtype)
    if array.shape != field.shape:
        raise ValueError(f"field {name} has shape {field.shape}, got {array.shape}")
    if field.dtype == tf.int64:
        return tf.train.Feature(int64_list=tf.train.Int64List(value=array.ravel()))
    return tf.train.Feature(float_list=tf.train.FloatList(value=array.ravel()))


def parse(serialized: tf.Tensor, fields: Mapping[str, Field] = EXAMPLE_FIELDS) -> dict[str, tf.Tensor]:
    """Parses one serialized example, or a batch of them; the result's keys, types and shapes are the spec's.

    Args:
      serialized: String tensor, [] or [batch].
      fields: The fields to parse: the whole spec or some of it.
    """
    features = {name: _feature(field) for name, field in fields.items()}
    if serialized.shape.rank == 0:
        return tf.io.parse_single_example(serialized, features)
    return tf.io.parse_example(serialized, features)


def _feature(field: Field) -> tf.io.FixedLenFeature:
    default = np.zeros(field.shape, field.dtype.as_numpy_dtype) if field.is_optional else None
    return tf.io.FixedLenFeature(field.shape, field.dtype, default)
