"""Where records lie in files, so that their crops can be taken over without reading all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from emotionet_tf.records.reading.tfrecord_frames import HEAD_BYTES, read_frames


class Place(NamedTuple):
    """Where a record is: a file, and offset and length of the record's data."""

    file: str
    offset: int
    num_bytes: int


Places = list[tuple[str, Place]]
"""A photo's record in each view; none where the photo has no face."""


def read_places(paths: Mapping[str, Path]) -> Iterator[Places]:
    """Yields the places of each record of TFRecord files that hold the same rows, one a view."""
    frames = zip(*(read_frames(path, verify=False) for path in paths.values()), strict=True)
    for own in frames:
        yield [
            (view, Place(str(path), frame.offset + HEAD_BYTES, len(frame.data)))
            for (view, path), frame in zip(paths.items(), own, strict=True)
        ]
