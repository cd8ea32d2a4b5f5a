import numpy as np
import pandas as pd
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.inference.decisions import decide
from emotionet_tf.inference.fusion import fuse
from emotionet_tf.inference.prediction_files import Predictions, read_predictions, write_predictions
from emotionet_tf.inference.tables.file_formats import read_table, write_table


def test_written_file_reads_back_the_same(tmp_path):
    predictions = Predictions(
        ("a", "1", "N_0000000001_00001"), (1, 51), np.array([[0.25, 1], [0, 0.5], [1, 0.125]])
    )
    write_predictions(tmp_path / "p.csv", predictions)
    back = read_predictions(tmp_path / "p.csv")
    assert (back.ids, back.aus) == (predictions.ids, predictions.aus)
    np.testing.assert_array_equal(back.scores, predictions.scores)
    assert (tmp_path / "p.csv").read_text().splitlines()[0] == "id,AU01,AU51"


def test_photo_without_prediction_is_absent_for_every_au():
    scores, has_prediction = Predictions(("a",), (1, 2), np.array([[0.9, 0.8]])).scores_of(["b", "a"])
    np.testing.assert_array_equal(scores, [[0, 0], [0.9, 0.8]])
    np.testing.assert_array_equal(has_prediction, [False, True])


def test_blanks_around_names_and_values_do_not_hide_a_column(tmp_path):
    (tmp_path / "p.csv").write_text("id, AU01 ,AU12\na, 0.25,0.5\n")
    predictions = read_predictions(tmp_path / "p.csv")
    assert (predictions.ids, predictions.aus) == (("a",), (1, 12))
    np.testing.assert_array_equal(predictions.scores, [[0.25, 0.5]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,AU01\na,1.5\n", r"id a: AU01 is .*1\.5.*, not in \[0, 1\]"),
        ("id,AU01\na,\n", "id a: AU01 is"),
        ("id,AU01\na,yes\n", "AU01 is 'yes'"),
        ("id,AU01\na,0\na,1\n", "has 'a' twice"),
        ("id,AU01\na,0,9\n", "line 2: 3 cells below 2 names; decimal commas need another separator"),
        ("id,score\na,0\n", "needs a column 'id' and columns of AUs"),
        ("AU01\n0\n", "needs a column 'id'"),
        ("", "is not a CSV table"),
        ("id,AU01\na,0.1\nb,0.2,0.3\n", "is not a CSV table: .*Expected 2 fields in line 3, saw 3$"),
        (
            "id,AU01,AU02\nx,a,0.1,0.2\nx,b,0.2,0.3\n",
            "line 2: 4 cells below 3 names",
        ),
    ],
)
def test_bad_file_names_the_offender(tmp_path, text, message):
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(UserError, match=message):
        read_predictions(tmp_path / "p.csv")


def test_aus_are_spelled_as_in_label_lists(tmp_path):
    header = "id,AU1,AU 2,au_12,AU12L,AU1_threshold,AU12_intensity"
    (tmp_path / "p.csv").write_text(f"{header}\na,0.25,0.5,0.75,1,0.3,4\nb,0,0,0,0,0.3,\n")
    predictions = read_predictions(tmp_path / "p.csv")
    assert predictions.aus == (1, 2, 12, 1012)
    np.testing.assert_array_equal(predictions.scores, [[0.25, 0.5, 0.75, 1], [0, 0, 0, 0]])
    np.testing.assert_array_equal(predictions.thresholds, [0.3, 0.5, 0.5, 0.5])
    np.testing.assert_array_equal(predictions.intensities[12], [4, np.nan])


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "id,AU12,AU01_r,AU06_c",
            "AU01_r, AU06_c would not be scored: .*; emotionet-tf compare scores tables of",
        ),
        ("id,AU12,AU6+7,FAU9", r"AU6\+7, FAU9 would not be scored"),
        (
            "frame,AU01_r,AU01_c,AU06_r",
            "needs a column 'id' and columns of AUs, such as AU01; emotionet-tf compare",
        ),
        ("id,AU01,AU1", "has two columns of AU01: 'AU01' and 'AU1'"),
        ("id,AU01,AU01", "has two columns of AU01: 'AU01' and 'AU01'"),
    ],
)
def test_columns_that_would_silently_not_be_scored_are_refused(tmp_path, header, message):
    (tmp_path / "p.csv").write_text(f"{header}\na{',0.5' * header.count(',')}\n")
    with pytest.raises(UserError, match=message):
        read_predictions(tmp_path / "p.csv")


def test_columns_beside_a_score_are_no_scores(tmp_path):
    (tmp_path / "p.csv").write_text("id,AU12,AU12_present,AU12_comment\na,0.75,1,sure\n")
    assert read_predictions(tmp_path / "p.csv").aus == (12,)


