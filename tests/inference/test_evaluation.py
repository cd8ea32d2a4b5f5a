import numpy as np
import pytest

from emotionet_tf.action_units import NUM_AUS, columns_of
from emotionet_tf.errors import UserError
from emotionet_tf.inference.evaluation import evaluate, format_table, to_dict
from emotionet_tf.inference.prediction_files import Predictions
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.label_lists.rows import LabelList, LabelRow


def label_list(labels):
    """Labels of AU1 and AU51 by id; None is unknown."""
    rows = []
    for example_id, values in labels.items():
        row, mask = np.zeros(NUM_AUS, np.float32), np.zeros(NUM_AUS, np.float32)
        for column, value in zip(columns_of((1, 51)), values, strict=True):
            row[column], mask[column] = value or 0, value is not None
        rows.append(LabelRow(example_id, example_id, row, mask))
    return LabelList(rows, [], "plain CSV", (1, 51))


LABELS = label_list({"a": (1, 0), "b": (0, 1), "c": (1, None), "faceless": (1, 0)})


def test_photo_without_prediction_counts_as_absent_and_unknown_label_nowhere():
    predictions = Predictions(
        ("a", "b", "c", "stranger"), (1, 51), np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 1], [1, 1]])
    )
    evaluation = evaluate(predictions, LABELS)
    # AU1: three right, the faceless photo's "present" missed. AU51: all three known ones right.
    np.testing.assert_allclose(evaluation.scores.accuracy, [3 / 4, 1])
    np.testing.assert_allclose(evaluation.scores.f1, [4 / 5, 1])
    np.testing.assert_array_equal(evaluation.scores.num_known, [4, 3])
    assert (evaluation.num_photos, evaluation.num_without_prediction, evaluation.num_without_label) == (
        4,
        1,
        1,
    )
    # The floor: AU1 always present (3 of 4), AU51 always absent (2 of 3, F1 0).
    assert evaluation.floor.ranking_score == pytest.approx(((3 / 4 + 2 / 3) / 2 + (6 / 7 + 0) / 2) / 2)


def test_table_and_json_tell_the_same_scores():
    evaluation = evaluate(Predictions(("a", "b"), (1,), np.array([[0.9], [0.2]])), LABELS)
    content = to_dict(evaluation)
    table = format_table(evaluation)
    assert list(content["scores"]["per_au"]) == ["AU01"]
    assert f"final ranking score {content['scores']['ranking_score']:.4f}" in table
    assert "2 photos have no prediction and count as absent" in table
    # A score over some of the AUs says so.
    assert "labelled but not predicted, and in no mean: AU51" in table
    assert content["aus_without_prediction"] == ["AU51"]


def test_aus_that_no_photo_shows_are_named_beside_the_means_that_they_lower():
    labels = label_list({"a": (1, 0), "b": (0, 0), "c": (1, None)})
    right = Predictions(("a", "b", "c"), (1, 51), np.array([[1, 0], [0, 0], [1, 0]]))
    evaluation = evaluate(right, labels)
    assert evaluation.scores.mean_f1 == 0.5
    assert "no photo shows AU51: F1 is 0 there whatever is predicted" in format_table(evaluation)
    assert "no photo shows" not in format_table(evaluate(right, LABELS))


def test_files_that_do_not_belong_together_are_refused():
    with pytest.raises(UserError, match="no id of the label list has a prediction"):
        evaluate(Predictions(("x",), (1,), np.zeros((1, 1))), LABELS)
    with pytest.raises(UserError, match="the predictions have the AUs 2, the label list 1, 51"):
        evaluate(Predictions(("a",), (2,), np.zeros((1, 1))), LABELS)


def test_photos_that_only_a_names_spelling_keeps_apart_do_not_count_as_absent():
    scores = np.array([[0.9], [0.2], [0.7]])
    with pytest.raises(
        UserError,
        match="2 photos of the label list have no prediction, and of 2 predictions it has no row: 1 differ only in "
        "upper and lower case, such as 'b' and 'B'; write them alike, or take them out",
    ):
        evaluate(
            Predictions(("a", "B", "C/1"), (1,), scores), label_list({"a": (1, 0), "b": (0, 1), "d": (1, 0)})
        )
    with pytest.raises(
        UserError, match="it has 'a', the predictions 'A'; 1 differ only in upper and lower case"
    ):
        evaluate(Predictions(("A",), (1,), scores[:1]), label_list({"a": (1, 0)}))


def test_scores_are_decided_at_the_predictions_thresholds():
    scores = np.array([[0.3], [0.2], [0.1]])
    tuned = evaluate(Predictions(("a", "b", "c"), (1,), scores, np.array([0.3])), LABELS)
    # Present: a, c and the photo without a prediction. Decided present: a.
    np.testing.assert_allclose(tuned.scores.accuracy, [2 / 4])
    np.testing.assert_allclose(tuned.scores.f1, [2 / 4])
    assert "decided at the prediction file's thresholds" in format_table(tuned)
    assert "0.300000" in format_table(tuned)
    assert to_dict(tuned)["thresholds"] == {"AU01": 0.3}
    plain = evaluate(Predictions(("a", "b", "c"), (1,), scores), LABELS)
    np.testing.assert_allclose(plain.scores.f1, [0])
    assert "decided at threshold 0.5" in format_table(plain)
    assert "thresholds" not in to_dict(plain)


def test_score_on_photos_that_thresholds_were_tuned_on_says_so():
    scores, marks = np.array([[0.9], [0.2], [0.4]]), np.array([True, False, True])
    tuned = Predictions(("a", "b", "stranger"), (1,), scores, np.array([0.3]), marks)
    evaluation = evaluate(tuned, LABELS)
    assert "the thresholds were tuned on 1 of these photos" in format_table(evaluation)
    assert to_dict(evaluation)["num_photos_thresholds_were_tuned_on"] == 1
    at_half = evaluate(tuned.without_thresholds(), LABELS)
    assert "tuned" not in format_table(at_half)
    assert "num_photos_thresholds_were_tuned_on" not in to_dict(at_half)


def test_columns_line_up_where_one_sides_aus_are_scored(tmp_path):
    (tmp_path / "list.csv").write_text("path,AU07,AU12L\na,1,0\nb,0,1\n")
    labels = read_label_list(tmp_path / "list.csv")
    text = format_table(evaluate(Predictions(("a", "b"), labels.aus, np.eye(2)), labels))
    header, *rows = text.splitlines()[:4]
    ends = [header.index("known") + 5, header.index("present") + 7, header.index("F1") + 2]
    assert [[row[end - 1] != " " for end in ends] for row in rows[:2]] == [[True] * 3] * 2
    assert [row[: len("AU12L")].rstrip() for row in rows] == ["AU07", "AU12L", "mean"]
