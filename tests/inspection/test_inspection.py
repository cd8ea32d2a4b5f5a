import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.errors import UserError
from emotionet_tf.inspection.contact_sheet import SheetChoice
from emotionet_tf.inspection.folder_contents import read_contents
from emotionet_tf.inspection.inspect_records import InspectionConfig, inspect_records
from emotionet_tf.inspection.text_report import format_contents, format_damage, format_repetitions
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.records.dataset_info import describe_shard, load_dataset_info, save_dataset_info
from emotionet_tf.records.reading.tfrecord_frames import read_frames
from emotionet_tf.records.writing.class_records import ClassRecordsConfig, write_class_records
from emotionet_tf.records.writing.photo_classes import FOLDERS


def contents_of(folder):
    return read_contents(folder, with_looks=False, look_at=lambda examples: None, progress=lambda done: None)


def problems_of(folder):
    return [str(problem).removeprefix(f"{folder}/") for problem in contents_of(folder).problems]


def inspect(*folders, **options):
    return inspect_records(InspectionConfig(folders, **options), lambda contents: None)


def shard_paths(folder, view="close_up"):
    return [Path(folder) / shard.file for shard in load_dataset_info(folder, check_shards=False).views[view]]


def rewrite(folder, view, index, change):
    """Changes a shard's list of records, and dataset.json to match."""
    path = shard_paths(folder, view)[index]
    records = change([frame.data for frame in read_frames(path, verify=True)])
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)
    info = load_dataset_info(folder, check_shards=False)
    shards = list(info.views[view])
    shards[index] = describe_shard(path, len(records))
    save_dataset_info(folder, dataclasses.replace(info, views={**info.views, view: tuple(shards)}))


def edit(record, name, value):
    example = tf.train.Example.FromString(record)
    feature = example.features.feature[name]
    if isinstance(value, bytes):
        feature.bytes_list.value[:] = [value]
    else:
        feature.float_list.value[:] = value
    return example.SerializeToString()


def test_whole_records_are_counted_as_their_tables_have_them(make_records):
    folder = make_records("opt", 19)
    contents = contents_of(folder)
    rows = read_label_list(Path(folder) / "rows.csv").rows
    assert contents.problems == ()
    assert (contents.num_read, contents.tables.num_rows, contents.tables.num_rejected) == (19, 19, 0)
    np.testing.assert_array_equal(contents.known, np.sum([row.mask for row in rows], axis=0))
    np.testing.assert_array_equal(contents.positives, np.sum([row.labels for row in rows], axis=0))
    assert sorted(name.decode() for name in contents.photos.ids) == sorted(row.example_id for row in rows)
    assert len(contents.tables.folders) == 5
    sizes = {path: path.stat().st_size for path in Path(folder).iterdir()}
    assert contents.num_bytes["close_up"] == sum(sizes[path] for path in shard_paths(folder))
    assert sum(contents.num_bytes.values()) == sum(sizes.values())


def test_angles_are_those_that_were_written(make_records):
    angles = contents_of(make_records("opt", 21)).angles
    # The fixture's pitch is 0.01 radians (0.573 degrees) times 0 to 20, its yaw 0.2 (11.459), its roll -0.1 (-5.730).
    assert angles.count == 21
    np.testing.assert_allclose(angles.mean, np.degrees([0.1, 0.2, -0.1]), atol=1e-4)
    np.testing.assert_allclose(angles.deviation, np.degrees([0.01 * np.std(np.arange(21)), 0, 0]), atol=1e-3)
    # Of 21 pitches the second lowest, 0.57, and the second highest, 10.89, have 5 % below and above them.
    np.testing.assert_array_equal(angles.low, [1, 11, -6])
    np.testing.assert_array_equal(angles.high, [11, 11, -6])


def test_flipped_byte_is_named_with_shard_and_place_and_all_else_is_read(make_records):
    folder = make_records("opt", 12, num_shards=1)
    (path,) = shard_paths(folder)
    frames = list(read_frames(path, verify=True))
    data = bytearray(path.read_bytes())
    data[frames[4].offset + 100] ^= 1
    path.write_bytes(data)
    assert problems_of(folder) == [
        f"{path.name}, byte {frames[4].offset}: the record is damaged: its checksum does not match"
    ]
    contents = contents_of(folder)
    assert contents.num_read == 11
    assert "1 PROBLEM; 11 of 12 records were read and counted" in format_contents(contents, 10)


def test_damaged_length_costs_the_rest_of_the_shard_only(make_records):
    folder = make_records("opt", 12, num_shards=1)
    (path,) = shard_paths(folder)
    offset = list(read_frames(path, verify=True))[3].offset
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)
    first, second = problems_of(folder)
    assert first.startswith(f"{path.name}, byte {offset}: the record's length is damaged")
    assert second == f"{path.name}: 4 records were found instead of 12"
    assert contents_of(folder).num_read == 3


