"""Whatever is done to a table, it is refused in one line or each of its rows is accounted for."""

import pytest
from tool_inputs import OPENFACE2_IMAGE, OPENFACE2_VIDEO, PYAFAR, TEXTS, put

from emotionet_tf.errors import UserError
from emotionet_tf.inference.other_tools.reading import format_rejected, read_tool_table
from emotionet_tf.inference.other_tools.registry import TOOL_FORMATS, format_named


def read_or_refused(path, text):
    """Returns the table, or None where it is refused in one line; checks that no row is lost."""
    try:
        table = read_tool_table(put(path, text))
    except UserError as error:
        assert "\n" not in str(error) and str(path) in str(error)
        return None
    lines = [line for line in text.split("\n")[1:] if line.strip(" ,;\t")]
    assert len(table.rows) + len(table.rejected) == len(lines)
    return table


@pytest.mark.parametrize("name", TEXTS)
def test_example_is_recognized_and_complete(name, tmp_path):
    table = read_or_refused(tmp_path / f"{name}.csv", TEXTS[name])
    assert not table.rejected
    expected = {
        "openface2": "OpenFace 2",
        "openface3": "OpenFace 3",
        "pyfeat2": "Py-Feat 2",
        "libreface": "LibreFace",
    }
    assert table.title == expected.get(
        name.partition("_")[0], {"pyafar": "PyAFAR", "ours": "emotionet_tf"}.get(name)
    )


@pytest.mark.parametrize("name", TEXTS)
def test_table_cut_anywhere_loses_no_row_from_sight(name, tmp_path):
    text = TEXTS[name].rstrip("\n")
    whole = len(read_tool_table(put(tmp_path / "whole.csv", text)).rows)
    for end in range(len(text)):
        table = read_or_refused(tmp_path / "cut.csv", text[:end])
        assert table is None or len(table.rows) <= whole


