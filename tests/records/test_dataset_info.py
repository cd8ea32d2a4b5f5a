import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.records.dataset_info import (
    load_dataset_info,
    load_label_info,
    load_labelled_info,
    order_checksum,
    save_dataset_info,
)
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records
from emotionet_tf.records.writing.dataset_counts import RecordCounts
from emotionet_tf.records.writing.label_shards import LabelShard, write_label_shards


def test_counts_match_the_labels(make_records):
    records = make_records("opt", 19)
    info = load_dataset_info(records)
    rows = read_label_list(Path(records) / "rows.csv").rows
    assert (info.name, info.num_examples, info.num_rows, info.crop_size_px) == ("opt", 19, 19, 24)
    assert info.known["AU12"] == sum(row.mask[7] for row in rows)
    assert info.positives["AU12"] == sum(row.labels[7] for row in rows)
    # The fixture's pitch is 0.01 radians times the photo's number: 0.01 * (0 + ... + 18) / 19.
    np.testing.assert_allclose(info.mean_angles, [0.09, 0.2, -0.1])
    assert [sum(shard.num_examples for shard in info.views[view]) for view in ("close_up", "context")] == [
        19,
        19,
    ]


def test_unknown_labels_are_not_counted():
    counts = RecordCounts()
    for is_known in (0, 1, 1):
        mask = np.ones(23, np.float32)
        mask[0] = is_known
        counts.add(LabelRow("id", "photo", np.ones(23, np.float32), mask), None)
    info = counts.describe(
        "opt", views={}, num_usable=3, num_rejected=0, crop_size_px=24, framing="registered", settings={}
    )
    assert (info.known["AU01"], info.positives["AU01"], info.known["AU02"]) == (2, 2, 3)


def test_folder_without_records_is_refused_with_a_hint(make_records):
    records = make_records("opt", 5)
    with pytest.raises(
        UserError, match=r"is not a records folder: it has no dataset.json; did you mean .*opt"
    ):
        load_dataset_info(Path(records).parent)
    with pytest.raises(UserError, match="write_records makes one"):
        load_dataset_info(Path(records) / "nowhere")
    with pytest.raises(UserError, match="is not a folder of label shards"):
        load_label_info(records)


def test_missing_shard_is_named(make_records):
    records = make_records("opt", 5)
    (Path(records) / "close_up-00002-of-00003.tfrecord").unlink()
    with pytest.raises(UserError, match=r"close_up-00002-of-00003.tfrecord: the shard is missing"):
        load_dataset_info(records)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.update(num_examples=6), "hold 5 examples instead of 6"),
        (lambda content: content.pop("known"), "missing or unknown entries: known"),
        (lambda content: content.update(extra=1), "missing or unknown entries: extra"),
        (lambda content: content.update(views=None), "views is no object"),
        (lambda content: content.update(aus=7), "aus is no list"),
        (
            lambda content: content.update(aus=[1, "AU02"]),
            r"aus is \(1, 'AU02'\), expected tuple\[int, ...\]",
        ),
        (lambda content: content.update(num_rows="5"), "num_rows is '5', expected int"),
        (lambda content: content.update(mean_angles=[0, 0]), r"mean_angles is \(0, 0\), expected"),
        (lambda content: content["known"].update(AU01=10**400), "known is .*, expected"),
        (lambda content: content["views"]["context"][0].update(file="\0"), r"'\\x00' is not a shard's file"),
        (lambda content: content["views"]["context"][0].update(file=".."), "the shard is not a file"),
        (
            lambda content: content["views"]["context"][0].update(file="a" * 300),
            "cannot be read: File name",
        ),
        (lambda content: content["views"].update(context=[3]), "a shard is '3', no object"),
        (lambda content: content["views"]["context"][0].update({"\n": 1}), r"unknown entries: '\\n'; make"),
    ],
)
def test_description_that_does_not_fit_is_refused(make_records, change, message):
    path = Path(make_records("opt", 5)) / "dataset.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match=message):
        load_dataset_info(path.parent)


def test_description_cut_off_is_refused(make_records):
    path = Path(make_records("opt", 5)) / "dataset.json"
    path.write_text(path.read_text()[:100])
    with pytest.raises(UserError, match="is not readable JSON"):
        load_dataset_info(path.parent)


def test_order_checksum_tells_ids_and_shard_borders_apart():
    orders = [[["a", "b"]], [["b", "a"]], [["a"], ["b"]], [["ab"]], [["a", "b"], []]]
    assert len({order_checksum(order) for order in orders}) == len(orders)


def label_shards(ids_by_shard, value):
    return [LabelShard(ids, np.full((len(ids), 23), value), np.ones((len(ids), 23))) for ids in ids_by_shard]


