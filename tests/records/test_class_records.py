"""Class records from folders and lists: every row accounted for, every class on both sides."""

import csv
from collections import Counter
from pathlib import Path

import pytest
import tensorflow as tf

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.records.fields import CLASS_FIELDS, parse
from emotionet_tf.records.splits import Split
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records
from emotionet_tf.records.writing.class_records import ClassRecordsConfig, write_class_records
from emotionet_tf.records.writing.photo_classes import FOLDERS
from emotionet_tf.stream.class_batches import class_evaluation_stream

PERSONS = {"Ann Lee": 6, "José": 5, "王": 4}
PHOTOS = [f"{person}/{index}.jpg" for person, count in PERSONS.items() for index in range(count)]


@pytest.fixture
def faces(tmp_path, make_faces) -> Path:
    return make_faces(tmp_path / "faces", PHOTOS, id_of=example_id)


def write(tmp_path, classes=FOLDERS, **changes):
    values = {
        "faces_dir": str(tmp_path / "faces"),
        "classes": str(classes),
        "dataset": "faces",
        "output_dir": str(tmp_path / "records"),
    }
    return write_class_records(ClassRecordsConfig(**{**values, **changes}))


def write_list(tmp_path, rows, header="path,class") -> Path:
    path = tmp_path / "classes.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def rejected_of(folder):
    with (Path(folder) / "rejected.csv").open(encoding="utf-8", newline="") as file:
        return [(line["id"], int(line["line"]), line["reason"]) for line in csv.DictReader(file)]


def records_of(folder, view="close_up"):
    info = load_dataset_info(folder)
    files = [str(Path(folder) / shard.file) for shard in info.views[view]]
    parsed = [parse(raw, CLASS_FIELDS) for raw in tf.data.TFRecordDataset(files)]
    return {
        record["example_id"].numpy().decode(): info.classes[int(record["class_index"])] for record in parsed
    }


def test_folder_of_a_photo_is_its_class_whatever_its_script(tmp_path, faces):
    (info,) = write(tmp_path)
    # Sorted by code point: A, J, and the Chinese sign.
    assert (info.classes, info.class_counts) == (("Ann Lee", "José", "王"), (6, 5, 4))
    for view in ("close_up", "context"):
        assert records_of(tmp_path / "records/faces", view) == {
            photo: photo.split("/")[0] for photo in PHOTOS
        }
    assert set(info.known.values()) == {0}


def test_nested_folder_is_a_class_by_its_whole_path_and_a_photo_in_none_is_rejected(tmp_path, make_faces):
    photos = ["a/x/1.jpg", "a/x/2.jpg", "a/y/1.jpg", "a/y/2.jpg", "loose.jpg"]
    make_faces(tmp_path / "faces", photos, id_of=example_id)
    (info,) = write(tmp_path)
    assert info.classes == ("a/x", "a/y")
    assert rejected_of(tmp_path / "records/faces") == [
        ("loose.jpg", 6, "no class: the photo is in no subfolder")
    ]
    assert (info.num_rows, info.num_examples) == (5, 4)


