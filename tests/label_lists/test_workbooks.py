"""Lists as .xlsx workbooks: EmotioNet's opt set is distributed as one."""

import re
import zipfile

import numpy as np
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.formats.emotionet import OPT_LIST, TRAINING_LIST
from emotionet_tf.label_lists.formats.plain_csv import PLAIN_CSV
from emotionet_tf.label_lists.photo_urls import OpenUrlList
from emotionet_tf.label_lists.reading import read_class_list, read_label_list
from emotionet_tf.label_lists.rejection_reasons import RejectedRow
from emotionet_tf.label_lists.streaming import open_label_list
from emotionet_tf.label_lists.tables import workbooks

openpyxl = pytest.importorskip("openpyxl")

URL = "https://example.invalid/Images/N_0000000002/N_0000000002_{:05d}.jpg"
SHEET = "xl/worksheets/sheet1.xml"
OPT_HEADER = ["URL", "URL orig", *(f" 'AU {au}'" for au in range(1, 61))]


def opt_row(number, value=0.0):
    return [f"'{URL.format(number)}'", f"http://example.invalid/{number}.jpg'", *[value] * 60]


def save(path, *sheets):
    """Writes a workbook whose sheets have these rows, and names them one, two and so on."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for index, rows in enumerate(sheets):
        sheet = workbook.create_sheet(("one", "two", "three", "four", "five")[index])
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def patched(path, part, change):
    """Rewrites a part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def test_opt_list_reads_as_its_csv_does(tmp_path):
    rows = [OPT_HEADER, opt_row(1, 1.0), [], opt_row(2, 999), [None] * 62, opt_row(3, "'0'"), opt_row(4, 0.5)]
    workbook = save(tmp_path / "opt.xlsx", rows)
    csv = tmp_path / "opt.csv"
    csv.write_text("\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in rows))
    labels, expected = read_label_list(workbook), read_label_list(csv)
    assert labels.format == OPT_LIST.name
    assert labels.num_blank_lines == expected.num_blank_lines == 2
    assert [(row.line, row.reason) for row in labels.rejected] == [(7, "AU 1 is '0.5', none of 0, 1, 999")]
    for row, other in zip(labels.rows, expected.rows, strict=True):
        assert (row.line, row.example_id, row.photo) == (other.line, other.example_id, other.photo)
        np.testing.assert_array_equal(row.labels, other.labels)
        np.testing.assert_array_equal(row.mask, other.mask)


def test_first_sheet_with_a_lists_header_is_read(tmp_path):
    notes = [["Read me"], ["these are labels"]]
    rows = [[], ["path", "AU01", "note"], ["a.jpg", 1, "x\ny"], ["b.jpg"], ["c.jpg", 0, None, "left over"]]
    opened = open_label_list(save(tmp_path / "list.xlsx", notes, rows, [OPT_HEADER]))
    assert opened.format == PLAIN_CSV.name
    for _ in range(2):
        one, two, three = opened
        assert (one.line, one.example_id, one.labels[0], one.mask[0]) == (3, "a.jpg", 1, 1)
        assert (two.line, two.example_id, two.mask[0]) == (4, "b.jpg", 0)
        assert (three.line, three.reason) == (5, "4 fields instead of 3")


def test_sheets_of_one_format_are_one_list_and_the_others_are_named(tmp_path):
    notes = [["Read me"], ["these are labels"]]
    first = [["path", "AU01"], ["a.jpg", 1], ["b.jpg", 0, None, 1]]
    second = [["id", "AU02", "path"], [None, 1, "c.jpg"], [None, 0, "a.jpg"], [None, 1, None]]
    path = save(tmp_path / "list.xlsx", first, notes, second, [], [OPT_HEADER, opt_row(1)])
    labels = read_label_list(path)
    assert labels.format == PLAIN_CSV.name
    assert labels.labelled_aus == (1, 2)
    assert [(row.example_id, row.line, row.source) for row in labels.rows] == [
        ("a.jpg", 2, "sheet 'one'"),
        ("c.jpg", 2, "sheet 'three'"),
    ]
    assert labels.rows[1].mask[:2].tolist() == [0, 1]
    assert [(bad.line, bad.source, bad.reason) for bad in labels.rejected] == [
        (3, "sheet 'one'", "4 fields instead of 2"),
        (3, "sheet 'three'", "joined into the record of an earlier row: AU02 added to line 2 of sheet 'one'"),
        (4, "sheet 'three'", "no id"),
    ]
    assert labels.remark == (
        f"{path}: sheets 'one', 'three' are read; skipped, not of the format 'plain CSV': 'two': Read me; "
        "'five': URL | URL orig |  'AU 1'"
    )
    assert list(open_label_list(path)) != []


def test_sheet_of_something_else_before_the_list_does_not_hide_it(tmp_path):
    legend = [["id", "meaning"], ["999", "unknown"]]
    path = save(tmp_path / "list.xlsx", legend, [OPT_HEADER, opt_row(1)], [OPT_HEADER, opt_row(2)])
    labels, photos = read_label_list(path), list(OpenUrlList(path))
    assert labels.format == OPT_LIST.name
    assert [row.source for row in labels.rows] == ["sheet 'two'", "sheet 'three'"]
    assert [(row.example_id, row.line, row.source) for row in labels.rows] == [
        (photo.example_id, photo.line, photo.source) for photo in photos
    ]
    assert OpenUrlList(path).remark == labels.remark
    assert "skipped, not of the format 'opt list': 'one': id | meaning" in labels.remark


def test_list_of_one_sheet_needs_no_remark_for_empty_ones(tmp_path):
    opened = open_label_list(save(tmp_path / "list.xlsx", [OPT_HEADER, opt_row(1)], [], []))
    assert opened.remark == ""
    assert [row.source for row in opened] == [""]


def test_wrong_header_names_its_sheet(tmp_path):
    path = save(tmp_path / "list.xlsx", [OPT_HEADER, opt_row(1)], [OPT_HEADER[:9]])
    with pytest.raises(UserError, match="list.xlsx, sheet 'two': the opt list has no column 'AU 9'"):
        open_label_list(path)
    message = r"legend.xlsx: no sheet is a label list: 'one': id \| meaning; 'two': id \| more\. .* one of: training"
    with pytest.raises(UserError, match=message):
        open_label_list(save(tmp_path / "legend.xlsx", [["id", "meaning"]], [["id", "more"]]))


def test_training_list_has_no_header_in_a_workbook_either(tmp_path):
    labels = read_label_list(save(tmp_path / "training.xlsx", [opt_row(1, 1), opt_row(2)]))
    assert labels.format == TRAINING_LIST.name
    assert [row.line for row in labels.rows] == [1, 2]


def test_classes_and_urls_are_read_of_workbooks(tmp_path):
    classes = read_class_list(save(tmp_path / "classes.xlsx", [["Path", "Class"], ["a.jpg", "ann"]]))
    assert classes.rows[0].class_name == "ann"
    photo, bad = OpenUrlList(save(tmp_path / "opt.xlsx", [OPT_HEADER, opt_row(7), ["x", *opt_row(8)]]))
    assert photo.urls == (URL.format(7), "http://example.invalid/7.jpg")
    assert photo.photo == "N_0000000002/N_0000000002_00007.jpg"
    assert isinstance(bad, RejectedRow)


@pytest.mark.parametrize("dimension", ["A1:B2", "A3:BJ3", "A1", "A1:XFD1048576", None])
def test_wrong_dimensions_cost_no_row(tmp_path, dimension):
    path = save(tmp_path / "opt.xlsx", [OPT_HEADER, opt_row(1), opt_row(2), opt_row(3)])
    element = f'<dimension ref="{dimension}"/>' if dimension else ""
    patched(path, SHEET, lambda text: re.sub("<dimension[^>]*>", element, text))
    assert [row.line for row in read_label_list(path).rows] == [2, 3, 4]


def test_workbook_under_another_name_is_read(tmp_path):
    path = save(tmp_path / "list.xlsx", [["path", "AU1"], ["a.jpg", 1]]).rename(tmp_path / "list.csv")
    assert len(read_label_list(path).rows) == 1


def test_sheets_without_a_list_are_named(tmp_path):
    path = save(tmp_path / "list.xlsx", [["name", "AU 1"]], [])
    with pytest.raises(
        UserError, match=r"list.xlsx: no sheet is a label list.*'one': name \| AU 1; 'two': empty"
    ):
        read_label_list(path)


def bomb(path):
    return patched(path, SHEET, lambda text: text.replace("<sheetData>", "<sheetData>" + " " * (66 << 20)))


def far_row(path):
    return patched(path, SHEET, lambda text: text.replace('<row r="2"', '<row r="2000000000"'))


def entities(path):
    """Entities that are ten times the one before, the last of 10 GB."""
    lines = ["<!DOCTYPE x [<!ENTITY a0 'aaaaaaaaaa'>"]
    lines += [f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 10)]
    return patched(path, SHEET, lambda text: "".join([*lines, "]>"]) + text.replace("URL orig", "&a9;"))


def cut_off(path):
    path.write_bytes(path.read_bytes()[:-100])
    return path


@pytest.mark.parametrize("harm", [bomb, far_row, entities, cut_off])
def test_harmful_or_damaged_workbook_is_one_clear_error(tmp_path, monkeypatch, harm):
    monkeypatch.setattr(workbooks, "_MAX_ROWS", 5000)
    path = harm(save(tmp_path / "opt.xlsx", [OPT_HEADER, opt_row(1)]))
    with pytest.raises(
        UserError, match=r"opt.xlsx: (its file .* unpacks|not a text file, and no whole .xlsx)"
    ):
        read_label_list(path)


@pytest.mark.parametrize("name", ["old.xls", "encrypted.xlsx"])
def test_old_or_encrypted_workbook_says_what_to_do(tmp_path, name):
    (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000))
    with pytest.raises(UserError, match=f"{name}: an .xls workbook.*save it as .xlsx without a password"):
        read_label_list(tmp_path / name)


def test_zip_of_something_else_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("a.jpg", b"x")
    with pytest.raises(UserError, match="photos.zip: not a text file"):
        open_label_list(tmp_path / "photos.zip")
