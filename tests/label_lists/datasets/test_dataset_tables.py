"""Each dataset's small folder reads to the table worked out by hand, and a shift by one frame is noticed."""

from dataclasses import asdict

import numpy as np
import pytest
from small_label_folders import SMALL_SETS, present, read_set, unknown, write_files

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.label_lists.datasets.registry import DATASET_FORMATS, find_dataset
from emotionet_tf.label_lists.reading import read_label_list

CASES = list(SMALL_SETS)


def test_every_format_has_a_small_folder():
    assert {one.name for one in DATASET_FORMATS} == {name.removesuffix("_as_text") for name in CASES}


@pytest.mark.parametrize("name", CASES)
def test_folder_reads_to_the_table_worked_out_by_hand(name, tmp_path):
    small = SMALL_SETS[name]()
    labels = read_set(tmp_path, small)
    rows = {row.photo: row for row in labels.rows if row.photo in small.pictures}
    assert {photo: present(row) for photo, row in rows.items()} == dict(small.present)
    assert {photo: unknown(row) for photo, row in rows.items() if unknown(row)} == dict(small.unknown)


@pytest.mark.parametrize("name", CASES)
def test_layout_tells_the_format(name, tmp_path):
    found = find_dataset(write_files(tmp_path, SMALL_SETS[name]().files))
    assert found and found.name == name.removesuffix("_as_text")


@pytest.mark.parametrize("name", CASES)
def test_named_format_reads_the_same(name, tmp_path):
    small = SMALL_SETS[name]()
    reading = LabelReading(**{**asdict(small.reading), "label_format": name.removesuffix("_as_text")})
    named = read_label_list(write_files(tmp_path, small.files), reading, small.pictures)
    found = read_label_list(tmp_path, small.reading, small.pictures)
    assert [row.example_id for row in named.rows] == [row.example_id for row in found.rows]
    np.testing.assert_array_equal([row.labels for row in named.rows], [row.labels for row in found.rows])


@pytest.mark.parametrize("name", CASES)
def test_another_format_s_name_is_refused_in_one_line(name, tmp_path):
    write_files(tmp_path, SMALL_SETS[name]().files)
    other = "raf_au" if name != "raf_au" else "disfa"
    with pytest.raises(UserError, match=r"^[^\n]*: not [^\n]*, which is [^\n]*$"):
        find_dataset(tmp_path, other)


NOTICES = ("rows without a picture", "pictures without a row", "shifted")


def said_of(labels, folder) -> set[str]:
    """Returns what is said that may tell of a shift."""
    lines = labels.remark.replace(str(folder), "").splitlines() + [one.reason for one in labels.rejected]
    return {line for line in lines if any(notice in line for notice in NOTICES)}


@pytest.mark.parametrize("by", [1, -1])
@pytest.mark.parametrize("name", [name for name in CASES if SMALL_SETS[name]().shifted])
def test_shift_by_one_frame_is_noticed(name, by, tmp_path):
    small = SMALL_SETS[name]()
    assert small.shifted
    right = said_of(read_set(tmp_path / "right", small), tmp_path / "right")
    try:
        labels = read_set(tmp_path / "shifted", small, small.shifted(small.files, by))
    except UserError as error:
        assert "shifted" in str(error) or "a picture's number" in str(error) or "numbered" in str(error)
    else:
        assert said_of(labels, tmp_path / "shifted") - right


def test_only_formats_with_times_cannot_notice_a_shift():
    assert {name for name in CASES if not SMALL_SETS[name]().shifted} == {"elan", "observer_xt"}