def test_every_row_of_a_class_list_is_a_record_without_a_face_or_rejected(tmp_path, make_faces, capsys):
    make_faces(tmp_path / "faces", PHOTOS, faceless=(PHOTOS[0],), id_of=example_id)
    rows = [f"{photo},joy" for photo in PHOTOS[:4]] + [f"{photo},fear" for photo in PHOTOS[4:8]]
    rows += ["gone/1.jpg,joy", f"{PHOTOS[1]},fear", f"{PHOTOS[1]},joy", f"{PHOTOS[8]},", f"{PHOTOS[9]},lone"]
    (info,) = write(tmp_path, write_list(tmp_path, rows))
    assert (info.num_rows, info.num_examples, info.num_without_face, info.num_rejected) == (13, 7, 1, 5)
    assert (info.classes, info.class_counts) == (("fear", "joy"), (4, 3))
    assert rejected_of(tmp_path / "records/faces") == [
        (PHOTOS[0], 2, "no face"),
        ("gone/1.jpg", 10, "no photo"),
        (PHOTOS[1], 11, "duplicate id, conflicting class as line 3"),
        (PHOTOS[1], 12, "duplicate id, same class as line 3"),
        (PHOTOS[8], 13, "no class"),
        (PHOTOS[9], 14, "class with few photos: lone has 1"),
    ]
    printed = capsys.readouterr().out
    # Of 15 photos, 8 are used, one has an empty class and one stands alone in its class.
    assert "6 photos" in printed and "have no class and are left out" in printed
    assert "left out: 1 class(es) with fewer than 2 photos that show a face: lone" in printed
    assert "13 rows = 7 records + 1 without a face + 5 rejected" in printed
    assert "2 classes of 3 to 4 records" in printed


def test_table_of_rows_keeps_the_classes_and_is_a_list_of_both_kinds(tmp_path, faces):
    write(tmp_path)
    table = tmp_path / "records/faces/rows.csv"
    assert all(not row.mask.any() for row in read_label_list(table).rows)
    (again,) = write(tmp_path, table, dataset="again")
    assert again.class_counts == (6, 5, 4)


@pytest.mark.parametrize("val_fraction", [0.05, 0.3, 0.95])
def test_both_parts_show_every_class_at_its_share(tmp_path, faces, val_fraction):
    infos = write(tmp_path, split=Split(val_fraction))
    assert infos[0].classes == infos[1].classes == ("Ann Lee", "José", "王")
    wanted = [min(max(1, round(val_fraction * count)), count - 1) for count in (6, 5, 4)]
    assert list(infos[1].class_counts) == wanted
    ids = [records_of(tmp_path / "records" / info.name) for info in infos]
    assert not set(ids[0]) & set(ids[1]) and set(ids[0]) | set(ids[1]) == set(PHOTOS)


def test_expressions_can_be_divided_by_person(tmp_path, faces):
    rows = [f"{photo},{('joy', 'fear')[index % 2]}" for index, photo in enumerate(PHOTOS)]
    # The first seed with which not all three persons go to one side.
    for seed in range(20):
        split = Split(0.4, seed, "folder")
        sides = {person: split.name_of("faces", "", f"{person}/0.jpg") for person in PERSONS}
        if len(set(sides.values())) == 2:
            break
    infos = write(tmp_path, write_list(tmp_path, rows), split=split)
    for info in infos:
        assert {photo.split("/")[0] for photo in records_of(tmp_path / "records" / info.name)} == {
            person for person, side in sides.items() if side == info.name
        }


def test_persons_cannot_be_divided_by_their_own_folders(tmp_path, faces):
    with pytest.raises(UserError, match="would leave 3 of 3 classes in one split only, such as 'Ann Lee'"):
        write(tmp_path, split=Split(0.3, split_by="folder"))


def test_classes_of_few_photos_with_a_face_are_left_out(tmp_path, make_faces):
    make_faces(tmp_path / "faces", PHOTOS, faceless=("José/0.jpg",), id_of=example_id)
    (info,) = write(tmp_path, min_photos_per_class=4)
    assert info.class_counts == (6, 4, 4)
    with pytest.raises(UserError, match=r"would have 1 class\(es\) of 5 or more photos with a face"):
        write(tmp_path, min_photos_per_class=5)


@pytest.mark.parametrize(("val_fraction", "min_photos"), [(0.2, 1), (0.0, 0)])
def test_too_small_classes_are_no_choice(val_fraction, min_photos):
    with pytest.raises(UserError, match="min_photos_per_class must be"):
        ClassRecordsConfig(
            faces_dir="f",
            dataset="d",
            output_dir="o",
            split=Split(val_fraction),
            classes=FOLDERS,
            min_photos_per_class=min_photos,
        )


