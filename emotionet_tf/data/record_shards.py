"""Record shards: the crops and labels of a dataset's faces, a TFRecord file a shard and view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from emotionet_tf.action_units import VIEWS
from emotionet_tf.data import dataset_info
from emotionet_tf.data.crop_files import Crops, framing_of, read_crops
from emotionet_tf.data.dataset_info import DatasetInfo, Shard
from emotionet_tf.data.labelled_faces import LabelledFace, RejectedRow
from emotionet_tf.examples import CLASS_FIELDS, encode
from emotionet_tf.versions import installed_versions

# Files that threads read while earlier ones are written; few enough to keep in memory.
_READ_AHEAD = 64


class RecordShardWriter:
    """Writes a dataset's shards, each with the same examples in the same order for both views, and keeps count.

    Args:
      folder: Where the shards go.
      faces_dir: Where the crops are.
      num_shards: Shards of each view.
      crop_size_px: Side of the crops; rows with others are rejected.
      progress: Called with the number of rows done, now and then.
      classes: The classes' names, where records have one.
    Attributes:
      rejected: Rows whose crops could not be used.
    """

    def __init__(
        self,
        folder: Path,
        faces_dir: Path,
        *,
        num_shards: int,
        crop_size_px: int,
        progress: Callable[[int], None],
        classes: tuple[str, ...] = (),
    ) -> None:
        self.rejected: list[RejectedRow] = []
        self._folder = folder
        self._faces_dir = faces_dir
        self._num_shards = num_shards
        self._progress = progress
        self._crop_size_px = crop_size_px
        self._class_index = {name: index for index, name in enumerate(classes)}
        self._shards: dict[str, list[Shard]] = {view: [] for view in VIEWS}
        self._written: list[list[LabelledFace]] = []

    @property
    def num_examples(self) -> int:
        """Records of each view so far."""
        return sum(map(len, self._written))

    def write(self, index: int, rows: list[LabelledFace]) -> None:
        """Writes one shard of each view; rows with a bad crop are rejected."""
        paths = {
            view: self._folder / f"{view}-{index:05d}-of-{self._num_shards:05d}.tfrecord" for view in VIEWS
        }
        writers = {view: tf.io.TFRecordWriter(str(path)) for view, path in paths.items()}
        written = []
        for row, crops in self._with_crops(rows):
            problem = crops.problem_for(self._crop_size_px)
            if problem:
                self.rejected.append(
                    RejectedRow(row.label.example_id, row.face.photo, row.label.line, row.file, problem)
                )
                continue
            written.append(row)
            for view, jpeg in crops.jpegs.items():
                writers[view].write(self._record(row, jpeg))
        for view, writer in writers.items():
            writer.close()
            self._shards[view].append(dataset_info.describe_shard(paths[view], len(written)))
        self._written.append(written)

    def describe(
        self, name: str, num_usable: int, rejected: list[RejectedRow], settings: dict[str, Any]
    ) -> DatasetInfo:
        """Returns what was written, once all shards are."""
        rows = [row for shard in self._written for row in shard]
        known, positives = dataset_info.count_labels(
            np.stack([row.label.labels for row in rows]), np.stack([row.label.mask for row in rows])
        )
        angles = [row.face.angles for row in rows if row.face.angles is not None]
        counts = Counter(row.label.class_name for row in rows)
        pitch, yaw, roll = np.mean(angles, axis=0).tolist() if angles else (0.0, 0.0, 0.0)
        return DatasetInfo(
            name=name,
            views={view: tuple(shards) for view, shards in self._shards.items()},
            num_examples=len(rows),
            num_rows=num_usable + len(rejected),
            num_without_face=num_usable - len(rows),
            num_rejected=len(rejected),
            crop_size_px=self._crop_size_px,
            framing=framing_of(self._faces_dir),
            known=known,
            positives=positives,
            mean_angles=(pitch, yaw, roll),
            order_sha256=dataset_info.order_checksum(
                [row.label.example_id for row in shard] for shard in self._written
            ),
            settings=settings,
            versions=installed_versions(),
            classes=tuple(self._class_index),
            class_counts=tuple(counts[name] for name in self._class_index),
        )

    def _with_crops(self, rows: list[LabelledFace]) -> Iterator[tuple[LabelledFace, Crops]]:
        """Yields rows in their order, with their crops read and checked by threads a little ahead."""
        remaining = iter(rows)
        with ThreadPoolExecutor() as threads:
            num_before = self.num_examples + len(self.rejected)
            num_read = 0
            while some := list(islice(remaining, _READ_AHEAD)):
                yield from zip(
                    some, threads.map(lambda row: read_crops(self._faces_dir, row.face), some), strict=True
                )
                num_read += len(some)
                self._progress(num_before + num_read)

    def _record(self, row: LabelledFace, jpeg: bytes) -> bytes:
        angles = row.face.angles
        values = {
            "example_id": row.label.example_id,
            "image": jpeg,
            "labels": row.label.labels,
            "mask": row.label.mask,
            "angles": angles or (0, 0, 0),
            "angles_mask": np.full(3, angles is not None),
        }
        if not self._class_index:
            return encode(values)
        return encode({**values, "class_index": self._class_index[row.label.class_name]}, CLASS_FIELDS)