SAVED_AGAIN = {
    "semicolons": "id;AU01;AU12\n001;0,25;1\n002;0,5;0\n",
    "points": "id;AU01;AU12\n001;0.25;1\n002;0.5;0\n",
    "tabs": "id\tAU01\tAU12\n001\t0.25\t1\n002\t0.5\t0\n",
    "blanks": "\n id,AU01,AU12\n001 ,0.25,1\n 002,0.5,0\n",
    "separators_behind": "id,AU01,AU12\n001,0.25,1,\n002,0.5,0,\n",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("text", SAVED_AGAIN.values(), ids=SAVED_AGAIN)
def test_file_that_a_spreadsheet_saved_has_the_same_scores(tmp_path, text, encoding):
    (tmp_path / "p.csv").write_text(text, encoding=encoding)
    predictions = read_predictions(tmp_path / "p.csv")
    assert (predictions.ids, predictions.aus) == (("001", "002"), (1, 12))
    np.testing.assert_array_equal(predictions.scores, [[0.25, 1], [0.5, 0]])


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".jsonl"])
def test_table_of_predict_is_read_in_each_of_its_formats(tmp_path, ending):
    pytest.importorskip({".xlsx": "openpyxl", ".parquet": "pyarrow"}.get(ending, "pandas"))
    columns = {"id": ["001", "1e5"], "face_index": [0, 0], "found": [1, 0], "AU01": [0.25, None]}
    write_table(pd.DataFrame(columns), {}, tmp_path / f"p{ending}")
    predictions = read_predictions(tmp_path / f"p{ending}")
    assert predictions.ids == ("001",)
    np.testing.assert_array_equal(predictions.scores, [[0.25]])
    assert list(read_table(tmp_path / f"p{ending}")["id"]) == ["001", "1e5"]


@pytest.mark.parametrize(("ending", "start"), [(".xlsx", "PK"), (".parquet", "PAR1"), (".jsonl", "{")])
def test_damaged_table_of_another_format_is_named(tmp_path, ending, start):
    (tmp_path / f"p{ending}").write_text("id,AU01\na,0.5\n")
    assert read_predictions(tmp_path / f"p{ending}").ids == ("a",)
    (tmp_path / f"p{ending}").write_text(start)
    with pytest.raises(
        UserError, match=rf"prediction file .*p\{ending} (cannot be read as|needs another package)"
    ):
        read_predictions(tmp_path / f"p{ending}")


def test_ids_are_read_as_label_lists_are(tmp_path):
    (tmp_path / "p.csv").write_text("id,AU01\nsub\\a.jpg,0.5\n./sub/b.jpg,0.5\n")
    assert read_predictions(tmp_path / "p.csv").ids == ("sub/a.jpg", "sub/b.jpg")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            "id,face_index,AU01\na,0,1\na,1,0\n",
            "has 'a' twice: it has several faces of a photo; keep the rows whose",
        ),
        (
            "id,frame,AU01\na,0,1\na,1,0\n",
            "has 'a' twice: it has a row for each frame of a video; emotionet-tf comp",
        ),
        ("id,face_index,AU01\na,0,1\na,0,1\n", "has 'a' twice$"),
    ],
)
def test_table_with_several_rows_of_a_photo_says_what_they_are(tmp_path, text, hint):
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(UserError, match=hint):
        read_predictions(tmp_path / "p.csv")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"none\.csv cannot be read"):
        read_predictions(tmp_path / "none.csv")


def test_fusion_is_the_mean_over_the_members_that_predict_an_au():
    first = Predictions(("a", "b"), (1, 2), np.array([[0.2, 0.4], [1.0, 0.0]]))
    # Another order of photos, another set of AUs.
    second = Predictions(("b", "a"), (2, 51), np.array([[0.6, 0.1], [0.8, 0.3]]))
    fused = fuse([first, second])
    assert (fused.ids, fused.aus) == (("a", "b"), (1, 2, 51))
    np.testing.assert_allclose(fused.scores, [[0.2, 0.6, 0.3], [1.0, 0.3, 0.1]])


def test_members_of_other_photos_are_refused():
    one = Predictions(("a", "b"), (1,), np.zeros((2, 1)))
    other = Predictions(("a", "c"), (1,), np.zeros((2, 1)))
    with pytest.raises(UserError, match=r"file 2 is of other photos than file 1: 2 ids .* such as b"):
        fuse([one, other])


def test_scores_of_one_half_and_more_round_to_present():
    np.testing.assert_array_equal(decide(np.array([0, 0.499999, 0.5, 1])), [0, 0, 1, 1])


def test_mean_of_logits_is_the_sigmoid_of_the_mean_of_logits():
    def logit(score):
        return np.log(score / (1 - score))

    first = Predictions(("a", "b"), (1,), np.array([[0.2], [0.9]]))
    second = Predictions(("a", "b"), (1, 2), np.array([[0.6, 0.3], [0.99, 0.7]]))
    fused = fuse([first, second], "logits")
    for row, (one, other) in enumerate(((0.2, 0.6), (0.9, 0.99))):
        expected = 1 / (1 + np.exp(-(logit(one) + logit(other)) / 2))
        assert fused.scores[row, 0] == pytest.approx(expected, abs=1e-12)
    # One member alone, and members that agree, keep the very score.
    np.testing.assert_array_equal(fused.scores[:, 1], [0.3, 0.7])
    both_without_face = fuse([Predictions(("a",), (1,), np.zeros((1, 1)))] * 2, "logits")
    assert both_without_face.scores[0, 0] == 0


