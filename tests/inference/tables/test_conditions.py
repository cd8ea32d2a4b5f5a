import numpy as np
import pandas as pd
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.inference.tables.conditions import conditions_of, read_conditions, summarize, summary_path
from emotionet_tf.intervals import share_interval


def table() -> pd.DataFrame:
    files = ["happy/a.jpg", "happy/b.jpg", "happy/c.jpg", "sad/d.jpg", "e.jpg"]
    return pd.DataFrame(
        {
            "file": files,
            "found": [1, 1, 0, 1, 1],
            "AU12": [0.5, 0.75, np.nan, 0.25, 1.0],
            "AU12_decision": pd.array([1, 1, None, 0, 1], "Int64"),
        }
    )


def test_summary_counts_photos_and_faces_apart():
    files = table()["file"].tolist()
    summary = summarize(table(), (12,), conditions_of(files, "folder")).set_index("condition")
    assert list(summary.index) == ["happy", "sad"]
    happy = summary.loc["happy"]
    assert (happy.num_photos, happy.num_faces, happy.num_present) == (3, 2, 2)
    # Mean .625 of two faces whose standard deviation is .1768; t with one degree is 12.706.
    half = 12.706 * 0.25 / 2**0.5 / 2**0.5
    assert [happy.mean_score, happy.mean_low, happy.mean_high] == pytest.approx(
        [0.625, 0.625 - half, 0.625 + half], abs=1e-3
    )
    assert [happy.share_present, happy.share_low, happy.share_high] == pytest.approx(
        share_interval(2, 2), abs=1e-4
    )
    sad = summary.loc["sad"]
    assert sad.mean_score == 0.25 and np.isnan(sad.mean_low) and sad.share_present == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_conditions_that_a_spreadsheet_saved_are_read(tmp_path, encoding):
    (tmp_path / "c.csv").write_text("file;condition\nhappy\\a.jpg;smile, broad\n", encoding=encoding)
    assert read_conditions(str(tmp_path / "c.csv")) == {"happy/a.jpg": "smile, broad"}


def test_photo_that_only_its_names_spelling_keeps_from_its_condition_is_named(tmp_path):
    (tmp_path / "c.csv").write_text("file,condition\na.JPG,smile\nb.jpg,rest\n")
    with pytest.raises(
        UserError, match="1 differ only in upper and lower case, such as 'a.JPG' and 'a.jpg'; write"
    ):
        conditions_of(["a.jpg", "b.jpg"], str(tmp_path / "c.csv"))


def test_conditions_are_read_by_the_photos_names(tmp_path):
    path = tmp_path / "conditions.csv"
    path.write_text("\ufefffile,condition\nhappy/a.jpg,smile\ne.jpg,rest\nelse.jpg,rest\n", encoding="utf-8")
    assert conditions_of(["happy/a.jpg", "sad/d.jpg", "e.jpg"], str(path)) == {
        "happy/a.jpg": "smile",
        "e.jpg": "rest",
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("photo,condition\na,b\n", r"has no column 'file'; its columns are photo, condition"),
        ("file,condition\na.jpg,\n", r"line 2: file and condition must not be blank"),
        ("file,condition\na.jpg,x\na.jpg,y\n", r"line 3: a\.jpg is already x"),
        ("", r"has no column 'file'"),
    ],
)
def test_bad_file_of_conditions_is_named(tmp_path, content, message):
    path = tmp_path / "c.csv"
    path.write_text(content)
    with pytest.raises(UserError, match=message):
        read_conditions(str(path))


def test_conditions_that_fit_no_photo_are_refused(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("file,condition\nphotos/a.jpg,x\n")
    with pytest.raises(
        UserError, match=r"names none of the photos: it says 'photos/a\.jpg' where the table has 'a\.jpg'"
    ):
        conditions_of(["a.jpg"], str(path))
    with pytest.raises(UserError, match="no photo lies in a folder below"):
        conditions_of(["a.jpg"], "folder")
    with pytest.raises(UserError, match=r"none\.csv cannot be read: No such file"):
        conditions_of(["a.jpg"], str(tmp_path / "none.csv"))


def test_summary_lies_beside_its_table():
    assert summary_path("out/faces.csv") == "out/faces_summary.csv"