def test_missing_shard_is_named_and_the_others_are_read(make_records):
    folder = make_records("opt", 19, num_shards=3)
    path = shard_paths(folder, "context")[1]
    num_lost = load_dataset_info(folder).views["context"][1].num_examples
    path.unlink()
    assert problems_of(folder) == [f"{path.name}: the shard is missing, with {num_lost} records"]
    assert contents_of(folder).num_read == 19 - num_lost


def test_other_view_in_another_order_is_told_with_the_first_difference(make_records):
    folder = make_records("opt", 6, num_shards=1)
    ids = [name.decode() for name in contents_of(folder).photos.ids]
    rewrite(folder, "context", 0, lambda records: [*records[:3], *records[:2:-1]])
    (problem,) = problems_of(folder)
    # Of places 4, 5 and 6 the middle one stays as it was.
    assert "do not have the same examples: record 4 differs in example_id" in problem
    assert f"'{ids[3]}' in close_up and '{ids[5]}' in context; so do 1 more" in problem
    assert contents_of(folder).num_read == 4


def test_labels_that_differ_between_views_are_told(make_records):
    folder = make_records("opt", 6, num_shards=1)
    rewrite(folder, "context", 0, lambda records: [edit(records[0], "angles", [1.0, 0.0, 0.0]), *records[1:]])
    (problem,) = problems_of(folder)
    assert "record 1 differs in angles" in problem


def test_record_of_something_else_and_odd_crop_are_named(make_records):
    folder = make_records("opt", 6, num_shards=1)
    (path,) = shard_paths(folder)
    small = tf.io.encode_jpeg(np.zeros((8, 16, 3), np.uint8)).numpy()

    def change(records):
        return [
            records[0],
            b"nothing",
            edit(records[2], "image", small),
            edit(records[3], "image", b"no"),
            *records[4:],
        ]

    rewrite(folder, "close_up", 0, change)
    offsets = [frame.offset for frame in read_frames(path, verify=True)]
    problems = problems_of(folder)
    assert len(problems) == 3
    assert any(p.startswith(f"{path.name}, byte {offsets[1]}: the record is not one of") for p in problems)
    assert f"{path.name}, byte {offsets[2]}: the crop has 16 x 8 px instead of 24 x 24" in problems
    assert any(p.startswith(f"{path.name}, byte {offsets[3]}: the record is not one of") for p in problems)


def test_shard_of_another_run_is_told_though_no_record_is_damaged(make_records):
    folder = make_records("opt", 6, num_shards=1)
    (path,) = shard_paths(folder)
    before = (Path(folder) / "dataset.json").read_bytes()
    rewrite(
        folder, "close_up", 0, lambda records: [edit(records[0], "angles", [0.5, 0.5, 0.5]), *records[1:]]
    )
    (Path(folder) / "dataset.json").write_bytes(before)
    assert (
        f"{path.name}: its checksum is not the one of dataset.json, although none of its records is broken"
        in problems_of(folder)
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("order_sha256", "0" * 64, "its order_sha256 is 000"),
        ("num_without_face", 2, "it has 6 rows; dataset.json says 8"),
        ("num_rejected", 1, "it has 0 rows; dataset.json says 1"),
        ("mean_angles", [0.0, 0.0, 0.0], "its mean_angles is"),
        ("known", {}, "its known of AU01 is None, that of the records "),
    ],
)
def test_what_dataset_json_says_otherwise_is_told(make_records, name, value, message):
    folder = make_records("opt", 6, num_shards=1)
    path = Path(folder) / "dataset.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, name: value}))
    assert any(message in problem for problem in problems_of(folder))


def test_tables_are_compared_with_the_records(make_records):
    folder = make_records("opt", 6, num_shards=1)
    path = Path(folder) / "rows.csv"
    path.write_text(path.read_text().replace("N_0000000000_00002,", "unknown,"))
    assert problems_of(folder) == [
        "rows.csv: 1 ids are in the records and not in the table with a face, such as N_0000000000_00002",
        "rows.csv: 1 ids are in the table with a face and not in the records, such as unknown",
    ]
    path.unlink()
    assert problems_of(folder) == ["rows.csv: the table is missing"]


def test_classes_are_counted_and_named(make_faces, tmp_path):
    photos = [
        f"{person}/{number}.jpg" for person, count in (("Ann", 4), ("王", 2)) for number in range(count)
    ]
    faces = make_faces(tmp_path / "faces", photos, id_of=example_id)
    config = ClassRecordsConfig(
        faces_dir=str(faces),
        dataset="persons",
        output_dir=str(tmp_path / "records"),
        num_shards=1,
        classes=FOLDERS,
    )
    write_class_records(config)
    folder = str(tmp_path / "records" / "persons")
    contents = contents_of(folder)
    assert contents.problems == ()
    assert contents.class_counts.tolist() == [4, 2]
    text = format_contents(contents, 10)
    assert "2 classes of 2 to 4 records, half of them with 3 or fewer: Ann 4, 王 2" in text
    assert "no AU is labelled" in text


