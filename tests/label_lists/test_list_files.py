"""Label lists are named by files, folders, patterns, and several of these."""

import re

import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.label_file_arguments import expand_label_files
from emotionet_tf.label_lists.reading import read_label_lists


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Files below the working folder."""
    for name in (
        "b.txt",
        "a.CSV",
        "sub/one.txt",
        "sub/two.txt",
        "sub/.hidden.txt",
        "sub/notes.md",
        "x,y.csv",
        "[1].csv",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "p,q").mkdir()
    (tmp_path / "p,q/z.csv").touch()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (["b.txt"], ["b.txt"]),
        (["b.txt,a.CSV"], ["b.txt", "a.CSV"]),
        (["b.txt", "a.CSV"], ["b.txt", "a.CSV"]),
        ([" b.txt , a.CSV,"], ["b.txt", "a.CSV"]),
        (["sub"], ["sub/one.txt", "sub/two.txt"]),
        (["sub/t*"], ["sub/two.txt"]),
        (["sub/t*,sub,b.txt", "b.txt"], ["sub/two.txt", "sub/one.txt", "b.txt"]),
        (["x,y.csv"], ["x,y.csv"]),
        (["x,y*"], ["x,y.csv"]),
        (["p,q"], ["p,q/z.csv"]),
        (["p,q,b.txt"], ["p,q/z.csv", "b.txt"]),
        (["b.txt, x,y.csv,a.CSV"], ["b.txt", "x,y.csv", "a.CSV"]),
        (["[1].csv"], ["[1].csv"]),
    ],
)
def test_names_stand_for_files_each_once(names, files):
    assert expand_label_files(names) == files


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["gone.csv"], "gone.csv: no such label list"),
        (["b.txt,gone.csv"], "gone.csv: no such label list"),
        (["none*.txt"], "none*.txt: no such label list"),
        (
            ["empty"],
            "empty: no label list in this folder; they end in .txt, .csv, .tsv, .xlsx, and it has no label files of a "
            "dataset either (--label_format)",
        ),
        ([""], "no label list is given"),
        ([","], "no label list is given"),
        ([], "no label list is given"),
    ],
)
def test_name_of_nothing_is_told(names, message):
    with pytest.raises(UserError, match=f"^{re.escape(message)}$"):
        expand_label_files(names)


def test_several_lists_read_as_one_whose_rows_name_their_file(tmp_path):
    (tmp_path / "one.csv").write_text("id,AU04\na,1\nb,0,1\n")
    (tmp_path / "two.csv").write_text("id,AU01,AU04\na,0,0\n\nc,1,\n")
    labels = read_label_lists(["one.csv", "two.csv"])
    assert [(row.example_id, row.source) for row in labels.rows] == [("a", "one.csv"), ("c", "two.csv")]
    assert labels.labelled_aus == (1, 4)
    assert labels.num_blank_lines == 1
    assert [(bad.line, bad.source, bad.reason) for bad in labels.rejected] == [
        (3, "one.csv", "3 fields instead of 2"),
        (2, "two.csv", "duplicate id, conflicting labels as line 2 of one.csv"),
    ]
