"""Broken records: what one is, and finding all of a dataset once reading it has failed.

TensorFlow's errors name neither shard nor record, and stop at the first.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import tensorflow as tf

from emotionet_tf.console.progress import CountLine
from emotionet_tf.errors import UserError
from emotionet_tf.records.dataset_info import DamagedShardError
from emotionet_tf.records.fields import EXAMPLE_FIELDS, Field, parse
from emotionet_tf.records.reading.crop_decoding import centred
from emotionet_tf.records.reading.shard_reader import ShardSet, open_shards
from emotionet_tf.records.reading.tfrecord_frames import Frame, read_frames

PARSING_ERRORS = (tf.errors.InvalidArgumentError, UnicodeDecodeError)
"""What parsing a broken record raises; the second if the message of the first would quote bytes that are not text."""
READING_ERRORS = (
    tf.errors.DataLossError,
    *PARSING_ERRORS,
    tf.errors.NotFoundError,
    tf.errors.PermissionDeniedError,
    DamagedShardError,
)
"""What reading a damaged dataset raises; other mistakes raise them too."""
HOW_TO_REPAIR = "repair the shards: copy them again, or make the records again"
"""What a person can do about broken records."""


@dataclass(frozen=True)
class BrokenRecord:
    """A record that cannot be used.

    Attributes:
      file: The shard.
      index: Its place among the shard's records, from 0.
      offset: Where it begins in the shard, in bytes; None where that is not known.
      problem: What is wrong with it; lists of earlier versions may say it in other words.
    """

    file: str
    index: int
    offset: int | None
    problem: str = field(compare=False)

    def __str__(self) -> str:
        place = "" if self.offset is None else f", byte {self.offset}"
        return f"{self.file}, record {self.index + 1}{place}: {self.problem}"


@dataclass(frozen=True)
class ShardRecords:
    """The records of one shard, in memory.

    Attributes:
      data: Each record's bytes; None for a broken one.
      ids: Each record's example id; None for a broken one.
      broken: The broken records, in order.
    """

    data: list[bytes | None]
    ids: list[bytes | None]
    broken: list[BrokenRecord]


@dataclass(frozen=True)
class RecordFolder:
    """A dataset as one stream reads it.

    Attributes:
      records_dir: Its records folder.
      view: The crops that are read.
      labels_dir: Label shards that replace the records' own labels; None for none.
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
    """Reads datasets completely, decodes the images, and returns the broken records of each, in the shards' order.

    Raises:
      UserError: If a folder is not a records folder, or a shard cannot be read at all.
    """
    shard_sets = {folder: folder.open(check_shards=False) for folder in folders}
    num_shards = sum(len(shards.files) for shards in shard_sets.values())
    show = CountLine("shards searched for broken records")
    num_done = 0
    show(num_done, num_shards)
    broken: dict[RecordFolder, list[BrokenRecord]] = {}
    for folder, shards in shard_sets.items():
        broken[folder] = []
        is_whole = _shard_checker(shards)
        for index in range(len(shards.files)):
            if not is_whole(index):
                broken[folder] += [record for own in read_damaged(shards, index) for record in own.broken]
            num_done += 1
            show(num_done, num_shards)
    return broken


def read_damaged(shards: ShardSet, index: int) -> list[ShardRecords]:
    """Reads a shard, and its label shard where there is one, as far as their records can be used.

    Raises:
      UserError: If a file cannot be read at all.
    """
    num_examples = shards.counts[index]
    try:
        both = [read_shard_records(shards.files[index], num_examples, shards.fields, shards.crop_size_px)]
        if shards.label_files:
            path = shards.label_files[index]
            both.append(read_shard_records(path, num_examples, shards.label_fields, None))
            _break_mismatched(path, *both)
    except OSError as error:
        raise UserError(f"{error.filename}: the shard cannot be read: {error.strerror}") from error
    return both


