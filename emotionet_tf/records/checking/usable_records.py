"""The records of one shard as far as they can be used, each at its place, with what is wrong with the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import tensorflow as tf

from emotionet_tf.examples import Field, parse
from emotionet_tf.records.reading.frames import LENGTH_DAMAGED, Frame, read_frames
from emotionet_tf.records.reading.images import centred

PARSING_ERRORS = (tf.errors.InvalidArgumentError, UnicodeDecodeError)
"""What parsing a damaged record raises; the second where the first's message would quote bytes that are no text."""


@dataclass(frozen=True)
class BrokenRecord:
    """A record that cannot be used.

    Attributes:
      file: The shard.
      index: Its place among the shard's records, from 0.
      offset: Where it begins in the shard, in bytes; None where that is not known.
      problem: What is wrong with it.
    """

    file: str
    index: int
    offset: int | None
    problem: str

    def __str__(self) -> str:
        place = "" if self.offset is None else f", byte {self.offset}"
        return f"{self.file}, record {self.index + 1}{place}: {self.problem}"


@dataclass(frozen=True)
class ShardRecords:
    """The records of one shard, in memory.

    Attributes:
      data: Each record's bytes; None of a broken one.
      ids: Each record's example id; None of a broken one.
      broken: Those that cannot be used, in order.
    """

    data: list[bytes | None]
    ids: list[bytes | None]
    broken: list[BrokenRecord]


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

    Where a length is damaged there may have been several records: if the number fits, it was one each.
    """
    gaps = [place for place, frame in enumerate(frames) if frame.problem == LENGTH_DAMAGED]
    return frames[: gaps[0] + 1] if gaps and len(frames) != num_examples else frames


def _missing(frames: list[Frame]) -> str:
    if not frames:
        return "the file is empty"
    if frames[-1].problem:
        return f"it cannot be found behind the damage at byte {frames[-1].offset}"
    return "the file ends before it"


def _read(data: bytes, fields: Mapping[str, Field], crop_size_px: int | None) -> tuple[bytes | None, str]:
    """Returns a record's example id and what is wrong with it; nothing is where that is empty."""
    try:
        example = parse(tf.constant(data), fields)
    except PARSING_ERRORS as error:
        return None, f"it is none of this library's: {describe_parsing_error(error)}"
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
    return "its bytes are no example"


def _first_line(error: tf.errors.OpError) -> str:
    return error.message.splitlines()[0][:120]
