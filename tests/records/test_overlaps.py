"""Persons and pictures on both sides of a training and a test."""

import pytest
from small_records import photo

from emotionet_tf.records.overlaps import overlap_warnings, persons_in
from emotionet_tf.records.protocols.related_datasets import dataset_in, relation_of, share_person_names
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records
from emotionet_tf.stream.sources import parse_source
from emotionet_tf.training.monitoring.announcements import warn_of_shared_examples
from emotionet_tf.training.train_config import TrainConfig


@pytest.mark.parametrize(
    ("name", "dataset"),
    [
        ("my_disfa-train", "DISFA"),
        ("DISFA+", "DISFA+"),
        ("disfaplus", "DISFA+"),
        ("feafa_b_disfa", "FEAFA"),
        ("BP4D-part_of_F001", "BP4D"),
        ("bp4d_plus", "BP4D+"),
        ("fera2015", "FERA 2015"),
        ("rafau", "RAF-AU"),
        ("opt-train", ""),
    ],
)
def test_dataset_is_recognized_in_a_name(name, dataset):
    assert dataset_in(name) == dataset


def test_related_datasets():
    assert relation_of("DISFA", "FEAFA").what == relation_of("BP4D", "FERA 2015").what == "persons"
    assert relation_of("RAF-ML", "RAF-AU").what == "pictures"
    assert relation_of("DISFA", "BP4D") is None and relation_of("DISFA", "DISFA") is None
    assert share_person_names("", "BP4D") and share_person_names("DISFA+", "DISFA")
    assert not share_person_names("BP4D", "BP4D+")


@pytest.fixture
def write(tmp_path, make_faces):
    """Returns a function that writes records of a photo of each person; without a column where there are none."""
    faces = make_faces(tmp_path / "faces", [photo(number) for number in range(8)])

    def write_one(dataset, persons, first=0):
        names = [photo(first + index) for index in range(len(persons))]
        has_persons = any(persons)
        lines = ["path,AU12" + ",person" * has_persons]
        lines += [
            f"{name},1" + f",{person}" * has_persons for name, person in zip(names, persons, strict=True)
        ]
        (tmp_path / f"{dataset}.csv").write_text("\n".join(lines) + "\n")
        config = RecordsConfig(
            faces_dir=str(faces),
            dataset=dataset,
            output_dir=str(tmp_path / "records"),
            label_files=(str(tmp_path / f"{dataset}.csv"),),
        )
        write_records(config)
        return str(tmp_path / "records" / dataset)

    return write_one


def test_persons_of_a_folder_are_read(write, tmp_path):
    assert persons_in(write("lab", ["b", "a", "b"])) == {"a", "b"}
    assert persons_in(write("nobody", ["", ""])) == persons_in(tmp_path / "missing") == frozenset()


def test_shared_persons_are_counted_and_named(write):
    test, train = (
        write("disfa_plus", ["SN001", "SN003", "SN004"]),
        write("disfa", ["SN001", "SN002", "SN003"], 3),
    )
    (warning,) = overlap_warnings(test, [train, train])
    assert warning.startswith(
        f"warning: 2 of the 3 persons of {test} are, by their names, in {train} too: SN001, SN003"
    )
    assert overlap_warnings(test, [write("other", ["SN002"], 3)]) == []


def test_equal_names_of_other_persons_are_no_overlap(write):
    assert overlap_warnings(write("bp4d", ["F001"]), [write("bp4d_plus", ["F001"], 1)]) == []
    assert len(overlap_warnings(write("bp4d", ["F001"]), [write("mine", ["F001"], 1)])) == 1


def test_related_datasets_that_cannot_be_compared_are_named(write):
    (warning,) = overlap_warnings(write("disfa", ["SN001"]), [write("feafa_b", ["", ""], 2)])
    assert "DISFA" in warning and "FEAFA" in warning and "share persons, and nothing says which" in warning
    (warning,) = overlap_warnings(write("raf_au", ["a"]), ["somewhere/raf_ml"])
    assert "RAF-AU" in warning and "share pictures" in warning


def test_training_warns_of_persons_that_also_validate(write, capsys):
    sources = (f"mine={write('lab', ['a', 'b'])}", f"mine={write('more', ['c', 'd'], 2)}")
    config = TrainConfig(
        sources=tuple(map(parse_source, sources)),
        group="expression",
        output_dir="model",
        val_records_dir=write("val", ["b", "e"], 4),
    )
    capsys.readouterr()
    warn_of_shared_examples(config)
    (warning,) = capsys.readouterr().out.splitlines()
    assert "1 of the 2 persons of" in warning and warning.endswith("records/lab too: b")