def test_scores_written_as_0_and_1_have_finite_logits():
    # +-14.5087 is the logit of half a millionth: with 0.5's logit 0 the mean is half of it.
    members = [Predictions(("a", "b"), (1,), np.array(scores)) for scores in ([[0.0], [1.0]], [[0.5], [0.5]])]
    expected = 1 / (1 + np.exp(14.508657 / 2))
    np.testing.assert_allclose(fuse(members, "logits").scores[:, 0], [expected, 1 - expected], rtol=1e-6)


def test_unknown_mean_lists_the_known_ones():
    with pytest.raises(UserError, match="one of scores, logits, got 'votes'"):
        fuse([Predictions(("a",), (1,), np.zeros((1, 1)))], "votes")


def test_thresholds_are_fused_as_scores_are():
    members = [
        Predictions(("a",), (1, 2), np.zeros((1, 2)), np.array([0.2, 0.5])),
        Predictions(("a",), (1, 2, 4), np.zeros((1, 3)), np.array([0.8, 0.5, 0.3])),
        Predictions(("a",), (1,), np.zeros((1, 1)), np.array([0.9])),
    ]
    np.testing.assert_allclose(fuse(members).thresholds, [1.9 / 3, 0.5, 0.3])
    # logit(0.2) + logit(0.8) = 0, logit(0.9) = log 9.
    by_logits = fuse(members, "logits").thresholds
    np.testing.assert_allclose(by_logits, [1 / (1 + 9 ** (-1 / 3)), 0.5, 0.3])
    assert by_logits[1] == 0.5  # exactly: files without thresholds of their own stay without


def test_decision_is_present_from_the_threshold_upward():
    scores = np.array([[0.2, 0.2, 0.999], [0.3, 0.4, 1.0]])
    np.testing.assert_array_equal(decide(scores, np.array([0.2, 0.4, 1.0])), [[1, 0, 0], [1, 1, 1]])


def test_thresholds_are_columns_only_where_one_is_not_one_half(tmp_path):
    scores = np.array([[0.25, 0.5], [0.75, 0.125]])
    tuned = Predictions(("a", "b"), (1, 51), scores, np.array([0.123457, 0.5]))
    write_predictions(tmp_path / "tuned.csv", tuned)
    assert (tmp_path / "tuned.csv").read_text().splitlines()[:2] == [
        "id,AU01,AU51,AU01_threshold,AU51_threshold",
        "a,0.25,0.5,0.123457,0.5",
    ]
    back = read_predictions(tmp_path / "tuned.csv")
    np.testing.assert_array_equal(back.thresholds, tuned.thresholds)
    assert back.has_own_thresholds
    write_predictions(tmp_path / "plain.csv", back.without_thresholds())
    assert (tmp_path / "plain.csv").read_text().splitlines()[0] == "id,AU01,AU51"
    assert not read_predictions(tmp_path / "plain.csv").has_own_thresholds


@pytest.mark.parametrize("cells", [("0.3", "0.4"), ("0", "0"), ("1.5", "1.5"), ("", ""), ("low", "low")])
def test_thresholds_that_are_no_constant_in_0_to_1_are_refused(tmp_path, cells):
    (tmp_path / "p.csv").write_text(f"id,AU01,AU01_threshold\na,0.1,{cells[0]}\nb,0.2,{cells[1]}\n")
    with pytest.raises(UserError, match=r"AU01_threshold has to be one number in \(0, 1\] on every row"):
        read_predictions(tmp_path / "p.csv")


def test_threshold_that_rounds_to_nothing_stays_above_a_photo_without_face(tmp_path):
    tiny = Predictions(("a",), (1,), np.array([[0.0]]), np.array([1e-9]))
    write_predictions(tmp_path / "p.csv", tiny)
    back = read_predictions(tmp_path / "p.csv")
    assert decide(back.scores, back.thresholds)[0, 0] == 0


def test_photos_that_thresholds_were_tuned_on_stay_marked_through_file_and_fusion(tmp_path):
    scores = np.array([[0.2], [0.4]])
    tuned = Predictions(("a", "b"), (1,), scores, np.array([0.3]), np.array([True, False]))
    write_predictions(tmp_path / "p.csv", tuned)
    back = read_predictions(tmp_path / "p.csv")
    np.testing.assert_array_equal(back.tuned_on, [True, False])
    np.testing.assert_array_equal(back.tuned_on_of(["b", "a", "stranger"]), [False, True, False])
    assert not back.without_thresholds().tuned_on.any()
    other = Predictions(("b", "a"), (1,), scores)
    np.testing.assert_array_equal(fuse([other, back]).tuned_on, [False, True])
    (tmp_path / "p.csv").write_text((tmp_path / "p.csv").read_text().replace(",1\n", ",\n"))
    with pytest.raises(UserError, match=r"p\.csv: thresholds_tuned_on_it has to be 0 or 1 on every row"):
        read_predictions(tmp_path / "p.csv")
