from dataclasses import replace
from pathlib import Path

import pytest
from damaged_shards import cut_within, flip_data, flip_length, streamed_ids

from emotionet_tf.errors import UserError
from emotionet_tf.records.checking.broken_records import RecordFolder, find_broken_records
from emotionet_tf.records.checking.repair import Repairs, replacements
from emotionet_tf.records.dataset_info import load_dataset_info, load_label_info
from emotionet_tf.storage.files import sha256_of


# Record 2 is followed by the good 3; 5, 6 and 7 by 8, then, behind the shard's end, by 0 and 1.
def test_broken_records_are_replaced_by_those_that_follow():
    assert replacements(9, [2, 5, 6, 7]) == [0, 1, 3, 3, 4, 8, 0, 1, 8]
    assert replacements(3, []) == [0, 1, 2]
    assert replacements(3, [1, 2]) == [0, 0, 0]


def test_repaired_copy_holds_neighbours_in_place_of_broken_records(records, shard, tmp_path):
    folder = RecordFolder(str(records), "close_up")
    whole = streamed_ids(folder)
    num_first = load_dataset_info(records).views["close_up"][0].num_examples
    flip_data(shard, 4)
    flip_length(shard, 6)
    repairs = Repairs(tmp_path / "repaired")
    repairs.write(folder, find_broken_records([folder])[folder])
    expected = list(whole)
    for index in (4, 6):
        expected[num_first + index] = whole[num_first + index + 1]
    assert streamed_ids(repairs.opened(folder)) == expected
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
    flip_data(labels / "labels-00001-of-00003.tfrecord", 2)
    repairs = Repairs(tmp_path / "repaired")
    repairs.write(folder, find_broken_records([folder])[folder])
    copy = repairs.opened(folder)
    # The stream checks that ids agree.
    assert (
        len(streamed_ids(copy))
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