def _break_mismatched(path: str, records: ShardRecords, labels: ShardRecords) -> None:
    """Marks rows of a label shard as broken that have another example's id than the record at their place."""
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
    """Turns an error of reading a dataset, while the body runs, into a UserError that names shard and record.

    An error that no broken record explains is raised as it is.
    """
    try:
        yield
    except READING_ERRORS as error:
        broken = find_broken_records([folder])[folder]
        if not broken:
            raise
        raise UserError(f"{describe_broken(broken)}; {HOW_TO_REPAIR}") from error


def _shard_checker(shards: ShardSet) -> Callable[[int], bool]:
    """Returns a function that returns, for a shard's index, whether a stream can read all of it."""
    decode = centred(shards.crop_size_px, shards.crop_size_px)

    @tf.autograph.experimental.do_not_convert
    def first_pixel(raw: dict[str, tf.Tensor]) -> tf.Tensor:
        return decode(shards.parse(raw))["image"][0, 0, 0]

    @tf.function(input_signature=[tf.TensorSpec([], tf.int64)], autograph=False)
    def count(index: tf.Tensor) -> tf.Tensor:
        pixels = shards.read(index).map(first_pixel, tf.data.AUTOTUNE)
        return pixels.reduce(tf.constant(0, tf.int64), lambda number, pixel: number + 1)

    def is_whole(index: int) -> bool:
        try:
            return int(count(tf.constant(index, tf.int64))) == shards.counts[index]
        except (tf.errors.OpError, *PARSING_ERRORS):
            return False

    return is_whole


def read_shard_records(
    path: str, num_examples: int, fields: Mapping[str, Field], crop_size_px: int | None
) -> ShardRecords:
    """Reads a shard that may be damaged.

    Args:
      path: The shard.
      num_examples: Records that it had when it was written.
      fields: What each record has to hold.
      crop_size_px: Side of the crops; None for label shards, which have none.
    Raises:
      OSError: If the file cannot be read at all.
    """
    frames = _placed(list(read_frames(path, verify=True, search=True)), num_examples)
    result = ShardRecords([], [], [])
    for index in range(num_examples):
        frame = frames[index] if index < len(frames) else Frame(-1, b"", _missing(frames))
        example_id, problem = (
            (None, frame.problem) if frame.problem else _read(frame.data, fields, crop_size_px)
        )
        if problem:
            offset = None if frame.offset < 0 else frame.offset
            result.broken.append(BrokenRecord(path, index, offset, problem))
        result.data.append(None if problem else frame.data)
        result.ids.append(None if problem else example_id)
    return result


def _placed(frames: list[Frame], num_examples: int) -> list[Frame]:
    """Returns the records whose places in the shard are known.

    Behind a damaged length there may have been several records: if the count is right, it was one each.
    """
    gaps = [place for place, frame in enumerate(frames) if frame.hides_records]
    return frames[: gaps[0] + 1] if gaps and len(frames) != num_examples else frames


def _missing(frames: list[Frame]) -> str:
    if not frames:
        return "the file is empty"
    if frames[-1].problem:
        return f"it cannot be found behind the damage at byte {frames[-1].offset}"
    return "the file ends before it"


def _read(data: bytes, fields: Mapping[str, Field], crop_size_px: int | None) -> tuple[bytes | None, str]:
    """Returns a record's example id and what is wrong with it, empty if nothing is."""
    try:
        example = parse(tf.constant(data), fields)
    except PARSING_ERRORS as error:
        return None, f"it is not a record of this library: {describe_parsing_error(error)}"
    if crop_size_px is not None:
        try:
            centred(crop_size_px, crop_size_px)(example)
        except tf.errors.InvalidArgumentError as error:
            return None, f"its crop cannot be decoded as one of {crop_size_px} px: {_first_line(error)}"
    return example["example_id"].numpy(), ""


def describe_parsing_error(error: Exception) -> str:
    """Returns what is wrong with a record that could not be parsed, without the bytes that the error quotes."""
    if isinstance(error, tf.errors.OpError) and not error.message.startswith("Could not parse"):
        return _first_line(error)
    return "its bytes are not an example"


def _first_line(error: tf.errors.OpError) -> str:
    return error.message.splitlines()[0][:120]