def test_detectors_are_counted_where_there_is_a_face_table(make_records):
    folder = make_records("opt", 3)
    assert contents_of(folder).tables.detectors == ()
    rows = ["example_id,found,detector", "a,1,mtcnn", "b,1,openface", "c,0,mtcnn", "d,1,openface"]
    (Path(folder) / "faces.csv").write_text("\n".join(rows))
    contents = contents_of(folder)
    assert contents.tables.detectors == (("openface", 2), ("mtcnn", 1))
    assert "faces found by: openface 2 (66.7%), mtcnn 1 (33.3%)" in format_contents(contents, 10)


def test_stray_shard_is_named(make_records):
    folder = make_records("opt", 6, num_shards=1)
    (Path(folder) / "close_up-00003-of-00009.tfrecord").write_bytes(b"")
    assert problems_of(folder) == ["close_up-00003-of-00009.tfrecord: dataset.json does not list this shard"]


def test_overlap_of_two_parts_is_a_warning_and_no_damage(make_records):
    # Photos 8 to 11 are in both, from folder 2. The fixture draws the crops of each call's n-th photo alike.
    train, val = make_records("train", 12), make_records("val", 9, first=8)
    inspection = inspect(train, val, max_listed=9)
    (overlap, pictures, folders) = inspection.repetitions
    assert (overlap.kind, overlap.count) == ("the same id with another picture", 4)
    assert sorted(overlap.examples) == [f"N_0000000002_{number:05d}" for number in range(8, 12)]
    assert (pictures.kind, pictures.count) == ("the same picture under two ids", 9)
    assert "N_0000000000_00000 = N_0000000002_00008" in pictures.examples
    assert (folders.kind, folders.examples) == ("the same folder", ("N_0000000002",))
    text = format_repetitions(inspection)
    assert f"warning: {train} and {val}: the same id with another picture, 4 times" in text
    assert f"\n{train} and {val}: the same folder, 1 time" in text
    assert format_damage(inspection) == ""


def test_record_that_is_written_twice_is_found(make_records):
    folder = make_records("opt", 6, num_shards=1)
    for view in ("close_up", "context"):
        rewrite(folder, view, 0, lambda records: [*records, records[0]])
    inspection = inspect(folder)
    (twice,) = inspection.repetitions
    first = inspection.contents[0].photos.ids[0].decode()
    assert (twice.kind, twice.first, twice.second, twice.examples) == (
        "the same id",
        folder,
        folder,
        (first,),
    )


def test_no_problem_and_nothing_twice_is_said(make_records):
    folder = make_records("opt", 6)
    inspection = inspect(folder)
    assert format_repetitions(inspection) == "nothing occurs twice within the records"
    text = format_contents(inspection.contents[0], 10)
    assert "6 rows = 6 records + 0 without a face + 0 rejected" in text
    assert "all 6 records of each view were read: they are whole" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"records_dirs": ()}, "names no folder"),
        ({"records_dirs": ("a", "b", "a")}, "names a twice"),
        ({"records_dirs": ("a", "./b/../a")}, "names a twice"),
        (
            {"sheet": SheetChoice(aus=(12,), ids=("x",))},
            "aus, ids: only for a sheet; give its file with output",
        ),
        ({"near_bits": 12}, "near_bits must be 0 to 11, got 12"),
        ({"output": "sheet.jpg"}, "output sheet.jpg must end in .png"),
        ({"max_listed": 0}, "max_listed must be 1 or more"),
    ],
)
def test_value_that_means_nothing_is_refused(options, message):
    with pytest.raises(UserError, match=message):
        InspectionConfig(**{"records_dirs": ("a",), **options})


def test_folder_without_records_is_refused(tmp_path):
    with pytest.raises(
        UserError, match="is not a records folder: .*; tfrecords_tools.prepare or write_records makes one"
    ):
        inspect(str(tmp_path))


def test_wrong_id_is_told_before_anything_is_read(make_records, tmp_path):
    folder = make_records("opt", 6)
    (known, *_) = (row.example_id for row in read_label_list(Path(folder) / "rows.csv").rows)
    shown = []
    options = {"output": str(tmp_path / "sheet.png"), "sheet": SheetChoice(ids=(known, "gone"))}
    with pytest.raises(UserError, match=f"ids: no row of {folder} has the id gone"):
        inspect_records(InspectionConfig((folder,), **options), shown.append)
    assert not shown


def test_id_whose_photo_has_other_aus_is_not_called_missing(make_records, tmp_path):
    folder = make_records("opt", 6)
    row = next(row for row in read_label_list(Path(folder) / "rows.csv").rows if not row.labels[10])
    choice = SheetChoice(ids=(row.example_id,), aus=(ACTION_UNITS[10],))
    assert inspect(folder, output=str(tmp_path / "sheet.png"), sheet=choice).missing_ids == ()


def test_id_of_a_row_without_a_record_is_missing(make_records, tmp_path):
    folder = make_records("opt", 6)
    with (Path(folder) / "rows.csv").open("a") as file:
        file.write("faceless,faceless.jpg" + ",999" * 23 + "\n")
    inspection = inspect(folder, output=str(tmp_path / "sheet.png"), sheet=SheetChoice(ids=("faceless",)))
    assert inspection.missing_ids == ("faceless",)
