import csv
import json
import os
import random
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.formats.emotionet import write_opt_list
from emotionet_tf.label_lists.formats.plain_csv import write_plain_csv
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.records.fields import parse
from emotionet_tf.records.splits import Split
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records

PHOTOS = [f"N_{number // 4:010d}/N_{number // 4:010d}_{number:05d}.jpg" for number in range(24)]


def row(photo, positive=True):
    labels = np.zeros(23, np.float32)
    labels[0] = positive
    return LabelRow(example_id(photo), photo, labels, np.ones(23, np.float32))


def config_of(tmp_path, **changes):
    values = {
        "faces_dir": str(tmp_path / "faces"),
        "label_files": (str(tmp_path / "labels.csv"),),
        "dataset": "opt",
        "output_dir": str(tmp_path / "records"),
        "num_shards": 2,
    }
    return RecordsConfig(**{**values, **changes})


def folder_bytes(folder):
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir()) if path.suffix != ".json"}


def read_records(folder, view):
    files = [str(Path(folder) / shard.file) for shard in load_dataset_info(folder).views[view]]
    return [parse(raw) for raw in tf.data.TFRecordDataset(files)]


def rejected_of(folder):
    with (Path(folder) / "rejected.csv").open(newline="") as file:
        return [(line["id"], int(line["line"]), line["reason"]) for line in csv.DictReader(file)]


def test_every_row_is_a_record_without_a_face_or_rejected(tmp_path, make_faces, capsys):
    make_faces(tmp_path / "faces", PHOTOS, faceless=tuple(PHOTOS[2:5]))
    unknown = "N_0000000099/N_0000000099_00001.jpg"
    rows = [*map(row, PHOTOS[:20]), row(unknown), row(PHOTOS[0], positive=False), row(PHOTOS[2])]
    write_opt_list(tmp_path / "labels.csv", rows)
    (info,) = write_records(config_of(tmp_path))
    assert (info.num_rows, info.num_examples, info.num_without_face, info.num_rejected) == (23, 17, 3, 3)
    assert rejected_of(tmp_path / "records/opt") == [
        *((PHOTOS[i].split("/")[1].removesuffix(".jpg"), i + 2, "no face") for i in (2, 3, 4)),
        ("N_0000000099_00001", 22, "no photo"),
        ("N_0000000000_00000", 23, "duplicate id, conflicting labels as line 2"),
        ("N_0000000000_00002", 24, "duplicate id, same labels as line 4"),
    ]
    printed = capsys.readouterr().out
    assert "23 rows = 17 records + 3 without a face + 3 rejected" in printed
    assert "4 photos" in printed
    assert "2 duplicate id; 1 no photo" in printed


def test_table_of_rows_is_a_label_list_with_those_without_a_face(tmp_path, make_faces):
    make_faces(tmp_path / "faces", PHOTOS, faceless=(PHOTOS[2],))
    write_opt_list(tmp_path / "labels.csv", map(row, PHOTOS))
    write_records(config_of(tmp_path))
    labels = read_label_list(tmp_path / "records/opt/rows.csv")
    assert not labels.rejected
    assert [entry.photo for entry in labels.rows] == PHOTOS
    with (tmp_path / "records/opt/rows.csv").open(newline="") as file:
        assert [line["path"] for line in csv.DictReader(file) if line["found"] == "0"] == [PHOTOS[2]]


def test_records_hold_crops_as_they_are_with_labels_and_angles(tmp_path, make_faces):
    make_faces(tmp_path / "faces", PHOTOS)
    write_plain_csv(
        tmp_path / "labels.csv", [row(photo, index % 2 == 0) for index, photo in enumerate(PHOTOS)]
    )
    write_records(config_of(tmp_path))
    for view in ("close_up", "context"):
        records = read_records(tmp_path / "records/opt", view)
        assert len(records) == 24
        for record in records:
            name = record["example_id"].numpy().decode()
            number = int(name[-5:])
            assert record["image"].numpy() == (tmp_path / "faces" / view / f"{name}.jpg").read_bytes()
            assert record["labels"][0] == (number % 2 == 0)
            np.testing.assert_allclose(record["angles"], [0.01 * number, 0.2, -0.1], atol=1e-6)
            assert record["angles_mask"].numpy().tolist() == [1, 1, 1]


def test_both_views_have_the_same_shards_and_order(tmp_path, make_faces):
    make_faces(tmp_path / "faces", PHOTOS)
    write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS)))
    (info,) = write_records(config_of(tmp_path))
    views = [[shard.num_examples for shard in info.views[view]] for view in ("close_up", "context")]
    assert views[0] == views[1]
    assert sum(views[0]) == 24
    assert min(views[0]) > 0
    orders = [
        [record["example_id"].numpy() for record in read_records(tmp_path / "records/opt", view)]
        for view in ("close_up", "context")
    ]
    assert orders[0] == orders[1]


