import numpy as np
import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.inference.fusion import decide, fuse
from emotionet_tf.inference.predictions import Predictions, read_predictions, write_predictions


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
        ("id,score\na,0\n", "needs a column 'id' and some of AU01"),
        ("AU01\n0\n", "needs a column 'id'"),
        ("", "is not a CSV table"),
    ],
)
def test_bad_file_names_the_offender(tmp_path, text, message):
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(UserError, match=message):
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
