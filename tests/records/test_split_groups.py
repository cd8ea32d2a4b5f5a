"""Persons and folders on both sides of a split, and splits that would be empty."""

import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.records.split_groups import SplitGroups
from emotionet_tf.records.splits import Split
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records

# As a lab has them: subjects, each with folders of tasks.
PHOTOS = [
    f"S{subject}/T{task}/N_{subject}{task}_{frame}.jpg"
    for subject in range(4)
    for task in range(3)
    for frame in range(2)
]


def groups_of(split, photos, persons=None):
    groups = SplitGroups(split, "lab")
    for index, photo in enumerate(photos):
        person = persons[index] if persons else ""
        groups.add(split.name_of("lab", photo, photo, person), photo, photo, person)
    return groups


def write(folder, make_faces, photos, split, lines=None):
    faces = make_faces(folder / "faces", photos, size_px=24)
    text = lines or "path,AU12\n" + "".join(f"{photo},1\n" for photo in photos)
    (folder / "list.csv").write_text(text)
    return write_records(
        RecordsConfig(
            faces_dir=str(faces),
            dataset="lab",
            output_dir=str(folder / "records"),
            label_files=(str(folder / "list.csv"),),
            split=split,
        )
    )


def subjects_of(folder, info):
    rows = read_label_list(folder / "records" / info.name / "rows.csv").rows
    return {row.photo.partition("/")[0] for row in rows}


def test_top_folder_keeps_all_tasks_of_a_subject_on_one_side(tmp_path, make_faces, capsys):
    train, val = write(tmp_path, make_faces, PHOTOS, Split(0.5, split_by="top_folder"))
    sides = [subjects_of(tmp_path, info) for info in (train, val)]
    assert not sides[0] & sides[1] and sides[0] | sides[1] == {"S0", "S1", "S2", "S3"}
    printed = capsys.readouterr().out
    assert (
        f"top folders in each split (--split_by=top_folder): lab-train {len(sides[0])}, lab-val {len(sides[1])}"
        in printed
    )
    assert "warning" not in printed


def test_top_folder_of_a_photo_that_lies_in_none_is_the_photos_folder():
    split = Split(0.5, split_by="top_folder")
    assert split.group_of("a.jpg", "a.jpg") == "."
    assert split.group_of("x", "S1/T1/a.jpg") == split.group_of("y", "S1/a.jpg") == "S1"


def test_subjects_on_both_sides_of_a_split_by_folder_are_warned_of():
    count, warning = groups_of(Split(0.5, split_by="folder"), PHOTOS).lines()
    assert count.startswith("folders in each split (--split_by=folder): lab-train ")
    # Of each subject's three folders some fall to either side, as their hashes say.
    side = Split(0.5, split_by="folder").name_of
    sides = {f"S{one}": {side("lab", "", f"S{one}/T{task}/0.jpg") for task in range(3)} for one in range(4)}
    shared = [subject for subject, names in sides.items() if len(names) == 2]
    assert shared
    assert warning.startswith(
        f"warning: {len(shared)} of 4 folders above those that are kept together have photos in"
    )
    assert f"({', '.join(shared)})" in warning and "--split_by=top_folder" in warning


@pytest.mark.parametrize(
    ("split_by", "photos"),
    [
        ("folder", [f"all/S{number}/a.jpg" for number in range(8)]),
        ("folder", [f"S{number}/a.jpg" for number in range(8)]),
        ("id", PHOTOS),
    ],
)
def test_one_folder_above_all_is_no_reason_to_warn(split_by, photos):
    assert not [
        line for line in groups_of(Split(0.5, split_by=split_by), photos).lines() if "warning" in line
    ]


def test_persons_on_both_sides_of_a_split_by_id_are_warned_of():
    persons = [photo.partition("/")[0] for photo in PHOTOS]
    (warning,) = groups_of(Split(0.5), PHOTOS, persons).lines()
    assert warning.startswith("warning: 4 of 4 persons are in both splits (S0, S1, S2, S3)")
    assert "--split_by=person" in warning
    by_person = groups_of(Split(0.5, split_by="person"), PHOTOS, persons)
    assert [line.partition(":")[0] for line in by_person.lines()] == [
        "persons in each split (--split_by=person)"
    ]


def test_flat_folder_cannot_be_split_by_folder_and_nothing_is_left_behind(tmp_path, make_faces):
    photos = [f"N_1_{number}.jpg" for number in range(6)]
    message = r"split lab-(train|val) would be empty: --split_by=folder keeps .* all photos are of one: '\.'; nothing"
    with pytest.raises(UserError, match=message):
        write(tmp_path, make_faces, photos, Split(0.2, split_by="folder"))
    assert not (tmp_path / "records").exists()


def test_split_that_gets_no_group_names_the_way_out():
    # At one in a thousand none of six photos is chosen.
    photos = [f"{number}.jpg" for number in range(6)]
    with pytest.raises(
        UserError, match="lab-val would be empty: of 6 photos none falls to it; take another --val"
    ):
        groups_of(Split(0.001), photos).check()
    groups_of(Split(0.0), photos).check()
    groups_of(Split(0.5), []).check()
