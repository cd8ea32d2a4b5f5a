import struct

import pytest
import tensorflow as tf

from emotionet_tf.records.reading.tfrecord_frames import crc32c, read_frames

RECORDS = [b"", b"abc", b"x" * 5000]


@pytest.fixture
def shard(tmp_path):
    path = tmp_path / "a.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in RECORDS:
            writer.write(record)
    return path


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


# RFC 3720, appendix B.4: 32 bytes of zeros, of ones, and 0 to 31; and the customary check value of "123456789".
@pytest.mark.parametrize(
    ("data", "checksum"),
    [
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (b"123456789", 0xE3069283),
        (b"", 0),
    ],
)
def test_checksums_are_the_published_ones(data, checksum):
    assert crc32c(data) == checksum


def test_records_come_with_their_places(shard):
    frames = list(read_frames(shard, verify=True))
    # Each record has 12 bytes before its data and 4 behind.
    assert [(frame.offset, frame.data) for frame in frames] == list(zip((0, 16, 35), RECORDS, strict=True))
    assert not any(frame.problem for frame in frames)


def test_damaged_data_are_named_and_reading_goes_on(shard):
    flip(shard, 16 + 12)
    frames = list(read_frames(shard, verify=True))
    assert [(frame.offset, bool(frame.problem)) for frame in frames] == [(0, False), (16, True), (35, False)]
    assert frames[1].data == b""
    assert not any(frame.problem for frame in read_frames(shard, verify=False))


def test_behind_a_damaged_length_nothing_is_read(shard):
    flip(shard, 16)
    frames = list(read_frames(shard, verify=True))
    assert [frame.offset for frame in frames] == [0, 16]
    assert "length is damaged" in frames[1].problem


@pytest.mark.parametrize("left", [16 + 1, 16 + 12, 35 + 12 + 4999])
def test_file_that_is_cut_off_ends_in_a_problem(shard, left):
    shard.write_bytes(shard.read_bytes()[:left])
    *_, last = read_frames(shard, verify=False)
    assert last.problem == "the file is cut off in this record"


def test_length_beyond_the_file_takes_no_memory(tmp_path):
    (tmp_path / "b.tfrecord").write_bytes(struct.pack("<Q", 1 << 60) + bytes(20))
    (frame,) = read_frames(tmp_path / "b.tfrecord", verify=False)
    assert "cut off" in frame.problem
