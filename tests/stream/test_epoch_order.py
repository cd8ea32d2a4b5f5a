import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.stream.epoch_order import EpochPlan, stream_key

COUNTS = (5, 0, 9, 3)


def plan(start=0, seed=1, source=0, window=4):
    return EpochPlan(COUNTS, start, seed, source, window)


def epoch(number):
    return tf.constant(number, tf.int64)


def test_every_epoch_reads_every_shard_once():
    orders = [tuple(plan().shards(epoch(number)).numpy()) for number in range(12)]
    # An empty shard may be left out where it comes first.
    assert all({0, 2, 3} <= set(order) <= {0, 1, 2, 3} and len(set(order)) == len(order) for order in orders)
    assert len(set(orders)) > 1


def test_start_lies_in_its_epoch_window_and_place():
    # 17 examples an epoch: position 47 is example 13 of epoch 2, example 1 of its window 3.
    started = plan(start=47)
    assert started.first_epoch == 2
    assert (started.skip(epoch(2)), started.first_window(epoch(2)), started.skip_in_window(epoch(2))) == (
        13,
        3,
        1,
    )
    assert (started.skip(epoch(3)), started.first_window(epoch(3)), started.skip_in_window(epoch(3))) == (
        0,
        0,
        0,
    )


@pytest.mark.parametrize("start", range(17))
def test_shards_before_the_first_window_are_not_read(start):
    started, whole = plan(start=start), plan()
    order = whole.shards(epoch(0)).numpy()
    examples = [(shard, number) for shard in order for number in range(COUNTS[shard])]
    read = [(shard, number) for shard in started.shards(epoch(0)).numpy() for number in range(COUNTS[shard])]
    assert read[int(started.skip_in_shards(epoch(0))) :] == examples[start // 4 * 4 :]
    assert started.skip_in_shards(epoch(0)) < max(COUNTS)


def test_window_keeps_its_examples_in_another_order():
    raw = {"record": tf.constant([str(number) for number in range(50)]), "shard": tf.range(50)}
    orders = [plan().shuffled(epoch(0), epoch(window), raw) for window in (0, 0, 1)]
    first, again, other = (order["shard"].numpy() for order in orders)
    np.testing.assert_array_equal(first, again)
    assert sorted(first) == list(range(50))
    assert (first != other).any()
    assert orders[0]["record"].numpy().tolist() == [str(number).encode() for number in first]


def test_keys_differ_by_seed_purpose_and_source():
    keys = {
        stream_key(seed, purpose, source)
        for seed in range(3)
        for purpose in ("shards", "windows")
        for source in (0, 1)
    }
    assert len(keys) == 12
    assert all(-(2**63) <= key < 2**63 for key in keys)