@pytest.mark.parametrize("name", TEXTS)
def test_row_cut_within_its_numbers_is_rejected_with_its_line(name, tmp_path):
    lines = TEXTS[name].splitlines()
    fields = lines[0].count(",")
    # A row of fewer fields than the header; one without quotes, so that fields can be counted.
    cut = ",".join(["1"] * (fields // 2))
    table = read_tool_table(put(tmp_path / "a.csv", "\n".join([*lines, cut])))
    assert [row.line for row in table.rejected] == [len(lines) + 1]
    assert "fields instead of" in table.rejected[0].reason


@pytest.mark.parametrize("name", [name for name, text in TEXTS.items() if '"' not in text])
@pytest.mark.parametrize("separator", [";", "\t", "|", " "])
def test_other_separators_are_read_alike_or_refused(name, separator, tmp_path):
    plain = TEXTS[name]
    path = tmp_path / f"{name}.csv"
    expected = read_tool_table(put(path, plain))
    table = read_or_refused(path, plain.replace(", ", ",").replace(",", separator))
    if separator in ";\t":
        assert [row.place for row in table.rows] == [row.place for row in expected.rows]
    else:
        assert table is None


def test_decimal_commas_of_a_spreadsheet_are_numbers(tmp_path):
    text = PYAFAR.replace(",", ";").replace(".", ",")
    table = read_tool_table(put(tmp_path / "a.csv", text))
    assert table.rows[0].scores.tolist() == [0.93, 0.04, 2.6, 0.0]


@pytest.mark.parametrize("name", TEXTS)
def test_repeated_row_is_rejected_and_names_the_first(name, tmp_path):
    lines = TEXTS[name].splitlines()
    table = read_tool_table(put(tmp_path / "a.csv", "\n".join([*lines, lines[1]])))
    assert [(row.line, row.reason) for row in table.rejected] == [
        (len(lines) + 1, "all cells are those of line 2")
    ]
    assert len(table.rows) == len(lines) - 1


def test_second_row_of_one_face_with_other_numbers_is_rejected(tmp_path):
    again = "2, 0, 0.033, 0.98, 1, 0.00, 0.00, 0.00, 0.00, 0.00\n"
    table = read_tool_table(put(tmp_path / "clip.csv", OPENFACE2_VIDEO + again))
    assert [(row.line, row.reason) for row in table.rejected] == [(6, "a second row of the face of line 3")]


@pytest.mark.parametrize("text", ["", "\n\n", "  \n", ",,,\n"])
def test_empty_file_is_refused(text, tmp_path):
    with pytest.raises(UserError, match=r"empty\.csv: the file is empty"):
        read_tool_table(put(tmp_path / "empty.csv", text))


@pytest.mark.parametrize("name", TEXTS)
def test_header_alone_is_refused(name, tmp_path):
    with pytest.raises(UserError, match="no row of it can be used: it has only a header"):
        read_tool_table(put(tmp_path / "a.csv", TEXTS[name].splitlines()[0] + "\n"))


def test_missing_file_and_binary_file_are_refused(tmp_path):
    with pytest.raises(UserError, match="no such table"):
        read_tool_table(tmp_path / "none.csv")
    (tmp_path / "zero.csv").write_bytes(b"frame,confidence,AU12_c\n1,\0,1\n")
    with pytest.raises(UserError, match="zero byte"):
        read_tool_table(tmp_path / "zero.csv")
    for ending in (".xlsx", ".parquet", ".jsonl"):
        (tmp_path / f"broken{ending}").write_bytes(b"not a table")
        with pytest.raises(UserError, match="cannot be read as"):
            read_tool_table(tmp_path / f"broken{ending}")


def test_unknown_table_lists_the_programs(tmp_path):
    with pytest.raises(
        UserError, match="columns are a, b. Known are: openface3 .*libreface.*pyafar.*pyfeat2.*openface2"
    ):
        read_tool_table(put(tmp_path / "a.csv", "a,b\n1,2\n"))


def test_forced_format_is_checked_and_a_wrong_name_lists_the_choices(tmp_path):
    path = put(tmp_path / "a.csv", OPENFACE2_IMAGE)
    assert read_tool_table(path, format_named("openface2")).title == "OpenFace 2"
    with pytest.raises(UserError, match="PyAFAR has columns 'Frame' and Occ_au_1"):
        read_tool_table(path, format_named("pyafar"))
    with pytest.raises(UserError, match="format must be one of auto, openface3.*got 'openface'"):
        format_named("openface")
    assert format_named("auto") is None and set(TOOL_FORMATS) > {"pyfeat2"}


def test_column_that_is_there_twice_is_refused(tmp_path):
    with pytest.raises(UserError, match="two columns are called 'AU12_c'"):
        read_tool_table(put(tmp_path / "a.csv", OPENFACE2_IMAGE.replace("AU06_c", "AU12_c")))


def test_folder_reports_files_that_are_not_tables(tmp_path):
    put(tmp_path / "of/a.csv", OPENFACE2_IMAGE)
    put(tmp_path / "of/b.csv", "")
    put(tmp_path / "of/c.csv", OPENFACE2_IMAGE.splitlines()[0])
    put(tmp_path / "of/notes.csv", "x,y\n1,2\n")
    table = read_tool_table(tmp_path / "of")
    assert len(table.rows) == 2
    assert [row.example_id for row in table.rejected] == ["b.csv", "c.csv", "notes.csv"]
    assert "3 rows could not be used; the first is" in format_rejected(table.rejected)
    assert "b.csv: the file is empty" in format_rejected(table.rejected)


def test_folder_without_any_table_and_of_several_programs_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no table"):
        read_tool_table(tmp_path / "empty")
    put(tmp_path / "bad/a.csv", "x\n1\n")
    with pytest.raises(UserError, match="none of its 1 files can be used"):
        read_tool_table(tmp_path / "bad")
    put(tmp_path / "mixed/a.csv", OPENFACE2_IMAGE)
    put(tmp_path / "mixed/b.csv", PYAFAR)
    with pytest.raises(UserError, match="has tables of OpenFace 2 and of PyAFAR"):
        read_tool_table(tmp_path / "mixed")


def test_files_with_other_columns_are_put_side_by_side(tmp_path):
    put(tmp_path / "of/a.csv", "face,confidence,AU12_c\n0,0.9,1\n")
    put(tmp_path / "of/b.csv", "face,confidence,AU06_c,AU12_c\n0,0.9,1,0\n")
    table = read_tool_table(tmp_path / "of")
    assert [column.name for column in table.columns] == ["AU12_c", "AU06_c"]
    assert table.rows[0].scores[0] == 1 and table.rows[0].scores[1] != table.rows[0].scores[1]
    assert table.rows[1].scores.tolist() == [0, 1]
