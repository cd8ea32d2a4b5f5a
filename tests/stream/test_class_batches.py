"""The stream of class records, on records written field by field."""

from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.action_units import VIEWS
from emotionet_tf.errors import UserError
from emotionet_tf.records import dataset_info
from emotionet_tf.records.fields import CLASS_FIELDS, encode
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION
from emotionet_tf.stream.batches import evaluation_stream
from emotionet_tf.stream.class_batches import class_evaluation_stream, class_training_stream

CLASSES = ("anger", "joy", "no emotion")
CROP_PX = 24
NUM_EXAMPLES = 11


def class_of(number: int) -> int:
    return number * number % len(CLASSES)


@pytest.fixture(scope="module")
def records(tmp_path_factory) -> str:
    """Records 0 to 10 in two shards; a crop's brightness is 20 times its number, its class `class_of`."""
    folder = tmp_path_factory.mktemp("classes")
    numbers_of_shards = (range(7), range(7, NUM_EXAMPLES))
    views = {}
    for view in VIEWS:
        shards = []
        for index, numbers in enumerate(numbers_of_shards):
            path = folder / f"{view}-{index:05d}-of-00002.tfrecord"
            with tf.io.TFRecordWriter(str(path)) as writer:
                for number in numbers:
                    writer.write(record(number))
            shards.append(dataset_info.describe_shard(path, len(numbers)))
        views[view] = tuple(shards)
    counts = np.bincount([class_of(number) for number in range(NUM_EXAMPLES)], minlength=len(CLASSES))
    info = dataset_info.DatasetInfo(
        name="faces",
        views=views,
        num_examples=NUM_EXAMPLES,
        num_rows=NUM_EXAMPLES,
        num_without_face=0,
        num_rejected=0,
        crop_size_px=CROP_PX,
        known={},
        positives={},
        mean_angles=(0, 0, 0),
        order_sha256=dataset_info.order_checksum([map(str, numbers) for numbers in numbers_of_shards]),
        classes=CLASSES,
        class_counts=tuple(counts.tolist()),
    )
    dataset_info.save_dataset_info(folder, info)
    return str(folder)


def record(number: int) -> bytes:
    crop = np.full((CROP_PX, CROP_PX, 3), 20 * number, np.uint8)
    values = {
        "example_id": str(number),
        "image": cv2.imencode(".jpg", crop)[1].tobytes(),
        "labels": np.zeros(23),
        "mask": np.zeros(23),
        "angles": np.zeros(3),
        "angles_mask": np.zeros(3),
        "class_index": class_of(number),
    }
    return encode(values, CLASS_FIELDS)


def batches_of(records, num_batches, **options):
    options = {"view": "context", "batch_size": 4, "image_size_px": 20, "seed": 3, **options}
    return list(islice(class_training_stream(records, **options).as_numpy_iterator(), num_batches))


def test_batch_of_classes_has_the_promised_types_and_static_shapes(records):
    options = {"view": "close_up", "batch_size": 4, "image_size_px": 20}
    spec = class_training_stream(records, seed=0, **options).element_spec
    assert (spec["class_index"].shape.as_list(), spec["class_index"].dtype) == ([4], tf.int64)
    assert set(spec) == {*CLASS_FIELDS, "source"}
    assert set(class_evaluation_stream(records, **options).element_spec) == set(spec)


def test_rows_hold_the_class_of_their_photo_and_no_au(records):
    for batch in batches_of(records, 6, augmentation=NO_AUGMENTATION):
        numbers = [int(name) for name in batch["example_id"]]
        assert batch["class_index"].tolist() == [class_of(number) for number in numbers]
        np.testing.assert_allclose(
            batch["image"].mean((1, 2, 3)), [20 * number for number in numbers], atol=2
        )
        assert not batch["mask"].any()


@pytest.mark.slow
def test_class_stream_from_a_step_equals_the_uninterrupted_one(records):
    uninterrupted = batches_of(records, 9)
    for step in (1, 3, 7):
        for one, other in zip(
            uninterrupted[step:], batches_of(records, 9 - step, start_step=step), strict=True
        ):
            for name in one:
                np.testing.assert_array_equal(one[name], other[name])


def test_class_evaluation_shows_every_record_once_with_its_class(records):
    stream = class_evaluation_stream(records, view="close_up", batch_size=4, image_size_px=20)
    batches = list(stream.as_numpy_iterator())
    assert [name for batch in batches for name in batch["example_id"]] == [
        str(number).encode() for number in range(NUM_EXAMPLES)
    ]
    assert [index for batch in batches for index in batch["class_index"]] == [
        class_of(number) for number in range(NUM_EXAMPLES)
    ]


def test_class_records_serve_as_ordinary_ones(records):
    stream = evaluation_stream(records, view="close_up", batch_size=4, image_size_px=20)
    assert "class_index" not in stream.element_spec
    assert len(list(stream)) == 3


def test_description_keeps_the_classes_in_order(records):
    info = dataset_info.load_dataset_info(records)
    # Squares modulo 3: 0 for 0, 3, 6, 9; 1 for all others, never 2.
    assert (info.classes, info.class_counts) == (CLASSES, (4, 7, 0))


def test_records_without_classes_are_refused(make_records):
    records = make_records("opt", 5)
    with pytest.raises(
        UserError, match="records have no classes; make some with tfrecords_tools.write_class_records"
    ):
        class_evaluation_stream(records, view="close_up", batch_size=4, image_size_px=20)


def test_description_from_before_there_were_classes_is_read(make_records):
    path = Path(make_records("opt", 5)) / "dataset.json"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if "class" not in line).replace("},\n}", "}\n}"))
    assert dataset_info.load_dataset_info(path.parent).classes == ()
