"""Finding the records of a dataset that cannot be used, once reading it has failed.

TensorFlow's errors name neither shard nor record, and stop at the first.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import tensorflow as tf

from emotionet_tf.console.progress import CountLine
from emotionet_tf.errors import UserError
from emotionet_tf.examples import EXAMPLE_FIELDS, LABEL_FIELDS, Field
from emotionet_tf.records.checking.usable_records import (
    PARSING_ERRORS,
    BrokenRecord,
    ShardRecords,
    read_shard_records,
)
from emotionet_tf.records.dataset_info import DamagedShardError
from emotionet_tf.records.reading.images import centred
from emotionet_tf.records.reading.shards import ShardSet, open_shards

READING_ERRORS = (
    tf.errors.DataLossError,
    *PARSING_ERRORS,
    tf.errors.NotFoundError,
    tf.errors.PermissionDeniedError,
    DamagedShardError,
)
"""What reading a damaged dataset raises; so do other mistakes."""
MENDING = "mend the shards: copy them again, or make the records anew"
"""What a person can do about broken records."""


@dataclass(frozen=True)
class RecordFolder:
    """A dataset as one stream reads it.

    Attributes:
      records_dir: Its records folder.
      view: The crops that are read.
      labels_dir: Label shards that are read beside; None for none.
      fields: What is parsed of each record.
    """

    records_dir: str
    view: str
    labels_dir: str | None = None
    fields: Mapping[str, Field] = field(default_factory=lambda: EXAMPLE_FIELDS, hash=False)

    def open(self, *, check_shards: bool = True) -> ShardSet:
        """Returns its shards; raises UserError as `open_shards`."""
        return open_shards(
            self.records_dir, self.view, self.labels_dir, self.fields, check_shards=check_shards
        )


def find_broken_records(folders: Sequence[RecordFolder]) -> dict[RecordFolder, list[BrokenRecord]]:
    """Reads datasets completely, images decoded, and returns what cannot be used of each, in the shards' order.

    Raises:
      UserError: If a folder is none of records, or a shard cannot be read at all.
    """
    shard_sets = {folder: folder.open(check_shards=False) for folder in folders}
    num_shards = sum(len(shards.files) for shards in shard_sets.values())
    show = CountLine("shards looked through for broken records")
    num_done = 0
    show(num_done, num_shards)
    broken: dict[RecordFolder, list[BrokenRecord]] = {}
    for folder, shards in shard_sets.items():
        broken[folder] = []
        is_sound = _checker(shards)
        for index in range(len(shards.files)):
            if not is_sound(index):
                broken[folder] += [record for part in read_parts(shards, index) for record in part.broken]
            num_done += 1
            show(num_done, num_shards)
    return broken


def read_parts(shards: ShardSet, index: int) -> list[ShardRecords]:
    """Returns the records of one shard, and of its label shard where there is one, as far as they can be used.

    Raises:
      UserError: If a file cannot be read at all.
    """
    num_examples = shards.counts[index]
    try:
        parts = [read_shard_records(shards.files[index], num_examples, shards.fields, shards.crop_size_px)]
        if shards.label_files:
            path = shards.label_files[index]
            parts.append(read_shard_records(path, num_examples, LABEL_FIELDS, None))
            _break_strangers(path, *parts)
    except OSError as error:
        raise UserError(f"{error.filename}: the shard cannot be read: {error.strerror}") from error
    return parts


def _break_strangers(path: str, records: ShardRecords, labels: ShardRecords) -> None:
    """Takes rows of a label shard for broken that have another example's id than the record of their place."""
    for index, (record_id, label_id) in enumerate(zip(records.ids, labels.ids, strict=True)):
        if record_id is not None and label_id is not None and record_id != label_id:
            problem = f"it is of {_shown(label_id)}, but the record of {_shown(record_id)}"
            labels.broken.append(BrokenRecord(path, index, None, problem))
            labels.data[index] = labels.ids[index] = None
    labels.broken.sort(key=lambda record: record.index)


def _shown(example_id: bytes) -> str:
    return repr(example_id.decode(errors="replace"))


def describe_broken(broken: Sequence[BrokenRecord]) -> str:
    """Returns how many records are broken, and the first of them, in one line."""
    num_files = len({record.file for record in broken})
    records = "1 broken record" if len(broken) == 1 else f"{len(broken)} broken records"
    first = "" if len(broken) == 1 else "the first: "
    return f"{records} in {num_files} shard{'s' * (num_files > 1)}: {first}{broken[0]}"


@contextlib.contextmanager
def broken_records_named(folder: RecordFolder) -> Iterator[None]:
    """Turns what reading a dataset raises, while the body runs, into a UserError that names shard and record.

    An error that no broken record explains stays what it is.
    """
    try:
        yield
    except READING_ERRORS as error:
        broken = find_broken_records([folder])[folder]
        if not broken:
            raise
        raise UserError(f"{describe_broken(broken)}; {MENDING}") from error


def _checker(shards: ShardSet) -> Callable[[int], bool]:
    """Returns a function that tells by a shard's index whether a stream can read all of it."""
    decode = centred(shards.crop_size_px, shards.crop_size_px)

    @tf.autograph.experimental.do_not_convert
    def first_pixel(raw: dict[str, tf.Tensor]) -> tf.Tensor:
        return decode(shards.parse(raw))["image"][0, 0, 0]

    @tf.function(input_signature=[tf.TensorSpec([], tf.int64)], autograph=False)
    def count(index: tf.Tensor) -> tf.Tensor:
        pixels = shards.read(index).map(first_pixel, tf.data.AUTOTUNE)
        return pixels.reduce(tf.constant(0, tf.int64), lambda number, pixel: number + 1)

    def is_sound(index: int) -> bool:
        try:
            return int(count(tf.constant(index, tf.int64))) == shards.counts[index]
        except (tf.errors.OpError, *PARSING_ERRORS):
            return False

    return is_sound
