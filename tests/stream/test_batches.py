from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.records.reading.shard_reader import ShardSet, open_shards
from emotionet_tf.records.writing.label_shards import LabelShard, write_label_shards
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION
from emotionet_tf.stream.batches import evaluation_stream, training_stream
from emotionet_tf.stream.sources import Source


def batches_of(sources, num_batches, *, batch_size=6, start_step=0, seed=5, **options):
    # Windows of 8 examples, smaller than an epoch, so that resuming begins within one.
    options = {"view": "close_up", "image_size_px": 20, "shuffle_window": 8, **options}
    stream = training_stream(sources, batch_size=batch_size, seed=seed, start_step=start_step, **options)
    return list(islice(stream.as_numpy_iterator(), num_batches))


def assert_equal_batches(first, second):
    for one, other in zip(first, second, strict=True):
        assert set(one) == set(other)
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


def ids_of(batches, source=0):
    return [row for batch in batches for row in batch["example_id"][batch["source"] == source].tolist()]


def id_of(record):
    feature = tf.train.Example.FromString(record).features.feature["example_id"]
    return feature.bytes_list.value[0].decode()


def write_labels(records_dir, labels_dir, value=0.25):
    """Label shards that call every AU `value`, parallel to a records folder."""
    info = load_dataset_info(records_dir)
    shards = []
    for shard in info.views["close_up"]:
        records = tf.data.TFRecordDataset(str(Path(records_dir) / shard.file))
        names = [id_of(raw) for raw in records.as_numpy_iterator()]
        shards.append(LabelShard(names, np.full((len(names), 23), value), np.ones((len(names), 23))))
    write_label_shards(labels_dir, info, shards, teacher="a teacher", is_soft=True)
    return str(labels_dir)


def test_batch_has_the_promised_types_and_static_shapes(make_records):
    records = make_records("opt", 10)
    stream = training_stream([Source("a", records)], view="context", batch_size=4, image_size_px=20, seed=0)
    assert {name: (spec.shape.as_list(), spec.dtype) for name, spec in stream.element_spec.items()} == {
        "example_id": ([4], tf.string),
        "image": ([4, 20, 20, 3], tf.uint8),
        "labels": ([4, 23], tf.float32),
        "mask": ([4, 23], tf.float32),
        "angles": ([4, 3], tf.float32),
        "angles_mask": ([4, 3], tf.float32),
        "source": ([4], tf.int32),
    }


def test_stream_from_a_step_equals_the_uninterrupted_one(make_records):
    sources = [Source("a", make_records("opt", 19)), Source("b", make_records("val", 7, first=100))]
    uninterrupted = batches_of(sources, 26)
    # An epoch of the first source has 19 examples, 3 a batch: epochs end within steps 6, 12 and 18.
    for step in (1, 6, 7, 13, 24):
        assert_equal_batches(uninterrupted[step:], batches_of(sources, 26 - step, start_step=step))


def test_stream_does_not_depend_on_the_global_seed(make_records):
    sources = [Source("a", make_records("opt", 19))]
    tf.random.set_seed(1)
    first = batches_of(sources, 8)
    tf.random.set_seed(2)
    assert_equal_batches(first, batches_of(sources, 8))


def test_another_seed_gives_another_order_and_other_changes(make_records):
    sources = [Source("a", make_records("opt", 19))]
    first, second = (batches_of(sources, 3, seed=seed) for seed in (1, 2))
    assert ids_of(first) != ids_of(second)