def test_same_inputs_give_the_same_bytes_in_any_order_of_rows(tmp_path, make_faces):
    make_faces(tmp_path / "faces", PHOTOS, faceless=(PHOTOS[7],))
    rows = list(map(row, PHOTOS))
    split = Split(0.3, seed=4)
    write_plain_csv(tmp_path / "labels.csv", rows)
    write_records(config_of(tmp_path, split=split))
    random.Random(1).shuffle(rows)
    write_plain_csv(tmp_path / "shuffled.csv", rows)
    shuffled = {"label_files": (str(tmp_path / "shuffled.csv"),), "output_dir": str(tmp_path / "again")}
    write_records(config_of(tmp_path, split=split, **shuffled))
    for split in ("opt-train", "opt-val"):
        first, again = (folder_bytes(tmp_path / folder / split) for folder in ("records", "again"))
        del first["rejected.csv"], again["rejected.csv"]  # it says in which line a row is
        assert first == again


def test_split_keeps_every_row_once_and_folders_whole(tmp_path, make_faces):
    make_faces(tmp_path / "faces", PHOTOS, faceless=(PHOTOS[0],))
    write_plain_csv(tmp_path / "labels.csv", [*map(row, PHOTOS), row("N_9/N_9_1.jpg")])
    infos = write_records(config_of(tmp_path, split=Split(0.4, split_by="folder")))
    assert [info.name for info in infos] == ["opt-train", "opt-val"]
    assert sum(info.num_rows for info in infos) == 25
    assert sum(info.num_without_face + info.num_rejected for info in infos) == 2
    train, val = (
        {entry.photo for entry in read_label_list(tmp_path / f"records/{info.name}/rows.csv").rows}
        for info in infos
    )
    assert not train & val
    assert train | val == set(PHOTOS)
    assert not {photo.split("/")[0] for photo in train} & {photo.split("/")[0] for photo in val}


def test_new_rows_leave_the_split_of_others_as_it_was(tmp_path, make_faces):
    make_faces(tmp_path / "faces", PHOTOS)
    splits = []
    for num_photos in (16, 24):
        write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS[:num_photos])))
        write_records(config_of(tmp_path, split=Split(0.3)))
        splits.append({entry.photo for entry in read_label_list(tmp_path / "records/opt-val/rows.csv").rows})
    assert splits[0] == splits[1] & set(PHOTOS[:16])


def test_second_run_keeps_the_folder_and_a_changed_input_rewrites_it(tmp_path, make_faces, capsys):
    make_faces(tmp_path / "faces", PHOTOS)
    write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS)))
    first = write_records(config_of(tmp_path))
    shard = tmp_path / "records/opt/close_up-00000-of-00002.tfrecord"
    written = shard.stat().st_mtime_ns
    assert write_records(config_of(tmp_path)) == first
    assert shard.stat().st_mtime_ns == written
    assert "is up to date" in capsys.readouterr().out
    write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS[:20])))
    (info,) = write_records(config_of(tmp_path))
    assert info.num_examples == 20
    assert "made again, and stays as it is until then: labels: " in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "records").iterdir()] == ["opt"]


def test_damaged_folder_is_written_anew(tmp_path, make_faces, capsys):
    make_faces(tmp_path / "faces", PHOTOS)
    write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS)))
    write_records(config_of(tmp_path))
    before = folder_bytes(tmp_path / "records/opt")
    shard = tmp_path / "records/opt/context-00001-of-00002.tfrecord"
    shard.write_bytes(shard.read_bytes()[:-7])
    write_records(config_of(tmp_path))
    assert folder_bytes(tmp_path / "records/opt") == before
    assert "context-00001-of-00002.tfrecord" in capsys.readouterr().out


def test_bad_crops_are_rejected_by_name(tmp_path, make_faces):
    faces = make_faces(tmp_path / "faces", PHOTOS)
    crops = {photo: faces / "context" / f"{example_id(photo)}.jpg" for photo in PHOTOS[:4]}
    crops[PHOTOS[0]].unlink()
    crops[PHOTOS[1]].write_bytes(crops[PHOTOS[1]].read_bytes()[:300])
    crops[PHOTOS[2]].write_bytes(b"no picture")
    cv2.imwrite(str(crops[PHOTOS[3]]), np.zeros((20, 30, 3), np.uint8))
    write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS)))
    (info,) = write_records(config_of(tmp_path))
    assert (info.num_rows, info.num_examples, info.num_rejected) == (24, 20, 4)
    reasons = {name: reason for name, _, reason in rejected_of(tmp_path / "records/opt")}
    assert [reasons[example_id(photo)].partition(":")[0] for photo in PHOTOS[:4]] == [
        "no context crop",
        "context crop is no readable JPEG",
        "context crop is no readable JPEG",
        "context crop is 30 x 20 px",
    ]
    assert len(read_label_list(tmp_path / "records/opt/rows.csv").rows) == 20


