"""Ways in which a shard can be damaged, and reading what is left."""

import struct
from collections.abc import Callable
from pathlib import Path

from emotionet_tf.records.checking.broken_records import RecordFolder
from emotionet_tf.records.reading.tfrecord_frames import HEAD_BYTES, crc32c, read_frames
from emotionet_tf.stream.batches import evaluation_stream


def streamed_ids(folder: RecordFolder) -> list[str]:
    """Returns the example ids that the evaluation stream reads."""
    batches = evaluation_stream(
        folder.records_dir, view=folder.view, batch_size=7, image_size_px=32, labels_dir=folder.labels_dir
    )
    return [name.decode() for batch in batches for name in batch["example_id"].numpy()]


def offsets_of(shard: Path) -> list[int]:
    """Returns where the records of a whole shard begin."""
    return [frame.offset for frame in read_frames(shard, verify=False)]


def flip_data(shard: Path, index: int) -> None:
    """Flips a byte in the data of a record."""
    _flip(shard, offsets_of(shard)[index] + HEAD_BYTES + 5)


def flip_length(shard: Path, index: int) -> None:
    """Flips a byte in the length of a record."""
    _flip(shard, offsets_of(shard)[index] + 1)


def cut_within(shard: Path, index: int) -> None:
    """Ends a shard in the middle of a record."""
    shard.write_bytes(shard.read_bytes()[: offsets_of(shard)[index] + HEAD_BYTES + 20])


def cut_before(shard: Path, index: int) -> None:
    """Ends a shard where a record begins."""
    shard.write_bytes(shard.read_bytes()[: offsets_of(shard)[index]])


def make_alien(shard: Path, index: int) -> None:
    """Makes a record, with right checksums, of bytes that are not an example, in the same length."""
    rewrite(shard, index, lambda data: b"\xff" * len(data))


def cut_picture(shard: Path, index: int) -> None:
    """Overwrites most of a record's picture; its checksums are right, and it has the same length."""

    def cut(data: bytes) -> bytes:
        begin = data.index(b"\xff\xd8\xff") + 2
        end = data.index(b"\xff\xd9", begin)
        return data[:begin] + bytes(end - begin) + data[end:]

    rewrite(shard, index, cut)


DAMAGES: tuple[Callable[[Path, int], None], ...] = (
    flip_data,
    flip_length,
    cut_within,
    cut_before,
    make_alien,
    cut_picture,
)


def rewrite(shard: Path, index: int, change: Callable[[bytes], bytes]) -> None:
    """Changes a record's data, and its checksums with them."""
    data = [frame.data for frame in read_frames(shard, verify=False)]
    data[index] = change(data[index])
    with open(shard, "wb") as file:
        for record in data:
            length = struct.pack("<Q", len(record))
            file.write(length + _checksum(length) + record + _checksum(record))


def _flip(shard: Path, place: int) -> None:
    data = bytearray(shard.read_bytes())
    data[place] ^= 0x11
    shard.write_bytes(data)


def _checksum(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
