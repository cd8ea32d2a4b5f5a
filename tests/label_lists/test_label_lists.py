import tracemalloc

import numpy as np
import pytest

from emotionet_tf.action_units import ACTION_UNITS, AU_NAMES, AUTOMATIC_AUS, column_of
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists import row_parser
from emotionet_tf.label_lists.formats.emotionet import (
    OPT_LIST,
    TRAINING_LIST,
    write_opt_list,
    write_training_list,
)
from emotionet_tf.label_lists.formats.plain_csv import PLAIN_CSV, write_plain_csv
from emotionet_tf.label_lists.photo_ids import example_id, relative_photo_path
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.label_lists.streaming import open_label_list

URL = "https://example.invalid/Images/N_0000000002/N_0000000002_{:05d}.jpg"
OPT_HEADER = "URL,URL orig," + ",".join(f" 'AU {au}'" for au in range(1, 61))


def training_line(number, positives=(), **changes):
    values = ["1" if au in positives else "0" for au in range(1, 61)]
    for au, value in changes.items():
        values[int(au.removeprefix("au")) - 1] = value
    return "\t".join([URL.format(number), "http://example.invalid/a.jpg", *values])


def opt_line(number, **changes):
    values = ["0"] * 60
    for au, value in changes.items():
        values[int(au.removeprefix("au")) - 1] = value
    return ",".join([f"'{URL.format(number)}'", "'http://example.invalid/a.jpg'", *values])


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n", newline="")
    return path


def label(row, au):
    """The value of an AU, or None where it is unknown."""
    column = column_of(au)
    return float(row.labels[column]) if row.mask[column] else None


def test_training_list_labels_only_the_automatic_aus(tmp_path):
    labels = read_label_list(write(tmp_path / "dataFile_0001.txt", training_line(1, positives=(12, 10, 51))))
    (row,) = labels.rows
    assert labels.format == TRAINING_LIST.name
    assert labels.labelled_aus == AUTOMATIC_AUS
    assert row.example_id == "N_0000000002_00001"
    assert label(row, 12) == 1
    assert label(row, 1) == 0
    assert label(row, 10) is None
    assert label(row, 51) is None
    assert row.mask.sum() == 12


def test_training_list_separated_by_blanks_reads_the_same(tmp_path):
    line = training_line(1, positives=(12,), au1="999")
    tabs = read_label_list(write(tmp_path / "tabs.txt", line))
    blanks = read_label_list(write(tmp_path / "blanks.txt", line.replace("\t", "   ")))
    np.testing.assert_array_equal(tabs.rows[0].labels, blanks.rows[0].labels)
    np.testing.assert_array_equal(tabs.rows[0].mask, blanks.rows[0].mask)
    assert label(blanks.rows[0], 1) is None


@pytest.mark.parametrize("original", ["", " ", "http://example.invalid/my own photo.jpg"])
def test_original_url_that_is_empty_or_has_blanks_costs_no_row(tmp_path, original):
    cells = training_line(1, positives=(12,)).split("\t")
    lines = ["\t".join([cells[0], original, *cells[2:]]), training_line(2)]
    for order in (lines, lines[::-1]):
        labels = read_label_list(write(tmp_path / "list.txt", *order))
        assert (labels.format, len(labels.rows), labels.rejected) == (TRAINING_LIST.name, 2, [])
        first = next(row for row in labels.rows if row.example_id == "N_0000000002_00001")
        assert (label(first, 12), label(first, 25)) == (1, 0)


def test_training_list_of_paths_with_blanks_is_told_by_its_values(tmp_path):
    cells = training_line(1, positives=(12,)).split("\t")
    line = "\t".join(["my photos/a b.jpg", "c d.jpg", *cells[2:]])
    (row,) = read_label_list(write(tmp_path / "list.txt", line)).rows
    assert (row.photo, label(row, 12)) == ("my photos/a b.jpg", 1)


def test_opt_list_as_spreadsheets_save_it_is_read(tmp_path):
    path = tmp_path / "opt.csv"
    lines = [OPT_HEADER, opt_line(1, au1="'1'", au2="1.0", au51="999"), "," * 61, "", opt_line(2, au43=" 1 ")]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    labels = read_label_list(path)
    assert labels.format == OPT_LIST.name
    assert labels.labelled_aus == ACTION_UNITS
    assert labels.num_blank_lines == 2
    assert [row.line for row in labels.rows] == [2, 5]
    assert [label(labels.rows[0], au) for au in (1, 2, 4, 51)] == [1, 1, 0, None]
    assert label(labels.rows[1], 43) == 1


