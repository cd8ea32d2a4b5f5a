"""Protocols for any persons, the refusals, and the folders that they become."""

import csv

import pytest
import tensorflow as tf
from small_records import photo

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.records.dataset_info import load_dataset_info, order_checksum, shard_path
from emotionet_tf.records.fields import EXAMPLE_FIELDS, parse, with_au_set
from emotionet_tf.records.protocols.choice import ProtocolChoice
from emotionet_tf.records.protocols.parts import Part, Protocol
from emotionet_tf.records.splits import Split
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records

PERSONS = [f"P{number}" for number in range(7)]


def test_leave_one_person_out_has_a_part_for_each_person():
    protocol = ProtocolChoice("leave_one_person_out").protocol_of(["b", "a", "b", "a c"])
    assert [part.persons for part in protocol.parts] == [("a",), ("a c",), ("b",)]
    assert protocol.tested == tuple(part.name for part in protocol.parts)
    assert protocol.tested[0] == "person_a" and " " not in protocol.tested[1]


def test_names_that_no_folder_can_have_stay_different():
    names = [
        part.name for part in ProtocolChoice("leave_one_person_out").protocol_of(["a/1", "a:1", "a_1"]).parts
    ]
    assert len(set(names)) == 3 and all("/" not in name and ":" not in name for name in names)


def test_dealt_parts_have_everybody_once_and_differ_by_one_person_at_most():
    choice = ProtocolChoice("k_parts", num_parts=3)
    protocol = choice.protocol_of(PERSONS)
    assert sorted(protocol.persons) == PERSONS
    assert sorted(len(part.persons) for part in protocol.parts) == [2, 2, 3]
    assert all(part.name == f"part_of_{min(part.persons)}" for part in protocol.parts)
    assert protocol == choice.protocol_of(reversed(PERSONS * 2))
    others = [ProtocolChoice("k_parts", 3, seed).protocol_of(PERSONS).parts for seed in range(1, 6)]
    assert any(parts != protocol.parts for parts in others)


@pytest.mark.parametrize(
    ("choice", "persons", "message"),
    [
        (
            ProtocolChoice("disfa_3parts"),
            ["SN001", "X1", "X2"],
            "has no part for X1, X2.*leave_one_person_out",
        ),
        (ProtocolChoice("disfa_3parts"), ["SN001", "SN003"], "no row of part_of_SN006 .SN006, SN011"),
        (ProtocolChoice("leave_one_person_out"), ["a", ""], "does not say who is seen.*column 'person'"),
        (ProtocolChoice("leave_one_person_out"), ["a", "a"], "two or more; the rows are of 1"),
        (ProtocolChoice("k_parts", 3), ["a", "b"], "3 parts need as many persons; the rows are of 2"),
    ],
)
def test_protocol_that_does_not_fit_the_persons_is_refused(choice, persons, message):
    with pytest.raises(UserError, match=message):
        choice.protocol_of(persons)


def test_person_in_two_parts_is_refused():
    with pytest.raises(ValueError, match="b is in two parts"):
        Protocol("own", (Part("one", ("a", "b")), Part("two", ("b",))), ("one",))


def write(tmp_path, make_faces, *, faceless=(), **changes):
    """Records of 21 photos of seven persons."""
    photos = [photo(number) for number in range(21)]
    faces = make_faces(tmp_path / "faces", photos, faceless=tuple(photos[index] for index in faceless))
    lines = [f"{name},{index % 2},{int(index > 9)},P{index // 3}\n" for index, name in enumerate(photos)]
    (tmp_path / "list.csv").write_text("path,AU07,AU12,person\n" + "".join(lines))
    values = dict(
        faces_dir=str(faces),
        dataset="lab",
        output_dir=str(tmp_path / "records"),
        label_files=(str(tmp_path / "list.csv"),),
        parts=ProtocolChoice("k_parts", num_parts=3),
    )
    return write_records(RecordsConfig(**{**values, **changes}))