def test_second_label_list_adds_rows_and_its_duplicates_are_rejected(tmp_path, make_faces):
    make_faces(tmp_path / "faces", PHOTOS)
    write_plain_csv(tmp_path / "list1.csv", list(map(row, PHOTOS[:10])))
    write_plain_csv(tmp_path / "list2.csv", list(map(row, PHOTOS[9:14])))
    (info,) = write_records(config_of(tmp_path, label_files=(str(tmp_path / "list*.csv"),)))
    assert (info.num_rows, info.num_examples, info.num_rejected) == (15, 14, 1)
    ((name, line, reason),) = rejected_of(tmp_path / "records/opt")
    assert (name, line) == (example_id(PHOTOS[9]), 2)
    assert reason == f"duplicate id, same labels as line 11 of {tmp_path / 'list1.csv'}"


def test_automatic_number_of_shards_is_small_for_few_photos(tmp_path, make_faces):
    make_faces(tmp_path / "faces", PHOTOS)
    write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS)))
    (info,) = write_records(config_of(tmp_path, num_shards=0))
    assert [shard.file for shard in info.views["context"]] == ["context-00000-of-00001.tfrecord"]


def test_list_of_other_photos_is_refused_with_both_sides_ids(tmp_path, make_faces):
    make_faces(tmp_path / "faces", PHOTOS)
    write_plain_csv(tmp_path / "labels.csv", [row("a/b.jpg")])
    with pytest.raises(UserError, match=r"the list has 'a/b.jpg', the table 'N_0000000000_00000'"):
        write_records(config_of(tmp_path))


def test_part_without_a_record_is_refused_and_leaves_nothing(tmp_path, make_faces):
    make_faces(tmp_path / "faces", PHOTOS[:3], faceless=tuple(PHOTOS[:3]))
    write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS[:3])))
    with pytest.raises(UserError, match="opt would hold no record: of its 3 rows 3 have no face"):
        write_records(config_of(tmp_path))
    assert not (tmp_path / "records").exists()


def test_folder_of_something_else_is_not_replaced(tmp_path, make_faces):
    make_faces(tmp_path / "faces", PHOTOS)
    write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS)))
    (tmp_path / "records/opt").mkdir(parents=True)
    (tmp_path / "records/opt/diary.txt").write_text("mine")
    with pytest.raises(UserError, match="exists and is not a records folder"):
        write_records(config_of(tmp_path))
    assert (tmp_path / "records/opt/diary.txt").read_text() == "mine"


def test_pattern_without_a_file_is_named(tmp_path, make_faces):
    make_faces(tmp_path / "faces", PHOTOS)
    with pytest.raises(UserError, match=r"list\*.csv: no such label list"):
        write_records(config_of(tmp_path, label_files=(str(tmp_path / "list*.csv"),)))


def test_name_with_brackets_is_a_label_list_of_its_own(tmp_path, make_faces):
    make_faces(tmp_path / "faces", PHOTOS)
    name = str(tmp_path / "labels[1].csv")
    write_plain_csv(name, list(map(row, PHOTOS[:5])))
    write_plain_csv(tmp_path / "labels1.csv", list(map(row, PHOTOS[:3])))
    (info,) = write_records(config_of(tmp_path, label_files=(name,)))
    assert info.num_rows == 5
    assert list(info.settings["labels"]) == [name]


