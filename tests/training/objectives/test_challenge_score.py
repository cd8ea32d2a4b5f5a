import numpy as np
import pytest

from emotionet_tf.training.objectives.challenge_score import majority_baseline, score_decisions

# Columns: ordinary; one unknown; never there and never predicted; nothing known.
LABELS = np.array([[1, 1, 0, 1], [1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 0, 1]], float)
MASK = np.array([[1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 0], [1, 0, 1, 0]], float)
DECISIONS = np.array([[1, 0, 0, 1], [0, 0, 0, 1], [1, 1, 0, 0], [0, 1, 0, 0]], float)


def test_scores_equal_those_counted_by_hand():
    scores = score_decisions(LABELS, MASK, DECISIONS)
    np.testing.assert_array_equal(scores.num_known, [4, 3, 4, 0])
    np.testing.assert_array_equal(scores.num_positive, [2, 2, 0, 0])
    # Column 0: 1 TP, 1 FN, 1 FP, 1 TN. Column 1: 1 TP, 1 FN, 1 TN; its unknown would have been a false positive.
    np.testing.assert_allclose(scores.accuracy, [2 / 4, 2 / 3, 1, np.nan])
    np.testing.assert_allclose(scores.f1, [2 / 4, 2 / 3, 0, np.nan])
    assert scores.mean_accuracy == pytest.approx((0.5 + 2 / 3 + 1) / 3)
    assert scores.mean_f1 == pytest.approx((0.5 + 2 / 3) / 3)
    assert scores.ranking_score == pytest.approx((scores.mean_accuracy + scores.mean_f1) / 2)
    np.testing.assert_allclose(scores.ranking_score_per_au, [0.5, 2 / 3, 0.5, np.nan])


def test_majority_baseline_of_the_challenges_shares_is_0_444():
    # Shares of positives of the 23 AUs in the opt set, %: only AU10 is there more often than not.
    shares = [6.4, 3.0, 11.9, 3.8, 19.7, 2.1, 64.2, 38.3, 18.3, 2.2, 15.9, 0.55, 44.2, 49.5, 8.7, 5.1, 2.8]
    shares += [17.3, 17.1, 11.5, 7.3, 6.2, 6.4]
    rows = np.arange(10_000)[:, None] / 100
    labels = (rows < np.array(shares)).astype(float)
    assert majority_baseline(labels, np.ones_like(labels)).ranking_score == pytest.approx(0.444, abs=0.001)
