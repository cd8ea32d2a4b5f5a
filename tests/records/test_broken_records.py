import pytest
import tensorflow as tf
from damaged_shards import (
    cut_before,
    cut_picture,
    cut_within,
    flip_data,
    flip_length,
    make_alien,
    offsets_of,
    streamed_ids,
)

from emotionet_tf.errors import UserError
from emotionet_tf.records.checking.broken_records import (
    RecordFolder,
    broken_records_named,
    find_broken_records,
)
from emotionet_tf.records.dataset_info import DamagedShardError, load_dataset_info


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (flip_data, "the record is damaged: its checksum does not match"),
        (flip_length, "the record's length is damaged"),
        (make_alien, "it is not a record of this library: "),
        (cut_picture, "its crop cannot be decoded as one of 36 px: "),
    ],
)
def test_error_of_a_broken_record_names_shard_record_and_byte(records, shard, damage, problem):
    offset = offsets_of(shard)[4]
    damage(shard, 4)
    folder = RecordFolder(str(records), "close_up")
    with pytest.raises(UserError) as caught, broken_records_named(folder):
        streamed_ids(folder)
    assert str(caught.value).startswith(
        f"1 broken record in 1 shard: {shard}, record 5, byte {offset}: {problem}"
    )
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("cut", "first"), [(cut_within, 4), (cut_before, 4)])
def test_shard_that_is_cut_off_counts_all_that_it_lacks(records, shard, cut, first):
    offset, num_records = offsets_of(shard)[4], len(offsets_of(shard))
    cut(shard, 4)
    folder = RecordFolder(str(records), "close_up")
    where = f"record 5, byte {offset}" if cut is cut_within else "behind record 4"
    with pytest.raises(DamagedShardError, match=f"{shard}, {where}"):
        load_dataset_info(records)
    broken = find_broken_records([folder])[folder]
    assert [record.index for record in broken] == list(range(4, num_records))


def test_damaged_label_shard_is_named(records, labels):
    label_shard = labels / "labels-00002-of-00003.tfrecord"
    flip_data(label_shard, 1)
    folder = RecordFolder(str(records), "close_up", str(labels))
    message = f"1 broken record in 1 shard: {label_shard}, record 2, byte"
    with pytest.raises(UserError, match=message), broken_records_named(folder):
        streamed_ids(folder)


def test_labels_of_another_example_are_named(records, labels):
    first, second = (labels / f"labels-{index:05d}-of-00003.tfrecord" for index in (0, 1))
    rows = [list(tf.data.TFRecordDataset(str(path)).as_numpy_iterator()) for path in (first, second)]
    with tf.io.TFRecordWriter(str(first)) as writer:
        for row in [*rows[0][:-1], rows[1][0]]:
            writer.write(row)
    folder = RecordFolder(str(records), "close_up", str(labels))
    (broken,) = find_broken_records([folder])[folder]
    assert (broken.file, broken.index) == (str(first), len(rows[0]) - 1)
    assert "but the record of" in broken.problem


def test_error_without_a_broken_record_stays_what_it_is(records):
    folder = RecordFolder(str(records), "close_up")
    with pytest.raises(tf.errors.InvalidArgumentError, match="another"), broken_records_named(folder):
        raise tf.errors.InvalidArgumentError(None, None, "another")


def test_damage_of_the_view_that_is_not_read_is_none(records):
    flip_data(records / "context-00000-of-00003.tfrecord", 0)
    folder = RecordFolder(str(records), "close_up")
    assert find_broken_records([folder]) == {folder: []}


def test_missing_shard_is_reported(records, shard):
    shard.unlink()
    with pytest.raises(UserError, match=f"{shard}: the shard"):
        find_broken_records([RecordFolder(str(records), "close_up")])
