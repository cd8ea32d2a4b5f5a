"""The stream that makes images batch by batch: what `test_batches` wants of a stream, and what is its own."""

import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import test_batches
from damaged_shards import cut_picture
from test_batches import (  # noqa: F401 (the same tests, of this stream)
    assert_equal_batches,
    batches_of,
    test_batch_has_the_promised_types_and_static_shapes,
    test_every_batch_has_equal_shares_in_turn,
    test_label_shards_replace_the_records_labels,
    test_no_step_switches_off_parallel_reading_under_deterministic_ops,
    test_rows_hold_the_labels_and_angles_of_their_photo,
    test_same_source_twice_has_two_orders,
    test_stream_does_not_depend_on_the_global_seed,
    test_stream_from_a_step_equals_the_uninterrupted_one,
)

from emotionet_tf.stream.augmentation_ranges import Augmentation
from emotionet_tf.stream.batches import ReplicaSlice, training_stream
from emotionet_tf.stream.kept_crops import KeptCrops
from emotionet_tf.stream.sources import Source

ROOM_FOR_SOME = 20_000


@pytest.fixture(autouse=True, params=[0, ROOM_FOR_SOME])
def stream_by_batches(monkeypatch, request):
    def fast_stream(*arguments, **options):
        return training_stream(*arguments, **{"kept_crops": KeptCrops(request.param), **options})

    monkeypatch.setattr(test_batches, "training_stream", fast_stream)


def test_all_but_the_images_is_as_one_by_one(make_records):
    sources = [Source("a", make_records("opt", 19)), Source("b", make_records("val", 7, first=100))]
    by_batch, by_image = batches_of(sources, 12), batches_of(sources, 12, kept_crops=None)
    for one, other in zip(by_batch, by_image, strict=True):
        images, expected = one.pop("image"), other.pop("image")
        assert np.abs(images.astype(int) - expected).mean() < 1
    assert_equal_batches(by_batch, by_image)


def test_slices_are_the_rows_of_the_whole_batch(make_records):
    sources = [Source("a", make_records("opt", 19)), Source("b", make_records("val", 7, first=100))]
    whole = batches_of(sources, 8, batch_size=8)
    halves = [batches_of(sources, 8, batch_size=8, replica_slice=ReplicaSlice(place, 2)) for place in (0, 1)]
    joined = [
        {name: np.concatenate([first[name], second[name]]) for name in first}
        for first, second in zip(*halves, strict=True)
    ]
    assert_equal_batches(whole, joined)


@pytest.mark.parametrize("num_threads", [1, 4])
def test_images_do_not_depend_on_the_threads(make_records, num_threads):
    sources = [Source("a", make_records("opt", 19))]
    stream = test_batches.training_stream(
        sources,
        view="close_up",
        batch_size=6,
        image_size_px=20,
        seed=5,
        shuffle_window=8,
        augmentation=Augmentation(),
    )
    options = tf.data.Options()
    options.threading.private_threadpool_size = num_threads
    options.autotune.enabled = False
    own = list(islice(stream.with_options(options).as_numpy_iterator(), 12))
    assert_equal_batches(batches_of(sources, 12), own)


def test_kept_crops_change_no_byte(make_records):
    sources = [Source("a", make_records("opt", 19))]
    kept = KeptCrops(10**6)
    assert_equal_batches(batches_of(sources, 12), batches_of(sources, 12, kept_crops=kept))
    assert kept.num_kept == 19


def test_crop_that_cannot_be_decoded_stops_the_stream(make_records):
    records = Path(make_records("opt", 9, num_shards=1))
    cut_picture(records / "close_up-00000-of-00001.tfrecord", 2)
    with pytest.raises(tf.errors.InvalidArgumentError, match="(?i)jpeg"):
        batches_of([Source("a", str(records))], 2)


def test_abandoned_streams_end(make_records):
    sources = [Source("a", make_records("opt", 19))]
    for _ in range(5):
        assert len(batches_of(sources, 2)) == 2


def test_process_that_ends_amid_the_stream_ends_well(make_records):
    program = f"""
from emotionet_tf.stream.batches import training_stream
from emotionet_tf.stream.kept_crops import KeptCrops
from emotionet_tf.stream.sources import Source

sizes = dict(view="close_up", batch_size=2, image_size_px=20)
source = Source("a", {make_records("opt", 19)!r})
batches = iter(training_stream([source], seed=0, kept_crops=KeptCrops(10**6), **sizes))
for _ in range(300):
    next(batches)
raise SystemExit(75)
"""
    # Without the wait at the exit it ends by an abort, or never.
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert process.returncode == 75, process.stderr
    assert "terminate" not in process.stderr