def ids_in_shards(folder, view):
    info = load_dataset_info(folder)
    fields = with_au_set(EXAMPLE_FIELDS, info.aus)
    return [
        [parse(raw, fields)["example_id"].numpy().decode() for raw in tf.data.TFRecordDataset(str(path))]
        for path in (shard_path(folder, shard) for shard in info.shards_of(view))
    ]


def test_each_tested_part_has_a_folder_of_all_others_without_pictures(tmp_path, make_faces):
    infos = write(tmp_path, make_faces, faceless=(4,), num_shards=2)
    parts, others = infos[:3], infos[3:]
    assert [info.name for info in others] == [info.name.replace("lab-", "lab-without-") for info in parts]
    assert sum(info.num_examples for info in parts) == 20 and sum(info.num_rows for info in parts) == 21
    root = tmp_path / "records"
    for tested, joined in zip(parts, others, strict=True):
        assert not list((root / joined.name).glob("*.tfrecord"))
        rows, own = (read_label_list(root / info.name / "rows.csv").rows for info in (joined, tested))
        assert not {row.person for row in rows} & {row.person for row in own}
        assert {row.person for row in rows} | {row.person for row in own} == set(PERSONS)
        assert (joined.num_examples, joined.num_rows) == (20 - tested.num_examples, 21 - tested.num_rows)
        assert load_dataset_info(root / joined.name) == load_dataset_info(
            root / joined.name, check_shards=False
        )
        with_face = {row.example_id for row in rows if row.example_id not in faceless_ids(root / joined.name)}
        for view in joined.views:
            shards = ids_in_shards(root / joined.name, view)
            assert sorted(one for shard in shards for one in shard) == sorted(with_face)
        positives = sum(float(row.labels[row.aus.index(12)]) for row in rows if row.example_id in with_face)
        assert joined.positives["AU12"] == positives


def faceless_ids(folder):
    with (folder / "rejected.csv").open() as file:
        return {row["id"] for row in csv.DictReader(file)}


def test_order_of_joined_records_is_the_order_in_their_shards(tmp_path, make_faces):
    joined = write(tmp_path, make_faces, num_shards=2)[3]
    shards = ids_in_shards(tmp_path / "records" / joined.name, "context")
    assert len(shards) == 4 and joined.order_sha256 == order_checksum(shards)


def test_folders_can_be_moved_together_and_are_kept_when_up_to_date(tmp_path, make_faces, capsys):
    joined = write(tmp_path, make_faces)[3]
    (tmp_path / "records").rename(tmp_path / "moved")
    assert load_dataset_info(tmp_path / "moved" / joined.name) == joined
    capsys.readouterr()
    write(tmp_path, make_faces, output_dir=str(tmp_path / "moved"))
    assert capsys.readouterr().out.count("is up to date") == 6


def test_changed_labels_are_written_to_parts_and_others(tmp_path, make_faces):
    before = write(tmp_path, make_faces)
    (tmp_path / "faces" / "faces.csv").unlink()
    after = write(tmp_path, make_faces, faceless=(0,))
    person = next(info.name for info in after[:3] if info.num_without_face)
    for old, new in zip(before[3:], after[3:], strict=True):
        has_it = not new.name.endswith(person.removeprefix("lab-"))
        assert (new.num_without_face, old.checksum != new.checksum) == (int(has_it), has_it)


def test_part_without_a_face_is_refused(tmp_path, make_faces):
    with pytest.raises(UserError, match="lab-person_P2 would hold no record: of its 3 rows 3 have no face"):
        write(tmp_path, make_faces, faceless=(6, 7, 8), parts=ProtocolChoice("leave_one_person_out"))


def test_protocol_and_validation_split_exclude_each_other(tmp_path, make_faces):
    with pytest.raises(UserError, match="k_parts and val_fraction 0.2 exclude each other"):
        write(tmp_path, make_faces, split=Split(0.2))
