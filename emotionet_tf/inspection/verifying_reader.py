"""Reads a records folder and verifies it: both views side by side, without the broken records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from emotionet_tf.records.checking.broken_records import PARSING_ERRORS, describe_parsing_error
from emotionet_tf.records.dataset_info import DatasetInfo, Shard
from emotionet_tf.records.fields import CLASS_FIELDS, EXAMPLE_FIELDS, parse, with_au_set
from emotionet_tf.records.reading.tfrecord_frames import Frame, read_frames
from emotionet_tf.storage import files
from emotionet_tf.storage.paths import as_path

# Records of each view in memory at once; more are hardly faster.
_BATCH = 256
_COMPARED = ("example_id", "labels", "mask", "angles", "angles_mask", "class_index")


@dataclass(frozen=True)
class Problem:
    """Something in a records folder that is not as it should be.

    Attributes:
      place: A file, or the folder.
      what: What is wrong.
      offset: Where in the file, in bytes; None for all of it.
    """

    place: str
    what: str
    offset: int | None = None

    def __str__(self) -> str:
        where = self.place if self.offset is None else f"{self.place}, byte {self.offset}"
        return f"{where}: {self.what}"


@dataclass(frozen=True, eq=False)
class ReadExamples:
    """Some examples of one shard that every view has, readable and at the same place.

    Attributes:
      ids: Their ids.
      values: The fields that the views share: labels and mask [n, 23], angles and angles_mask [n, 3], and for class
        records class_index [n].
      crops: Per view their crops, JPEG bytes.
    """

    ids: list[str]
    values: Mapping[str, np.ndarray]
    crops: Mapping[str, list[bytes]]


@dataclass(frozen=True, eq=False)
class _Run:
    """Consecutive records of one view of a shard; `values` are valid where `is_usable` [n] is true."""

    is_usable: np.ndarray
    values: Mapping[str, np.ndarray]


class RecordReader:
    """Reads all records of a folder once and collects the problems.

    The file's checksum in `dataset.json` says whether a shard is as it was written; only if it is not, the records'
    own checksums are computed, to find the broken ones.

    Args:
      folder: The records folder.
      info: Its `dataset.json`.
    Attributes:
      problems: Those found so far.
      num_shards: Shards of each view.
    """

    def __init__(self, folder: str, info: DatasetInfo) -> None:
        self.problems: list[Problem] = []
        self._folder = folder
        self._info = info
        self._fields = with_au_set(CLASS_FIELDS if info.classes else EXAMPLE_FIELDS, info.aus)
        counts = {view: len(shards) for view, shards in info.views.items()}
        self.num_shards = min(counts.values(), default=0)
        if len(set(counts.values())) != 1:
            self._add(folder, f"the views have different numbers of shards: {counts}")
        listed = {shard.file for shards in info.views.values() for shard in shards}
        for path in sorted(as_path(folder).glob("*.tfrecord")):
            if path.name not in listed:
                self._add(path, "dataset.json does not list this shard")

    def read_shard(self, index: int) -> Iterator[ReadExamples]:
        """Yields the usable examples of one shard, some at a time.

        Args:
          index: The shard's index; the views' shards of one index belong together.
        """
        readers = {view: self._read_view(shards[index]) for view, shards in self._info.views.items()}
        differences = _Differences()
        for number, runs in enumerate(zip_longest(*readers.values())):
            if None in runs:
                continue  # one view ends before another: its count of records is already a problem
            run_of = dict(zip(readers, runs, strict=True))
            agree = differences.places_without(run_of, number * _BATCH)
            if agree.any():
                yield _examples(run_of, agree)
        if differences.count:
            names = " and ".join(shards[index].file for shards in self._info.views.values())
            more = f"; so do {differences.count - 1} more" if differences.count > 1 else ""
            self._add(self._folder, f"{names} do not have the same examples: {differences.first}{more}")

    def _read_view(self, shard: Shard) -> Iterator[_Run]:
        path = as_path(self._folder) / shard.file
        if not path.is_file():
            self._add(path, f"the shard is missing, with {shard.num_examples} records")
            return
        is_as_written = self._check_file(path, shard)
        num_before = len(self.problems)
        num_records = 0
        frames = read_frames(path, verify=not is_as_written)
        while some := list(islice(frames, _BATCH)):
            num_records += len(some)
            yield self._parse(path, some)
        if num_records != shard.num_examples:
            self._add(path, f"{num_records} records were found instead of {shard.num_examples}")
        elif not is_as_written and len(self.problems) == num_before:
            self._add(
                path, "its checksum is not the one of dataset.json, although none of its records is broken"
            )

    def _check_file(self, path: Path, shard: Shard) -> bool:
        """Returns whether a file is as it was written; notes it as a problem if it has another length."""
        size = path.stat().st_size
        if size != shard.num_bytes:
            self._add(path, f"the shard has {size} bytes instead of {shard.num_bytes}")
            return False
        return files.sha256_of(path) == shard.sha256

    def _parse(self, path: Path, frames: list[Frame]) -> _Run:
        """Parses records; those that cannot be parsed are noted as problems."""
        is_usable = np.array([not frame.problem for frame in frames])
        for frame in frames:
            if frame.problem:
                self._add(path, frame.problem, frame.offset)
        try:
            values = self._values([frame.data for frame in frames if not frame.problem])
        except PARSING_ERRORS:
            is_usable, values = self._parse_singly(path, frames)
        sizes = values.pop("size_px")
        wrong = (sizes != self._info.crop_size_px).any(axis=1)
        for place, size in zip(np.flatnonzero(is_usable)[wrong], sizes[wrong], strict=True):
            expected = self._info.crop_size_px
            what = f"the crop has {size[1]} x {size[0]} px instead of {expected} x {expected}"
            self._add(path, what, frames[place].offset)
        spread = {}
        for name, value in values.items():
            spread[name] = np.zeros((len(frames), *value.shape[1:]), value.dtype)
            spread[name][is_usable] = value
        return _Run(is_usable, spread)

    def _parse_singly(self, path: Path, frames: list[Frame]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Parses records one by one, since at least one of them is broken."""
        is_usable = np.zeros(len(frames), bool)
        parsed = [self._values([])]
        for place, frame in enumerate(frames):
            if frame.problem:
                continue
            try:
                parsed.append(self._values([frame.data]))
                is_usable[place] = True
            except PARSING_ERRORS as error:
                what = f"the record is not one of this library: {describe_parsing_error(error)}"
                self._add(path, what, frame.offset)
        return is_usable, {name: np.concatenate([one[name] for one in parsed]) for name in parsed[0]}

    def _values(self, records: list[bytes]) -> dict[str, np.ndarray]:
        """Returns the fields of records, with the sizes of the crops [n, 2] as `size_px`."""
        parsed = parse(tf.constant(records, tf.string, shape=[len(records)]), self._fields)
        sizes = _jpeg_sizes(parsed["image"])
        return {**{name: value.numpy() for name, value in parsed.items()}, "size_px": sizes.numpy()[:, :2]}

    def _add(self, place: str | Path, what: str, offset: int | None = None) -> None:
        self.problems.append(Problem(str(place), what, offset))