def test_second_run_keeps_class_records_and_a_changed_list_rewrites_them(tmp_path, faces, capsys):
    rows = [f"{photo},{('joy', 'fear')[index % 2]}" for index, photo in enumerate(PHOTOS)]
    first = write(tmp_path, write_list(tmp_path, rows), split=Split(0.3))
    capsys.readouterr()
    assert write(tmp_path, write_list(tmp_path, rows), split=Split(0.3)) == first
    assert capsys.readouterr().out.count("is up to date") == 2
    write(tmp_path, write_list(tmp_path, [*rows[:-1], f"{PHOTOS[-1]},fear"]), split=Split(0.3))
    assert capsys.readouterr().out.count("until then: classes changed") == 2


def test_class_records_and_au_records_replace_each_other(tmp_path, faces):
    write(tmp_path)
    labels = tmp_path / "labels.csv"
    labels.write_text("path,AU12\n" + "".join(f"{photo},1\n" for photo in PHOTOS), encoding="utf-8")
    write_records(
        RecordsConfig(
            faces_dir=str(faces),
            dataset="faces",
            output_dir=str(tmp_path / "records"),
            label_files=(str(labels),),
        )
    )
    assert load_dataset_info(tmp_path / "records/faces").classes == ()
    write(tmp_path)
    assert load_dataset_info(tmp_path / "records/faces").class_counts == (6, 5, 4)


def test_composed_and_decomposed_names_are_one_class(tmp_path, faces):
    rows = [f"{PHOTOS[0]},jose\u0301", f"{PHOTOS[1]}, jos\u00e9 ", f"{PHOTOS[2]},b", f"{PHOTOS[3]},b"]
    (info,) = write(tmp_path, write_list(tmp_path, rows))
    assert info.classes == ("b", "jos\u00e9")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the class list is empty"),
        ("path,name\na.jpg,b\n", r"its first row is path, name\..*with a column 'class', and 'path' or 'id'"),
        ("class\nb\n", r"not a class list; its first row is class\."),
        ("path,class\nz/1.jpg,a\n", "the list has 'z/1.jpg', the table 'Ann Lee/0.jpg'"),
    ],
)
def test_list_without_photos_or_classes_is_named(tmp_path, faces, content, message):
    (tmp_path / "classes.csv").write_text(content)
    with pytest.raises(UserError, match=message):
        write(tmp_path, tmp_path / "classes.csv")


def test_classes_in_another_encoding_are_rejected(tmp_path, faces):
    rows = [f"{photo},{('joy', 'fear')[index % 2]}" for index, photo in enumerate(PHOTOS[:6])]
    path = write_list(tmp_path, rows)
    path.write_bytes(path.read_bytes() + b"Ann Lee/9.jpg,Ren\xe9\n")
    (info,) = write(tmp_path, path)
    assert info.num_rejected == 1
    assert rejected_of(tmp_path / "records/faces")[0][2] == "class is no UTF-8 text"


def test_written_records_come_out_of_the_stream(tmp_path, faces):
    write(tmp_path, num_shards=2)
    options = {"view": "close_up", "batch_size": 4, "image_size_px": 20}
    stream = class_evaluation_stream(str(tmp_path / "records/faces"), **options)
    counts = Counter(int(index) for batch in stream for index in batch["class_index"])
    assert counts == {0: 6, 1: 5, 2: 4}


def test_folders_of_a_division_above_the_classes_are_no_part_of_them(tmp_path, make_faces, capsys):
    photos = [
        f"{part}/{name}/{index}.jpg" for part in ("train", "test") for name in "ab" for index in range(2)
    ]
    make_faces(tmp_path / "faces", photos, id_of=example_id)
    (info,) = write(tmp_path)
    assert info.classes == ("a", "b") and info.class_counts == (4, 4)
    assert (
        "the folders test, train divide the photos: the folders in them are the classes"
        in capsys.readouterr().out
    )
