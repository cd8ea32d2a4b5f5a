"""Record shards: the crops and labels of a dataset's faces, a TFRecord file a shard and view."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from emotionet_tf.action_units import ACTION_UNITS, VIEWS
from emotionet_tf.label_lists.rejection_reasons import RejectedRow
from emotionet_tf.records import dataset_info
from emotionet_tf.records.dataset_info import DatasetInfo, Shard
from emotionet_tf.records.writing.crop_files import Crops, framing_of, read_crops
from emotionet_tf.records.writing.dataset_counts import RecordCounts
from emotionet_tf.records.writing.encoding import encode_row, record_writers
from emotionet_tf.records.writing.labelled_faces import LabelledFace

# Files that threads read while earlier ones are written; few enough to keep in memory.
_READ_AHEAD = 64


def shard_name(view: str, index: int, num_shards: int) -> str:
    """Returns the file name of a view's shard."""
    return f"{view}-{index:05d}-of-{num_shards:05d}.tfrecord"


class RecordShardWriter:
    """Writes a dataset's shards, each with the same examples in the same order for both views, and keeps count.

    Args:
      folder: Where the shards go.
      faces_dir: Where the crops are.
      num_shards: Shards of each view.
      crop_size_px: Side of the crops; rows with others are rejected.
      progress: Called with the number of rows done, now and then.
      classes: The classes' names, where records have one.
      aus: The columns of the rows' labels.
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
        aus: tuple[int, ...] = ACTION_UNITS,
    ) -> None:
        self.rejected: list[RejectedRow] = []
        self._folder = folder
        self._faces_dir = faces_dir
        self._num_shards = num_shards
        self._progress = progress
        self._crop_size_px = crop_size_px
        self._class_index = {name: index for index, name in enumerate(classes)}
        self._shards: dict[str, list[Shard]] = {view: [] for view in VIEWS}
        self._counts = RecordCounts(aus)

    @property
    def num_examples(self) -> int:
        """Records of each view so far."""
        return self._counts.num_examples

    def write(self, index: int, rows: list[LabelledFace]) -> None:
        """Writes one shard of each view; rows with a bad crop are rejected."""
        paths = {view: self._folder / shard_name(view, index, self._num_shards) for view in VIEWS}
        num_before = self.num_examples
        with record_writers(paths) as writers:
            for row, crops in self._with_crops(rows):
                problem = crops.problem_for(self._crop_size_px)
                if problem:
                    self.rejected.append(row.rejected(problem))
                    continue
                self._counts.add(row.label, row.face.angles)
                for view, jpeg in crops.jpegs.items():
                    writers[view].write(encode_row(row.label, row.face.angles, jpeg, self._class_index))
        self._counts.end_shard()
        for view, path in paths.items():
            self._shards[view].append(dataset_info.describe_shard(path, self.num_examples - num_before))

    def describe(
        self, name: str, num_usable: int, rejected: list[RejectedRow], settings: dict[str, Any]
    ) -> DatasetInfo:
        """Returns what was written, once all shards are."""
        return self._counts.describe(
            name,
            views=self._shards,
            num_usable=num_usable,
            num_rejected=len(rejected),
            crop_size_px=self._crop_size_px,
            framing=framing_of(self._faces_dir),
            settings=settings,
            classes=tuple(self._class_index),
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
