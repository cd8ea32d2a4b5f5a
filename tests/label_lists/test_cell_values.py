"""What people write into label lists beside 0 and 1: a cell costs itself at most, and nothing is silently absent."""

import numpy as np
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.label_lists.reading import read_label_list


def read(tmp_path, text, **settings):
    (tmp_path / "list.csv").write_text(text)
    return read_label_list(tmp_path / "list.csv", LabelReading(**settings))


def cells(labels, *aus):
    """Returns label or None of each row for each AU."""
    columns = [labels.aus.index(au) for au in aus]
    return [[int(row.labels[c]) if row.mask[c] else None for c in columns] for row in labels.rows]


@pytest.mark.parametrize(
    "text", ["-1", "-1.0", "nan", "NaN", "NA", "n/a", "", " ", "NULL", "None", "999", "999.0"]
)
def test_what_can_only_be_unknown_costs_its_cell_and_needs_no_word(tmp_path, text):
    labels = read(tmp_path, f"path,AU1,AU2\na.jpg,{text},1\nb.jpg,0,{text}\n")
    assert cells(labels, 1, 2) == [[None, 1], [0, None]]
    assert (labels.rejected, labels.remark) == ([], "")


@pytest.mark.parametrize(("yes", "no"), [("yes", "no"), ("Present", "absent"), ("TRUE", "FALSE")])
def test_words_for_presence_are_labels(tmp_path, yes, no):
    labels = read(tmp_path, f"path,AU1,AU2\na.jpg,{yes},{no}\n")
    assert cells(labels, 1, 2) == [[1, 0]]
    assert labels.remark == ""


def test_header_that_comes_again_is_no_photo(tmp_path):
    labels = read(tmp_path, 'path,AU1\na.jpg,1\n"path", AU1\nb.jpg,0\n')
    assert [row.example_id for row in labels.rows] == ["a.jpg", "b.jpg"]
    assert [(row.line, row.reason) for row in labels.rejected] == [(3, "the header again")]
    assert labels.remark == ""


def test_code_that_is_not_known_is_neither_present_nor_absent_and_is_named(tmp_path):
    text = "path,AU1,AU2\na.jpg,9,1\nb.jpg,0,9\nc.jpg,x,1\nd.jpg,0.5,0\n"
    labels = read(tmp_path, text)
    assert cells(labels, 1, 2) == [[None, 1], [0, None], [None, 1], [None, 0]]
    assert not labels.rejected
    assert (
        "list.csv: 2 cells '9' not understood and taken as unknown; the first is line 2, AU01\n"
        in labels.remark
    )
    assert "1 cell 'x' not understood and taken as unknown; the first is line 4, AU01\n" in labels.remark
    assert "1 cell '0.5' not understood and taken as unknown; the first is line 5, AU01\n" in labels.remark
    assert labels.remark.endswith("--unknown_codes=9,x,0.5 says so")


def test_codes_that_were_given_are_unknown_however_the_number_is_written(tmp_path):
    text = "path,AU1,AU2\na.jpg,9.0,1\nb.jpg,0,X\nc.jpg,2,1\n"
    labels = read(tmp_path, text, unknown_codes=("9", "x", "2"))
    assert cells(labels, 1, 2) == [[None, 1], [0, None], [None, 1]]
    assert labels.remark == ""


def test_rows_with_the_same_wrong_cell_are_all_counted(tmp_path):
    rows = "".join(f"{i}.jpg,9,1\n" for i in range(1234))
    labels = read(tmp_path, f"path,AU1,AU2\n{rows}")
    assert "1,234 cells '9'" in labels.remark


def test_many_different_wrong_cells_are_listed_in_a_few_lines(tmp_path):
    rows = "".join(f"{i}.jpg,{i + 10},1\n" for i in range(2000))
    labels = read(tmp_path, f"path,AU1,AU2\n{rows}")
    # 999 is unknown by itself. 1,000 kinds are kept, of the other 999 there is one more: 1,001 kinds, 5 of them listed.
    assert len(labels.remark.splitlines()) == 7
    assert "999 cells 'others'" in labels.remark
    assert "996 cells of 996 other kinds likewise" in labels.remark


@pytest.mark.parametrize(("yes", "no"), [("True", "False"), ("1.0", "0.0"), ('"1,0"', '"0,0"')])
def test_spellings_of_present_and_absent(tmp_path, yes, no):
    labels = read(tmp_path, f"path,AU1,AU2\na.jpg,{yes},{no}\n")
    assert cells(labels, 1, 2) == [[1, 0]]
    assert labels.remark == ""


@pytest.mark.parametrize("value", ["2", "3.0", "1.5", "5"])
def test_intensities_are_not_taken_for_presence(tmp_path, value):
    # 1 is a trace there, and absent in most studies: whoever reads the list as presence trains on something else.
    message = (
        rf"list.csv, line 3: AU02 is '{value}', an intensity: --positive_from=2 .* --unknown_codes={value}$"
    )
    with pytest.raises(UserError, match=message):
        read(tmp_path, f"path,AU1,AU2\na.jpg,1,1\nb.jpg,0,{value}\n")


