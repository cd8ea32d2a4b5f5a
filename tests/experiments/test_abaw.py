"""ABAW's official scores, worked out by hand."""

import json

import numpy as np
import pytest
import warm_commands

from emotionet_tf.action_units import au_name
from emotionet_tf.au_sets import AU_SETS
from emotionet_tf.errors import UserError
from emotionet_tf.experiments.scores.abaw import ABAW_METRICS, f1_and_accuracy, mean_f1
from emotionet_tf.training.objectives.challenge_score import score_decisions

# Two AUs, four frames; the second AU is unknown in the last two.
LABELS = np.array([[1, 0], [1, 1], [0, 0], [0, 0]], float)
MASK = np.array([[1, 1], [1, 1], [1, 0], [1, 0]], float)
DECISIONS = np.array([[1, 1], [0, 1], [1, 1], [0, 1]], float)


def test_scores_of_two_aus_by_hand():
    # First AU: TP 1, FP 1, FN 1, TN 1: F1 1/2, 2 right of 4. Second: TP 1, FP 1 of the two known: F1 2/3, 1 of 2.
    scores = score_decisions(LABELS, MASK, DECISIONS)
    assert mean_f1(scores) == pytest.approx((1 / 2 + 2 / 3) / 2)
    # All decisions together: 3 right of 6.
    assert f1_and_accuracy(scores) == pytest.approx(0.5 * 7 / 12 + 0.5 * 3 / 6)


def test_accuracy_is_of_all_decisions_and_not_a_mean_over_aus():
    mask = np.array([[1, 1], [1, 0], [1, 0], [1, 0]], float)
    decisions = np.array([[1, 1], [1, 0], [0, 0], [0, 0]], float)
    # First AU: all 4 right, F1 1. Second: its one known label is missed, F1 0. 4 right of 5, not (1 + 0) / 2.
    assert f1_and_accuracy(score_decisions(LABELS, mask, decisions)) == pytest.approx(0.5 * 0.5 + 0.5 * 4 / 5)


def test_unknown_labels_change_nothing():
    changed = np.where(MASK > 0, LABELS, 1 - LABELS)
    for metric in (mean_f1, f1_and_accuracy):
        first, second = (metric(score_decisions(labels, MASK, DECISIONS)) for labels in (LABELS, changed))
        assert first == second


def test_f1_is_pooled_over_videos():
    # Video one: TP 1 of 1, F1 1. Video two: FP 3, F1 0. The mean over videos would be 1/2; pooled: 2/(2 + 3).
    labels, decisions = np.array([[1.0], [0], [0], [0]]), np.ones((4, 1))
    assert mean_f1(score_decisions(labels, np.ones((4, 1)), decisions)) == pytest.approx(2 / 5)


def test_challenges_have_their_aus():
    assert [len(ABAW_METRICS[f"abaw{year}"].aus) for year in (2020, 2021, 2022)] == [8, 12, 12]
    assert 20 in ABAW_METRICS["abaw2020"].aus and 20 not in ABAW_METRICS["abaw2022"].aus


def test_other_aus_are_left_out_and_missing_ones_are_refused():
    aus = (*AU_SETS["aff_wild2"], 9)
    labels = np.tile(np.arange(4)[:, None] < 2, (1, 13)).astype(float)
    decisions = labels.copy()
    decisions[:, -1] = 1 - labels[:, -1]
    scores = score_decisions(labels, np.ones((4, 13)), decisions)
    assert ABAW_METRICS["abaw2022"].of(aus, scores) == 1 == ABAW_METRICS["abaw2021"].of(aus, scores)
    with pytest.raises(UserError, match="of 8 AUs; AU20 have no prediction or no label"):
        ABAW_METRICS["abaw2020"].of(aus, scores)


def test_evaluate_prints_and_writes_them(tmp_path):
    names = [au_name(au) for au in AU_SETS["aff_wild2"]]
    lists = {"labels.csv": ("1", "0", ""), "predictions.csv": ("0.9", "0.8", "0.9")}
    for name, values in lists.items():
        rows = [",".join([f"v{index}.jpg", *[value] * 12]) for index, value in enumerate(values)]
        (tmp_path / name).write_text("\n".join([",".join(["id", *names]), *rows]) + "\n")
    done = warm_commands.run(
        [
            *("-m", "emotionet_tf.bin.evaluate", f"--predictions={tmp_path / 'predictions.csv'}"),
            *(f"--labels={tmp_path / 'labels.csv'}", "--metric=abaw2022", "--metric=abaw2021"),
            f"--output={tmp_path / 'scores.json'}",
        ],
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    # Of each AU TP 1, FP 1: F1 2/3; half of the known decisions are right.
    content = json.loads((tmp_path / "scores.json").read_text())
    assert content["abaw2022"] == pytest.approx(2 / 3)
    assert content["abaw2021"] == pytest.approx(0.5 * 2 / 3 + 0.5 * 0.5)
    assert "ABAW's score from 2022 on, mean F1, of 12 AUs: 0.6667" in done.stdout