def test_unknown_is_never_positive(tmp_path):
    (row,) = read_label_list(
        write(tmp_path / "opt.csv", OPT_HEADER, opt_line(1, au1="999", au2="999.0"))
    ).rows
    assert row.labels.max() == 0
    assert label(row, 1) is None
    assert label(row, 2) is None


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_plain_csv_knows_only_its_columns(tmp_path, separator):
    lines = ["path,AU01,AU 12,au51,note", "a/x.jpg,1,,0,good", "a/y.jpg,999,1,0.0,bad"]
    labels = read_label_list(write(tmp_path / "list.csv", *(line.replace(",", separator) for line in lines)))
    assert labels.format == PLAIN_CSV.name
    assert labels.labelled_aus == (1, 12, 51)
    assert [row.example_id for row in labels.rows] == ["a/x.jpg", "a/y.jpg"]
    assert [[label(row, au) for au in (1, 12, 51, 2)] for row in labels.rows] == [
        [1, None, 0, None],
        [None, 1, 0, None],
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (opt_line(2, au12="2"), "AU 12 is '2', none of 0, 1, 999"),
        (opt_line(2, au12="0.5"), "AU 12 is '0.5', none of 0, 1, 999"),
        (opt_line(2, au12=""), "AU 12 is '', none of 0, 1, 999"),
        (opt_line(2, au12="nan"), "AU 12 is 'nan', none of 0, 1, 999"),
        (opt_line(2) + ",1", "63 fields instead of 62"),
        ("'https://example.invalid/N_1_2.jpg',,0", "3 fields instead of 62"),
        ("''," + opt_line(2).partition(",")[2], "no id"),
        (opt_line(1), "duplicate id, same labels as line 2"),
        (opt_line(1, au1="1"), "duplicate id, conflicting labels as line 2"),
        (opt_line(1, au1="999"), "duplicate id, same labels as line 2"),
    ],
)
def test_bad_row_is_rejected_with_line_and_reason(tmp_path, line, reason):
    labels = read_label_list(write(tmp_path / "opt.csv", OPT_HEADER, opt_line(1), line, opt_line(3)))
    assert [row.line for row in labels.rows] == [2, 4]
    assert [(bad.line, bad.reason) for bad in labels.rejected] == [(3, reason)]
    assert labels.num_rows == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"PK\x03\x04\0\0", "not a text file"),
        (
            b"a,b\n1,2\n",
            r"not a label list; its first row is a, b\. A label list must be one of: training list \(.*\); "
            r"opt list \(.*\); plain CSV \(",
        ),
        (b"path,note\nx.jpg,3\n", "not a label list; its first row is path, note.*AU columns such as AU01"),
        (b"path,AU03\nx.jpg,1\n", "unknown AU column 'AU03'"),
        (b"path,AU1,AU01\nx.jpg,1,1\n", "two columns for AU 1"),
        (OPT_HEADER.replace(" 'AU 43',", "").encode() + b"\n", "no column 'AU 43'"),
    ],
)
def test_bad_file_is_refused_by_name(tmp_path, content, message):
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"list.csv.*{message}"):
        read_label_list(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"gone.csv: no such label list"):
        read_label_list(tmp_path / "gone.csv")


def test_foreign_bytes_in_a_url_cost_nothing(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes(training_line(1).replace("a.jpg", "caf\xe9.jpg").encode("latin-1"))
    assert [row.example_id for row in read_label_list(path).rows] == ["N_0000000002_00001"]


def some_rows():
    random = np.random.default_rng(5)
    rows = []
    for number in range(20):
        mask = (random.random(23) < 0.8).astype(np.float32)
        labels = (random.random(23) < 0.4).astype(np.float32) * mask
        photo = f"N_0000000003/N_0000000003_{number:05d}.jpg"
        rows.append(LabelRow(example_id(photo), photo, labels, mask))
    return rows


@pytest.mark.parametrize("write_list", [write_opt_list, write_plain_csv])
def test_written_list_reads_back_the_same(tmp_path, write_list):
    rows = some_rows()
    write_list(tmp_path / "list", rows)
    labels = read_label_list(tmp_path / "list")
    assert not labels.rejected
    for written, read in zip(rows, labels.rows, strict=True):
        assert read.example_id == written.example_id
        assert relative_photo_path(read.photo) == written.photo
        np.testing.assert_array_equal(read.labels, written.labels)
        np.testing.assert_array_equal(read.mask, written.mask)


def test_written_training_list_has_62_fields_and_reads_back_its_12_aus(tmp_path):
    rows = some_rows()
    write_training_list(tmp_path / "list.txt", rows, base_url="https://host.invalid/Images/")
    first = (tmp_path / "list.txt").read_text().splitlines()[0].split("\t")
    assert len(first) == 62
    assert first[0] == "https://host.invalid/Images/N_0000000003/N_0000000003_00000.jpg"
    assert first[1 + 10] == "0"
    for written, read in zip(rows, read_label_list(tmp_path / "list.txt").rows, strict=True):
        assert [label(read, au) for au in AUTOMATIC_AUS] == [label(written, au) for au in AUTOMATIC_AUS]


def test_memory_of_an_open_list_does_not_grow_with_its_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(row_parser, "_MAX_KNOWN", 256)
    header = ",".join(["path", *AU_NAMES])
    peaks = []
    for num_rows in (500, 5_000):
        # Nearly every row has values that no other one has.
        rows = (",".join([f"{i}.jpg", *f"{i * 2_654_435_761 % (1 << 23):023b}"]) for i in range(num_rows))
        path = write(tmp_path / "list.csv", header, *rows)
        tracemalloc.start()
        assert sum(isinstance(row, LabelRow) for row in open_label_list(path)) == num_rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 300_000