def test_threshold_makes_presence_of_intensities_and_keeps_them(tmp_path):
    text = "path,AU1,AU2\na.jpg,0,3\nb.jpg,5,1\nc.jpg,2,9\nd.jpg,-1,1.5\n"
    labels = read(tmp_path, text, positive_from=2)
    assert cells(labels, 1, 2) == [[0, 1], [1, 0], [1, None], [None, 0]]
    kept = [row.intensities[[labels.aus.index(1), labels.aus.index(2)]] for row in labels.rows]
    np.testing.assert_array_equal(kept, [[0, 3], [5, 1], [2, np.nan], [np.nan, 1.5]])
    assert "present is what has 2 or more" in labels.remark
    assert "1 cell '9' not understood" in labels.remark


def test_threshold_on_a_list_of_presence_is_warned_of(tmp_path):
    labels = read(tmp_path, "path,AU1\na.jpg,1\nb.jpg,0\n", positive_from=2)
    assert labels.remark.startswith("warning: ")
    assert "no cell is above 1, so that --positive_from=2 makes every AU absent" in labels.remark


def test_threshold_of_a_list_that_says_itself_what_is_present_is_refused(tmp_path):
    with pytest.raises(UserError, match="columns of intensities beside it; leave --positive_from=2 out"):
        read(tmp_path, "path,AU1,AU1_intensity\na.jpg,1,3\n", positive_from=2)
    header = ",".join(["URL", "URL orig", *(f"'AU {au}'" for au in range(1, 61))])
    with pytest.raises(UserError, match="this opt list says itself what is present"):
        read(tmp_path, header + "\n", positive_from=2)


def test_list_of_which_nothing_is_understood_is_refused_with_its_commonest_cells(tmp_path):
    message = (
        r"list.csv: no label is known: 2 cells 'maybe' not understood .* line 2, AU01; 1 cell 'hardly' not"
    )
    with pytest.raises(UserError, match=message):
        read(tmp_path, "path,AU1\na.jpg,maybe\nb.jpg,maybe\nc.jpg,hardly\n")


def test_list_without_any_label_stays_readable(tmp_path):
    labels = read(tmp_path, "path,AU1\na.jpg,\nb.jpg,999\n")
    assert cells(labels, 1) == [[None], [None]]


def test_code_of_the_opt_list_is_given_or_costs_its_row(tmp_path):
    header = ",".join(["URL", "URL orig", *(f"'AU {au}'" for au in range(1, 61))])
    text = f"{header}\n{','.join(['http://x/a.jpg', '', '9', *['0'] * 59])}\n"
    assert [row.reason for row in read(tmp_path, text).rejected] == ["AU 1 is '9', none of 0, 1, 999"]
    assert cells(read(tmp_path, text, unknown_codes=("9",)), 1, 2) == [[None, 0]]


@pytest.mark.parametrize(
    ("above", "lines"),
    [
        ("# exported 2024\n", "line 1: # exported 2024"),
        ("\n# coder: Ann, Bob\n\n#\n", "line 2: # coder: Ann Bob; line 4: #"),
        ("Codes of the study,,\n", "line 1: Codes of the study"),
        ("Coder,Ann,\n", "line 1: Coder Ann"),
    ],
)
def test_title_and_comments_above_the_header_are_named_and_cost_no_row(tmp_path, above, lines):
    labels = read(tmp_path, f"{above}path,AU1,AU2\na.jpg,1,0\n")
    assert cells(labels, 1, 2) == [[1, 0]]
    assert labels.rows[0].line == above.count("\n") + 2
    assert labels.remark == f"{tmp_path / 'list.csv'}: above the header and no rows of the list: {lines}"


def test_rows_above_a_header_are_not_taken_for_titles(tmp_path):
    # Two lists, one behind the other, whose first header was lost.
    with pytest.raises(UserError, match=r"not a label list; its first row is a.jpg, 1, 0"):
        read(tmp_path, "a.jpg,1,0\npath,AU1,AU2\nb.jpg,1,0\n")


def test_title_row_of_a_workbook_is_named(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["Codes of the study"], [], ["path", "AU1", "AU2"], ["a.jpg", 1, 0]):
        book.active.append(row)
    book.save(tmp_path / "list.xlsx")
    labels = read_label_list(tmp_path / "list.xlsx")
    assert cells(labels, 1, 2) == [[1, 0]]
    assert labels.rows[0].line == 4
    assert "above the header and no rows of the list: line 1: Codes of the study" in labels.remark


def test_columns_that_look_like_aus_and_are_not_read_are_named(tmp_path):
    header = "path,AU1,au_2,AU 4,AU12L,AU1_intensity,AU06_r,AU06_c,Action Unit 12,AU6+12,FAU12,author,pause"
    labels = read(tmp_path, f"{header}\na.jpg,1,0,1,1,2,1,1,1,1,1,Ann,3\n")
    assert labels.labelled_aus == (1, 2, 4, 1012)
    assert (
        "not read: AU06_r, AU06_c, Action Unit 12, AU6+12, FAU12; columns of AUs are named" in labels.remark
    )
