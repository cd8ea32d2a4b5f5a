import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
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
)

from emotionet_tf.errors import UserError
from emotionet_tf.records.checking.broken_records import (
    RecordFolder,
    broken_records_named,
    find_broken_records,
)
from emotionet_tf.records.checking.repair import Repairs, replacements
from emotionet_tf.records.dataset_info import DamagedShardError, load_dataset_info, load_label_info
from emotionet_tf.records.writing.label_shards import LabelShard, write_label_shards
from emotionet_tf.storage.files import sha256_of
from emotionet_tf.stream.batches import evaluation_stream

NUM_SHARDS = 3


@pytest.fixture
def records(tiny_records, tmp_path) -> Path:
    """A copy of a records folder with 3 shards a view."""
    return Path(shutil.copytree(tiny_records / "train", tmp_path / "train"))


@pytest.fixture
def shard(records) -> Path:
    return records / f"close_up-00001-of-{NUM_SHARDS:05d}.tfrecord"


@pytest.fixture
def labels(records, tmp_path) -> Path:
    """Label shards for the records."""
    info = load_dataset_info(records)
    ids = ids_of(RecordFolder(str(records), "close_up"))
    shards, begin = [], 0
    for entry in info.views["close_up"]:
        own = ids[begin : begin + entry.num_examples]
        values = np.full((len(own), 23), 0.25, np.float32)
        shards.append(LabelShard(own, values, np.ones_like(values)))
        begin += entry.num_examples
    write_label_shards(tmp_path / "labels", info, shards, teacher="none", is_soft=True)
    return tmp_path / "labels"


def stream_of(folder: RecordFolder) -> tf.data.Dataset:
    return evaluation_stream(
        folder.records_dir, view=folder.view, batch_size=7, image_size_px=32, labels_dir=folder.labels_dir
    )


def ids_of(folder: RecordFolder) -> list[str]:
    return [name.decode() for batch in stream_of(folder) for name in batch["example_id"].numpy()]


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
        ids_of(folder)
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
    label_shard = labels / f"labels-00002-of-{NUM_SHARDS:05d}.tfrecord"
    flip_data(label_shard, 1)
    folder = RecordFolder(str(records), "close_up", str(labels))
    message = f"1 broken record in 1 shard: {label_shard}, record 2, byte"
    with pytest.raises(UserError, match=message), broken_records_named(folder):
        ids_of(folder)


def test_labels_of_another_example_are_named(records, labels):
    first, second = (labels / f"labels-{index:05d}-of-{NUM_SHARDS:05d}.tfrecord" for index in (0, 1))
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
    flip_data(records / f"context-00000-of-{NUM_SHARDS:05d}.tfrecord", 0)
    folder = RecordFolder(str(records), "close_up")
    assert find_broken_records([folder]) == {folder: []}


# Record 2 is followed by the good 3; 5, 6 and 7 by 8, then, behind the shard's end, by 0 and 1.
def test_broken_records_are_replaced_by_those_that_follow():
    assert replacements(9, [2, 5, 6, 7]) == [0, 1, 3, 3, 4, 8, 0, 1, 8]
    assert replacements(3, []) == [0, 1, 2]
    assert replacements(3, [1, 2]) == [0, 0, 0]


def test_repaired_copy_holds_neighbours_in_place_of_broken_records(records, shard, tmp_path):
    folder = RecordFolder(str(records), "close_up")
    whole = ids_of(folder)
    num_first = load_dataset_info(records).views["close_up"][0].num_examples
    flip_data(shard, 4)
    flip_length(shard, 6)
    repairs = Repairs(tmp_path / "repaired")
    repairs.write(folder, find_broken_records([folder])[folder])
    expected = list(whole)
    for index in (4, 6):
        expected[num_first + index] = whole[num_first + index + 1]
    assert ids_of(repairs.opened(folder)) == expected
    assert [(one.broken.index, one.replaced_by) for one in repairs.replaced(folder)] == [(4, 5), (6, 7)]
    assert repairs.count() == 2
    # The damaged shard only is copied.
    copied = list((tmp_path / "repaired").glob("*/*.tfrecord"))
    assert [path.name for path in copied] == [shard.name]


def test_repaired_copy_has_the_same_bytes_whenever_it_is_made(records, shard, tmp_path):
    folder = RecordFolder(str(records), "close_up")
    flip_data(shard, 4)
    first = find_broken_records([folder])[folder]
    sums = []
    for name in ("once", "again"):
        Repairs(tmp_path / name).write(folder, first)
        (copy,) = (tmp_path / name).glob("*/*.tfrecord")
        sums.append(sha256_of(copy))
    assert sums[0] == sums[1]


def test_record_that_was_replaced_before_stays_replaced(records, shard, tmp_path):
    folder = RecordFolder(str(records), "close_up")
    flip_data(shard, 4)
    found = find_broken_records([folder])[folder]
    repairs = Repairs(tmp_path / "repaired")
    repairs.write(folder, [replace(found[0], index=5)])
    repairs.write(folder, found)
    assert [(one.broken.index, one.replaced_by) for one in repairs.replaced(folder)] == [(4, 6), (5, 7)]


def test_record_that_an_earlier_version_described_in_other_words_is_listed_once(records, shard, tmp_path):
    folder = RecordFolder(str(records), "close_up")
    flip_data(shard, 4)
    found = find_broken_records([folder])[folder]
    repairs = Repairs(tmp_path / "repaired")
    repairs.write(folder, [replace(found[0], problem="the record is damaged: its checksum does not fit")])
    flip_data(shard, 7)
    repairs.write(folder, find_broken_records([folder])[folder])
    assert [(one.broken.index, one.replaced_by) for one in repairs.replaced(folder)] == [(4, 5), (7, 8)]


def test_record_and_label_row_are_replaced_together(records, labels, shard, tmp_path):
    folder = RecordFolder(str(records), "close_up", str(labels))
    flip_data(shard, 0)
    flip_data(labels / f"labels-00001-of-{NUM_SHARDS:05d}.tfrecord", 2)
    repairs = Repairs(tmp_path / "repaired")
    repairs.write(folder, find_broken_records([folder])[folder])
    copy = repairs.opened(folder)
    # The stream checks that ids agree.
    assert (
        len(ids_of(copy))
        == load_label_info(copy.labels_dir).num_examples
        == load_dataset_info(records).num_examples
    )
    assert [Path(one.broken.file).name[:5] for one in repairs.replaced(folder)] == ["close", "label"]


def test_shard_without_a_good_record_cannot_be_repaired(records, shard, tmp_path):
    cut_within(shard, 0)
    folder = RecordFolder(str(records), "close_up")
    with pytest.raises(UserError, match=f"{shard}, record 1, byte 0.*no good record"):
        Repairs(tmp_path / "repaired").write(folder, find_broken_records([folder])[folder])
    assert not list((tmp_path / "repaired").glob("*"))


def test_missing_shard_is_reported(records, shard):
    shard.unlink()
    with pytest.raises(UserError, match=f"{shard}: the shard"):
        find_broken_records([RecordFolder(str(records), "close_up")])