@tf.function(input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
def _jpeg_sizes(images: tf.Tensor) -> tf.Tensor:
    """Returns [n, 3] int32: height, width and channels of JPEGs, from their headers."""
    return tf.map_fn(tf.io.extract_jpeg_shape, images, fn_output_signature=tf.TensorSpec([3], tf.int32))


class _Differences:
    """Counts the places where the views have records of different examples."""

    def __init__(self) -> None:
        self.count = 0
        self.first = ""

    def places_without(self, run_of: Mapping[str, _Run], num_before: int) -> np.ndarray:
        """Returns [n], where all views have the same example, readable.

        Args:
          run_of: The records of each view; the last runs of views may differ in length.
          num_before: Records of the shard before these.
        """
        (first_view, first), *others = run_of.items()
        num_places = min(len(run.is_usable) for run in run_of.values())
        agree = np.all([run.is_usable[:num_places] for run in run_of.values()], axis=0)
        for view, run in others:
            for name in _COMPARED:
                if name not in first.values:
                    continue
                ours, theirs = first.values[name][:num_places], run.values[name][:num_places]
                differ = agree & (ours != theirs).reshape(num_places, -1).any(axis=1)
                for place in np.flatnonzero(differ)[: not self.first]:
                    self.first = f"record {num_before + place + 1} differs in {name}, "
                    self.first += (
                        f"{_shown(ours[place])} in {first_view} and {_shown(theirs[place])} in {view}"
                    )
                self.count += int(differ.sum())
                agree &= ~differ
        return agree


def _shown(value: Any) -> str:
    return repr(value.decode(errors="replace")) if isinstance(value, bytes) else str(value)


def _examples(run_of: Mapping[str, _Run], agree: np.ndarray) -> ReadExamples:
    places = np.flatnonzero(agree)
    first = next(iter(run_of.values())).values
    return ReadExamples(
        ids=[name.decode(errors="replace") for name in first["example_id"][places]],
        values={name: first[name][places] for name in _COMPARED[1:] if name in first},
        crops={view: list(run.values["image"][places]) for view, run in run_of.items()},
    )
