"""Who is seen and how strong an AU is, on their way from a label list to records and tables."""

import numpy as np
import pytest
import tensorflow as tf
from small_records import photo

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.preparation.planned_rows import PlannedRow, label_letters
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.records.fields import EXAMPLE_FIELDS, INTENSITY_FIELDS, parse, with_au_set
from emotionet_tf.records.splits import Split
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records

AUS = (7, 12)
LIST = "path,AU07,AU12,AU12_intensity,subject\n"


def write(tmp_path, make_faces, **changes):
    """Records of eight photos of four persons; AU12 has the intensities 0, 1, 2.5, 5, unknown and so on."""
    photos = [photo(number) for number in range(8)]
    faces = make_faces(tmp_path / "faces", photos, size_px=24)
    intensities = ["0", "1", "2.5", "5", "", "999", "3", "4"]
    lines = [
        f"{name},{index % 2},{int(index > 2)},{intensities[index]},P{index // 2}\n"
        for index, name in enumerate(photos)
    ]
    (tmp_path / "list.csv").write_text(LIST + "".join(lines))
    values = dict(
        faces_dir=str(faces),
        dataset="lab",
        output_dir=str(tmp_path / "records"),
        label_files=(str(tmp_path / "list.csv"),),
    )
    return write_records(RecordsConfig(**{**values, **changes}))


def test_intensities_and_persons_come_back_from_records_and_table(tmp_path, make_faces):
    (info,) = write(tmp_path, make_faces)
    assert info.intensities == {"AU07": 0.0, "AU12": 6.0}
    rows = read_label_list(tmp_path / "records" / "lab" / "rows.csv").rows
    assert [row.person for row in rows] == [f"P{index // 2}" for index in range(8)]
    by_id = {row.example_id: row.intensities for row in rows}
    assert all(np.isnan(values[0]) for values in by_id.values())
    strengths = [values[1] for _, values in sorted(by_id.items())]
    np.testing.assert_array_equal(strengths, [0, 1, 2.5, 5, np.nan, np.nan, 3, 4])

    shard = tmp_path / "records" / "lab" / info.views["context"][0].file
    fields = with_au_set({**EXAMPLE_FIELDS, **INTENSITY_FIELDS}, AUS)
    for serialized in tf.data.TFRecordDataset(str(shard)):
        example = parse(serialized, fields)
        expected = by_id[example["example_id"].numpy().decode()]
        known = ~np.isnan(expected)
        assert example["intensities_mask"].numpy().tolist() == known.astype(float).tolist()
        assert example["intensities"].numpy().tolist() == np.where(known, expected, 0).tolist()


def test_records_without_intensities_have_unknown_ones(tmp_path, make_records):
    info = load_dataset_info(make_records("plain", 4))
    assert info.intensities == {}
    shard = str(tmp_path / "records" / "plain" / info.views["context"][0].file)
    raw = next(iter(tf.data.TFRecordDataset(shard)))
    example = parse(raw, {**EXAMPLE_FIELDS, **INTENSITY_FIELDS})
    assert not example["intensities"].numpy().any() and not example["intensities_mask"].numpy().any()


def test_a_split_by_person_has_nobody_on_both_sides(tmp_path, make_faces):
    infos = write(tmp_path, make_faces, split=Split(0.5, split_by="person"))
    persons = [
        {row.person for row in read_label_list(tmp_path / "records" / info.name / "rows.csv").rows}
        for info in infos
    ]
    assert (
        all(persons) and not persons[0] & persons[1] and persons[0] | persons[1] == {"P0", "P1", "P2", "P3"}
    )


def test_a_split_by_person_needs_persons(tmp_path, make_faces):
    photos = [photo(number) for number in range(2)]
    faces = make_faces(tmp_path / "faces", photos, size_px=24)
    (tmp_path / "list.csv").write_text("path,AU12\n" + "".join(f"{name},1\n" for name in photos))
    config = RecordsConfig(
        faces_dir=str(faces),
        dataset="lab",
        output_dir=str(tmp_path / "records"),
        label_files=(str(tmp_path / "list.csv"),),
        split=Split(0.5, split_by="person"),
    )
    with pytest.raises(
        UserError,
        match="the row of N_0000000000_00000 does not say who is seen: give the label list a column 'person'",
    ):
        write_records(config)


def test_an_intensity_that_is_none_is_unknown_and_named(tmp_path):
    (tmp_path / "list.csv").write_text("path,AU12,AU12_intensity\na.jpg,1,6\nb.jpg,1,C\nc.jpg,1,5\n")
    labels = read_label_list(tmp_path / "list.csv")
    intensities = [row.intensities[row.aus.index(12)] for row in labels.rows]
    np.testing.assert_array_equal(intensities, [np.nan, np.nan, 5])
    assert [row.mask.sum() for row in labels.rows] == [1, 1, 1]
    assert (
        "1 cell '6' not understood and taken as unknown; the first is line 2, the intensity of AU12"
        in labels.remark
    )
    assert "1 cell 'C' not understood" in labels.remark
    (tmp_path / "list.csv").write_text("path,AU12,AU6_intensity\na.jpg,1,6\n")
    with pytest.raises(UserError, match="column 'AU6_intensity' needs a column 'AU6'"):
        read_label_list(tmp_path / "list.csv")


@pytest.mark.parametrize(
    "text",
    [
        LIST + "a.jpg,1,999,2.5,Ann|a\nb.jpg,0,1,,Ben\n",
        # Of the only AU of a set no intensity is known.
        "path,AU07,AU07_intensity\na.jpg,1,\nb.jpg,1,2\n",
    ],
)
def test_a_planned_row_keeps_all_that_a_list_says(tmp_path, text):
    (tmp_path / "list.csv").write_text(text)
    for row in read_label_list(tmp_path / "list.csv").rows:
        planned = PlannedRow(row.example_id, row.photo, 1, label_letters(row)).label_row()
        assert (planned.aus, planned.person) == (row.aus, row.person)
        np.testing.assert_array_equal(planned.labels, row.labels)
        np.testing.assert_array_equal(planned.mask, row.mask)
        np.testing.assert_array_equal(planned.intensities, row.intensities)
