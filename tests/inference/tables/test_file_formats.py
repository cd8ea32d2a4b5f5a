import json

import numpy as np
import openpyxl
import pandas as pd
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.inference.tables import file_formats
from emotionet_tf.inference.tables.file_formats import check_format, read_table, write_table

ABOUT = {"model": "fast@12345678", "models": [{"name": "fast"}]}


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "file": ["=1+1.jpg", "Zoë.jpg"],
            "found": pd.array([1, 0], "Int64"),
            "AU12": [0.25, np.nan],
            "AU12_decision": pd.array([0, None], "Int64"),
        }
    )


def test_csv_leaves_blank_what_is_missing(table, tmp_path):
    write_table(table, ABOUT, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines() == [
        "file,found,AU12,AU12_decision",
        "=1+1.jpg,1,0.25,0",
        "Zoë.jpg,0,,",
    ]


def test_csv_for_excel_starts_with_its_mark(table, tmp_path):
    write_table(table, ABOUT, tmp_path / "t.csv", for_excel=True)
    content = (tmp_path / "t.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbffile,") and "Zoë".encode() in content


def test_sheet_has_numbers_texts_blanks_and_what_made_it(table, tmp_path):
    write_table(table, ABOUT, tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    rows = [[cell.value for cell in row] for row in book["faces"].iter_rows()]
    assert rows[1:] == [["=1+1.jpg", 1, 0.25, 0], ["Zoë.jpg", 0, None, None]]
    # A text, which no program computes.
    assert book["faces"]["A2"].data_type == "s"
    assert [cell.value for cell in book["about"][2]] == ["model", "fast@12345678"]
    assert json.loads(book["about"]["B3"].value) == ABOUT["models"]


def test_parquet_keeps_types_and_what_made_it(table, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", exc_type=ImportError)
    write_table(table, ABOUT, tmp_path / "t.parquet")
    read = parquet.read_table(tmp_path / "t.parquet")
    assert json.loads(read.schema.metadata[b"emotionet_tf"]) == ABOUT
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "t.parquet"), table, check_dtype=False)
    assert str(read.schema.field("AU12_decision").type) == "int64"


def test_json_lines_have_null_for_what_is_missing(table, tmp_path):
    write_table(table, ABOUT, tmp_path / "t.jsonl")
    lines = (tmp_path / "t.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"file": "=1+1.jpg", "found": 1, "AU12": 0.25, "AU12_decision": 0},
        {"file": "Zoë.jpg", "found": 0, "AU12": None, "AU12_decision": None},
    ]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "jsonl"])
def test_table_that_was_written_is_read(table, tmp_path, ending):
    if ending == "parquet":
        pytest.importorskip("pyarrow.parquet", exc_type=ImportError)
    write_table(table, ABOUT, tmp_path / f"t.{ending}")
    pd.testing.assert_frame_equal(read_table(tmp_path / f"t.{ending}"), table, check_dtype=False)


def test_path_that_no_format_fits_is_named():
    with pytest.raises(
        UserError, match=r"t\.xls: the ending must be one of \.csv, \.xlsx, \.parquet, \.jsonl, got '\.xls'"
    ):
        check_format("t.xls", for_excel=False)
    with pytest.raises(UserError, match=r"--excel is for CSV files; t\.jsonl"):
        check_format("t.jsonl", for_excel=True)
    check_format("t.CSV", for_excel=True)
    check_format("table", for_excel=False)


def test_missing_package_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(
        file_formats.FORMATS, ".csv", file_formats.FileFormat(print, print, ("no_such_package", "charts"))
    )
    with pytest.raises(
        UserError, match=r"t\.csv needs no_such_package: pip install 'emotionet_tf\[charts\]'"
    ):
        check_format("t.csv", for_excel=False)


def test_table_too_long_for_a_sheet_is_refused(table, tmp_path, monkeypatch):
    monkeypatch.setattr(file_formats, "_MOST_EXCEL_ROWS", 1)
    with pytest.raises(UserError, match=r"holds 1 rows, not 2; write \.csv or \.parquet"):
        write_table(table, ABOUT, tmp_path / "t.xlsx")
    assert not list(tmp_path.iterdir())