def test_repaired_crop_is_used_by_the_next_run(tmp_path, make_faces, capsys):
    faces = make_faces(tmp_path / "faces", PHOTOS)
    # The duplicate row has the id of a record, and must not count as a crop that was rejected.
    write_plain_csv(tmp_path / "labels.csv", list(map(row, [*PHOTOS, PHOTOS[0]])))
    crops = [faces / "context" / f"{example_id(photo)}.jpg" for photo in PHOTOS[5:7]]
    contents = [crop.read_bytes() for crop in crops]
    for crop in crops:
        crop.unlink()
    assert write_records(config_of(tmp_path))[0].num_rejected == 3
    capsys.readouterr()
    assert write_records(config_of(tmp_path))[0].num_rejected == 3
    assert "is up to date" in capsys.readouterr().out
    crops[1].write_bytes(contents[1])
    (info,) = write_records(config_of(tmp_path))
    assert (info.num_examples, info.num_rejected) == (23, 2)
    assert "made again, and stays as it is until then: crops changed" in capsys.readouterr().out
    # A folder that was written before crops' lengths were.
    dataset = tmp_path / "records/opt/dataset.json"
    content = json.loads(dataset.read_text())
    del content["settings"]["crops"]
    dataset.write_text(json.dumps(content))
    write_records(config_of(tmp_path))
    assert "is up to date" in capsys.readouterr().out
    crops[0].write_bytes(contents[0])
    assert write_records(config_of(tmp_path))[0].num_rejected == 1
    assert (
        "is made again: some crops that could not be used before can be used now" in capsys.readouterr().out
    )


def test_changed_crop_rewrites_the_folder_and_a_copied_one_does_not(tmp_path, make_faces, capsys):
    faces = make_faces(tmp_path / "faces", PHOTOS)
    write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS)))
    write_records(config_of(tmp_path))
    crop = faces / "context" / f"{example_id(PHOTOS[0])}.jpg"
    os.utime(crop, (1, 1))
    write_records(config_of(tmp_path))
    assert "is up to date" in capsys.readouterr().out
    crop.write_bytes(crop.read_bytes()[:-2] + b"\xff\xfe\x00\x04hi\xff\xd9")  # a comment of two letters
    write_records(config_of(tmp_path))
    assert "crops changed" in capsys.readouterr().out
    images = {fields["image"].numpy() for fields in read_records(tmp_path / "records/opt", "context")}
    assert crop.read_bytes() in images


def odd_crops(faces, photos):
    for photo in photos:
        for view in ("close_up", "context"):
            cv2.imwrite(str(faces / view / f"{example_id(photo)}.jpg"), np.zeros((20, 20, 3), np.uint8))


@pytest.mark.parametrize("num_odd", [1, 11])
def test_crops_of_the_rarer_size_are_rejected_wherever_they_stand(tmp_path, make_faces, num_odd):
    odd_crops(make_faces(tmp_path / "faces", PHOTOS), PHOTOS[:num_odd])
    write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS)))
    (info,) = write_records(config_of(tmp_path, num_shards=1))
    assert (info.crop_size_px, info.num_rejected) == (24, num_odd)
    rejected = rejected_of(tmp_path / "records/opt")
    assert {reason for _, _, reason in rejected} == {"crops of 20 px where others have 24 px"}


def test_crop_size_of_the_alignment_outvotes_the_majority(tmp_path, make_faces):
    faces = make_faces(tmp_path / "faces", PHOTOS)
    odd_crops(faces, PHOTOS[:20])
    (faces / "align.json").write_text(json.dumps({"settings": {"crop_size_px": 24}}))
    write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS)))
    (info,) = write_records(config_of(tmp_path))
    assert (info.crop_size_px, info.num_examples) == (24, 4)


def test_damaged_settings_of_the_alignment_are_named(tmp_path, make_faces):
    (make_faces(tmp_path / "faces", PHOTOS) / "align.json").write_text("{}")
    write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS)))
    with pytest.raises(UserError, match=r"align.json is damaged: it has no crop_size_px"):
        write_records(config_of(tmp_path))


@pytest.mark.parametrize("name", ["", "../x", "a/b", "/x", ".", "..", ".hidden", "a\\b", " x"])
def test_dataset_that_is_no_folder_name_is_refused(tmp_path, make_faces, name):
    make_faces(tmp_path / "faces", PHOTOS)
    write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS)))
    with pytest.raises(UserError, match="is not a folder's name"):
        write_records(config_of(tmp_path, dataset=name))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faces", "labels.csv"]


@pytest.mark.parametrize("place", ["records", "records/opt-val"])
def test_file_in_the_records_place_is_named(tmp_path, make_faces, place):
    make_faces(tmp_path / "faces", PHOTOS)
    write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS)))
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("mine")
    with pytest.raises(UserError, match=f"{place} is a file, not a folder"):
        write_records(config_of(tmp_path, split=Split(0.5)))


def test_folder_of_a_run_killed_between_the_renames_is_up_to_date(tmp_path, make_faces, capsys):
    make_faces(tmp_path / "faces", PHOTOS)
    write_plain_csv(tmp_path / "labels.csv", list(map(row, PHOTOS)))
    first = write_records(config_of(tmp_path))
    (tmp_path / "records/opt").rename(tmp_path / "records/.opt.old")
    assert write_records(config_of(tmp_path)) == first
    assert "is up to date" in capsys.readouterr().out
