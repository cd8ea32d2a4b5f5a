"""Names that a spreadsheet would run as formulas: harmless ones."""

import csv
import zipfile

import openpyxl
import pandas as pd
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.inference.other_tools.reading import read_tool_table
from emotionet_tf.inference.prediction_files import read_predictions
from emotionet_tf.inference.tables.conditions import read_conditions
from emotionet_tf.inference.tables.file_formats import read_table, write_table
from emotionet_tf.inference.tables.spreadsheet_texts import escaped, unescaped
from emotionet_tf.label_lists.photo_ids import example_id

NAMES = [
    "=1+1.jpg",
    "+1.jpg",
    "-1.jpg",
    "@A1.jpg",
    "\t=2.jpg",
    "'=3.jpg",
    "''-4.jpg",
    "'quoted'.jpg",
    "a=b.jpg",
    "-",
]


@pytest.fixture
def table() -> pd.DataFrame:
    count = len(NAMES)
    columns = {"id": NAMES, "file": NAMES, "face_index": 0, "found": 1, "AU06": -0.0, "AU12": 0.5}
    return pd.DataFrame(columns, index=range(count))


def test_what_begins_like_a_formula_gets_one_apostrophe_and_loses_it_again():
    assert escaped("=1+1.jpg") == "'=1+1.jpg" and escaped("'=1.jpg") == "''=1.jpg"
    assert escaped("a=b.jpg") == "a=b.jpg" and escaped("'quoted'.jpg") == "'quoted'.jpg"
    assert [unescaped(escaped(name)) for name in NAMES] == NAMES


def test_csv_for_a_spreadsheet_has_no_cell_that_is_run(table, tmp_path):
    write_table(table, {}, tmp_path / "t.csv", for_excel=True)
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert not [row["file"] for row in rows if row["file"][0] in "=+-@\t\r"]
    assert {row["AU06"] for row in rows} == {"-0.0"}  # a number stays one


def test_plain_csv_keeps_names_as_they_are(table, tmp_path):
    write_table(table, {}, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        assert [row["file"] for row in csv.DictReader(file)] == NAMES


@pytest.mark.parametrize("for_excel", [False, True])
def test_every_reader_of_our_tables_gives_the_names_again(table, tmp_path, for_excel):
    path = tmp_path / "t.csv"
    write_table(table, {}, path, for_excel=for_excel)
    assert list(read_table(path)["file"]) == NAMES
    assert list(read_predictions(path).ids) == [example_id(name) for name in NAMES]
    assert [row.picture for row in read_tool_table(path).rows] == [name.strip() for name in NAMES]


def test_conditions_of_a_table_saved_from_a_spreadsheet_name_its_files(tmp_path):
    (tmp_path / "c.csv").write_text("file,condition\n'=1+1.jpg,rest\n", encoding="utf-8-sig")
    assert read_conditions(str(tmp_path / "c.csv")) == {"=1+1.jpg": "rest"}


def test_sheet_has_texts_only_and_they_are_read_again(table, tmp_path):
    write_table(table, {"model": "=1"}, tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert list(read_table(tmp_path / "t.xlsx")["file"]) == NAMES


def test_workbook_that_points_out_of_its_folder_is_not_read(table, tmp_path):
    write_table(table, {}, tmp_path / "t.xlsx")
    with zipfile.ZipFile(tmp_path / "t.xlsx", "a") as archive:
        archive.writestr("../notes.txt", "")
    with pytest.raises(
        UserError, match=r"t\.xlsx holds '\.\./notes\.txt', a link or a path out of its folder"
    ):
        read_table(tmp_path / "t.xlsx")