def test_every_epoch_is_a_permutation_of_its_own(make_records):
    sources = [Source("a", make_records("opt", 19))]
    ids = ids_of(batches_of(sources, 19, batch_size=4))
    epochs = [ids[start : start + 19] for start in range(0, 4 * 19, 19)]
    assert all(len(set(epoch)) == 19 for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 4


def test_shuffling_crosses_shards(make_records):
    records = make_records("opt", 60, num_shards=2)
    ids = ids_of(batches_of([Source("a", records)], 10, shuffle_window=64))
    in_files = ids_of(
        list(evaluation_stream(records, view="close_up", batch_size=60, image_size_px=20).as_numpy_iterator())
    )
    first_shard = set(in_files[: load_dataset_info(records).views["close_up"][0].num_examples])
    sides = [name in first_shard for name in ids]
    assert 15 < sum(one != other for one, other in pairwise(sides)) < 45


@pytest.mark.parametrize("num_sources", [1, 2, 3])
def test_every_batch_has_equal_shares_in_turn(make_records, num_sources):
    sources = [Source("a", make_records(f"set{i}", 5 + i, first=100 * i)) for i in range(num_sources)]
    for batch in batches_of(sources, 9):
        assert batch["source"].tolist() == list(range(num_sources)) * (6 // num_sources)
        for row, name in enumerate(batch["example_id"].tolist()):
            assert int(name.decode()[-5:]) // 100 == row % num_sources


def test_same_source_twice_has_two_orders(make_records):
    records = make_records("opt", 19)
    batches = batches_of([Source("a", records), Source("b", records)], 6)
    assert ids_of(batches, 0) != ids_of(batches, 1)


def test_rows_hold_the_labels_and_angles_of_their_photo(make_records):
    records = make_records("opt", 12)
    rows = {row.example_id: row for row in read_label_list(Path(records) / "rows.csv").rows}
    for batch in batches_of([Source("a", records)], 4, augmentation=NO_AUGMENTATION):
        for name, labels, mask, angles in zip(
            batch["example_id"].tolist(), batch["labels"], batch["mask"], batch["angles"], strict=True
        ):
            np.testing.assert_array_equal(labels, rows[name.decode()].labels)
            np.testing.assert_array_equal(mask, rows[name.decode()].mask)
            np.testing.assert_allclose(angles, [0.01 * int(name[-5:]), 0.2, -0.1], atol=1e-6)


def test_unknown_labels_are_never_positive(make_records):
    for batch in batches_of([Source("a", make_records("opt", 19))], 6):
        assert not batch["labels"][batch["mask"] == 0].any()
        assert set(np.unique(batch["labels"])) == {0, 1}


def test_label_shards_replace_the_records_labels(make_records, tmp_path):
    records = make_records("opt", 19)
    labels_dir = write_labels(records, tmp_path / "labels")
    for batch in batches_of([Source("a", records, labels_dir)], 8):
        assert (batch["labels"] == 0.25).all()
        assert (batch["mask"] == 1).all()


def test_sources_with_and_without_label_shards_share_batches(make_records, tmp_path):
    records, other = make_records("opt", 19), make_records("val", 9, first=100)
    labels_dir = write_labels(records, tmp_path / "labels")
    batches = batches_of([Source("a", records, labels_dir), Source("b", other)], 5)
    assert all((batch["labels"][0::2] == 0.25).all() for batch in batches)
    assert all((batch["labels"][1::2] != 0.25).all() for batch in batches)


def test_one_label_set_serves_both_views(make_records, tmp_path):
    records = make_records("opt", 19)
    labels_dir = write_labels(records, tmp_path / "labels")
    for view in ("close_up", "context"):
        assert len(batches_of([Source("a", records, labels_dir)], 4, view=view)) == 4


@pytest.mark.parametrize("batch_size", [None, 4])
def test_label_of_another_example_stops_the_stream(make_records, tmp_path, batch_size):
    records = make_records("opt", 6, num_shards=1)
    labels_dir = write_labels(records, tmp_path / "labels")
    other = write_labels(make_records("val", 6, first=100, num_shards=1), tmp_path / "other")
    label_file = Path(f"{labels_dir}/labels-00000-of-00001.tfrecord")
    rows = list(tf.data.TFRecordDataset(str(label_file)).as_numpy_iterator())
    stranger = next(tf.data.TFRecordDataset(f"{other}/{label_file.name}").as_numpy_iterator())
    with tf.io.TFRecordWriter(str(label_file)) as writer:
        for row in [*rows[:2], stranger, *rows[3:]]:
            writer.write(row)
    shards = ShardSet(
        files=(f"{records}/close_up-00000-of-00001.tfrecord",),
        label_files=(str(label_file),),
        counts=(6,),
        crop_size_px=24,
    )
    raw = shards.read(tf.constant(0, tf.int64))
    ids = [id_of(row) for row in raw.map(lambda raw: raw["record"]).as_numpy_iterator()]
    examples = raw.batch(batch_size).map(shards.parse) if batch_size else raw.skip(2).map(shards.parse)
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=rf"(?s)labels-00000-of-00001.*{id_of(stranger)}.*{ids[2]}",
    ):
        next(iter(examples))


def test_a_batch_is_parsed_to_what_each_record_is(make_records, tmp_path):
    records = make_records("opt", 6, num_shards=1)
    labels_dir = write_labels(records, tmp_path / "labels")
    for shards in (
        open_shards(records, "close_up"),
        open_shards(records, "close_up", labels_dir, aus=(12, 1)),
    ):
        raw = shards.read(tf.constant(0, tf.int64))
        (batch,) = raw.batch(6).map(shards.parse).as_numpy_iterator()
        for place, example in enumerate(raw.map(shards.parse).as_numpy_iterator()):
            for name, value in example.items():
                np.testing.assert_array_equal(batch[name][place], value)


def test_label_shards_of_another_dataset_are_refused(make_records, tmp_path):
    labels_dir = write_labels(make_records("val", 19, first=100), tmp_path / "labels")
    with pytest.raises(UserError, match="do not fit"):
        batches_of([Source("a", make_records("opt", 19), labels_dir)], 1)


@pytest.mark.parametrize("view", ["close_up", "context"])
def test_evaluation_shows_every_record_once(make_records, view):
    records = make_records("opt", 19)
    batches = list(evaluation_stream(records, view=view, batch_size=8, image_size_px=20).as_numpy_iterator())
    assert [len(batch["image"]) for batch in batches] == [8, 8, 3]
    assert len(set(ids_of(batches))) == 19
    assert batches[0]["image"].shape == (8, 20, 20, 3)
    again = evaluation_stream(records, view=view, batch_size=8, image_size_px=20)
    assert_equal_batches(batches, list(again.as_numpy_iterator()))


def test_evaluation_takes_label_shards_too(make_records, tmp_path):
    records = make_records("opt", 5)
    labels_dir = write_labels(records, tmp_path / "labels")
    options = {"view": "close_up", "batch_size": 8, "image_size_px": 20, "labels_dir": labels_dir}
    (batch,) = evaluation_stream(records, **options).as_numpy_iterator()
    assert (batch["labels"] == 0.25).all()


def test_views_show_other_crops_of_the_same_examples(make_records):
    records = make_records("opt", 5)
    close_up, context = (
        next(evaluation_stream(records, view=view, batch_size=5, image_size_px=20).as_numpy_iterator())
        for view in ("close_up", "context")
    )
    assert close_up["example_id"].tolist() == context["example_id"].tolist()
    assert np.abs(close_up["image"] - context["image"]).mean() > 10


@pytest.mark.parametrize("batch_size", [0, 5])
def test_batch_without_equal_shares_is_refused(make_records, batch_size):
    records = make_records("opt", 5)
    with pytest.raises(
        UserError, match=f"batch size {batch_size} is not a multiple of the number of sources, 2"
    ):
        batches_of([Source("a", records), Source("b", records)], 1, batch_size=batch_size)


def test_image_larger_than_the_crop_is_refused(make_records):
    records = make_records("opt", 5)
    with pytest.raises(UserError, match="crops of 24 px cannot give images of 25 px"):
        batches_of([Source("a", records)], 1, image_size_px=25)
    with pytest.raises(UserError, match="crops of 24 px cannot give images of 25 px"):
        evaluation_stream(records, view="close_up", batch_size=4, image_size_px=25)


def test_crops_of_two_sizes_are_refused(make_records):
    sources = [Source("a", make_records("opt", 5)), Source("b", make_records("val", 5, size_px=32))]
    with pytest.raises(UserError, match="crops differ in size"):
        batches_of(sources, 1)


def test_unknown_view_lists_the_known_ones(make_records):
    with pytest.raises(UserError, match="no view 'zoom'; it has close_up, context"):
        evaluation_stream(make_records("opt", 5), view="zoom", batch_size=4, image_size_px=20)


def test_truncated_shard_is_named(make_records):
    records = make_records("opt", 9)
    shard = Path(records) / "context-00001-of-00003.tfrecord"
    shard.write_bytes(shard.read_bytes()[:-10])
    with pytest.raises(
        UserError,
        match=r"context-00001-of-00003.tfrecord, record 2, byte \d+: .*: the shard has \d+ bytes instead of",
    ):
        evaluation_stream(records, view="context", batch_size=4, image_size_px=20)


@pytest.mark.parametrize(
    ("has_label_shards", "rates"),
    [(False, None), (True, None), (False, [np.arange(9)]), (True, [np.arange(9)])],
)
def test_no_step_switches_off_parallel_reading_under_deterministic_ops(
    make_records, tmp_path, has_label_shards, rates
):
    records = make_records("opt", 9)
    labels_dir = write_labels(records, tmp_path / "labels") if has_label_shards else None
    options = {"view": "close_up", "batch_size": 4, "image_size_px": 20}
    streams = [
        training_stream([Source("a", records, labels_dir)], seed=0, rates=rates, **options),
        evaluation_stream(records, labels_dir=labels_dir, **options),
    ]
    # With tf.config.experimental.enable_op_determinism, TensorFlow makes a pipeline sequential and drops its
    # prefetching if a function holds a stateful op, unless it is one of these.
    harmless = {"TFRecordDataset", "TFRecordDatasetV2", "TensorSliceDataset", "RangeDataset", "Assert"}
    for stream in streams:
        graph = tf.compat.v1.GraphDef.FromString(stream._as_serialized_graph().numpy())
        ops = {node.op for function in graph.library.function for node in function.node_def}
        assert harmless & ops
        stateful = {op for op in ops if _is_stateful(op)}
        assert stateful <= harmless


def _is_stateful(op):
    from tensorflow.python.framework import op_def_registry

    definition = op_def_registry.get(op)
    return (
        definition is not None
        and definition.is_stateful
        and op not in ("StatefulPartitionedCall", "If", "While")
    )