def ids_by_shard(records):
    """The ids in the records' order, found by matching the checksum of the sorted tables' ids."""
    from emotionet_tf.records.splits import shard_and_rank

    rows = read_label_list(Path(records) / "rows.csv").rows
    num_shards = len(load_dataset_info(records).views["close_up"])
    ordered = sorted((shard_and_rank(row.example_id, num_shards), row.example_id) for row in rows)
    return [[name for (shard, _), name in ordered if shard == index] for index in range(num_shards)]


def test_label_shards_say_what_they_hold(make_records, tmp_path):
    records = make_records("opt", 19)
    info = load_dataset_info(records)
    shards = label_shards(ids_by_shard(records), 0.25)
    written = write_label_shards(tmp_path / "labels", info, shards, teacher="models/a", is_soft=True)
    assert load_label_info(tmp_path / "labels") == written
    assert (written.dataset, written.teacher, written.is_soft, written.num_examples) == (
        "opt",
        "models/a",
        True,
        19,
    )
    assert (written.known["AU56"], written.positives["AU56"]) == (19, 19 * 0.25)


def test_labels_in_another_order_are_refused_and_leave_nothing(make_records, tmp_path):
    records = make_records("opt", 19)
    ids = ids_by_shard(records)
    ids[0] = ids[0][::-1]
    with pytest.raises(ValueError, match="not the examples of dataset opt"):
        write_label_shards(
            tmp_path / "labels",
            load_dataset_info(records),
            label_shards(ids, 1.0),
            teacher="x",
            is_soft=False,
        )
    assert not (tmp_path / "labels").exists()


def test_one_changed_label_changes_the_checksum_of_label_shards(make_records, tmp_path):
    records = make_records("opt", 19)
    info, ids = load_dataset_info(records), ids_by_shard(records)
    checksums = []
    for name, last_label in (("a", 1.0), ("again", 1.0), ("other", 0.0)):
        shards = label_shards(ids, 1.0)
        shards[-1].labels[-1, -1] = last_label
        write_label_shards(tmp_path / name, info, shards, teacher=name, is_soft=False)
        checksums.append(load_label_info(tmp_path / name).checksum)
    assert checksums[0] == checksums[1] != checksums[2]


def test_one_changed_label_or_crop_of_either_view_changes_the_checksum_of_records(tmp_path, make_faces):
    photos = [f"N_1/N_1_{number}.jpg" for number in range(5)]
    faces = make_faces(tmp_path / "faces", photos)

    def checksum(name, positive=1):
        (tmp_path / "labels.csv").write_text(
            "path,AU01\n" + "".join(f"{photo},1\n" for photo in photos[:4]) + f"{photos[4]},{positive}\n"
        )
        config = RecordsConfig(
            faces_dir=str(faces),
            dataset=name,
            output_dir=str(tmp_path / "records"),
            label_files=(str(tmp_path / "labels.csv"),),
        )
        write_records(config)
        return load_dataset_info(tmp_path / "records" / name).checksum

    first, again, other_label = checksum("a"), checksum("b"), checksum("c", positive=0)
    (faces / "context" / "N_1_2.jpg").write_bytes((faces / "context" / "N_1_3.jpg").read_bytes())
    other_context = checksum("d")
    (faces / "close_up" / "N_1_2.jpg").write_bytes((faces / "close_up" / "N_1_3.jpg").read_bytes())
    assert first == again
    assert len({first, other_label, other_context, checksum("e")}) == 4


@pytest.mark.parametrize("output_dir", ["records", "records/opt"])
def test_label_shards_do_not_replace_a_folder_of_something_else(make_records, tmp_path, output_dir):
    records = make_records("opt", 5)
    shards = label_shards(ids_by_shard(records), 1.0)
    with pytest.raises(UserError, match=r"is not a folder of label shards: it has no labels\.json"):
        write_label_shards(
            tmp_path / output_dir, load_dataset_info(records), shards, teacher="x", is_soft=False
        )
    assert load_dataset_info(records).num_examples == 5


@pytest.mark.parametrize(
    ("classes", "message"),
    [(("a", "b"), "class records, which pretrain takes"), ((), "write_records makes others")],
)
def test_records_without_a_known_au_are_none_to_learn_from(make_records, classes, message):
    folder = make_records("opt", 5)
    info = load_labelled_info(folder)
    unknown = dataclasses.replace(info, known=dict.fromkeys(info.known, 0.0), classes=classes)
    save_dataset_info(Path(folder), unknown)
    with pytest.raises(UserError, match=f"none of its records has a known AU; {message}"):
        load_labelled_info(folder)
