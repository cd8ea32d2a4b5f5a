import numpy as np
import pytest

from emotionet_tf.training.objectives.challenge_score import majority_floor, score_decisions
from emotionet_tf.training.objectives.score_metric import RankingScore

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


def test_majority_floor_of_the_challenges_shares_is_0_444():
    # Shares of positives of the 23 AUs in the opt set, %: only AU10 is there more often than not.
    shares = [6.4, 3.0, 11.9, 3.8, 19.7, 2.1, 64.2, 38.3, 18.3, 2.2, 15.9, 0.55, 44.2, 49.5, 8.7, 5.1, 2.8]
    shares += [17.3, 17.1, 11.5, 7.3, 6.2, 6.4]
    rows = np.arange(10_000)[:, None] / 100
    labels = (rows < np.array(shares)).astype(float)
    assert majority_floor(labels, np.ones_like(labels)).ranking_score == pytest.approx(0.444, abs=0.001)


def test_keras_metric_agrees_with_the_formula_over_several_batches():
    metric = RankingScore(num_aus=4)
    logits = np.where(DECISIONS > 0, 0.7, -0.7).astype(np.float32)
    targets = np.stack([LABELS, MASK], axis=-1).astype(np.float32)
    metric.update_state(targets[:3], logits[:3])
    metric.update_state(targets[3:], logits[3:])
    scores = score_decisions(LABELS, MASK, DECISIONS)
    result = {name: float(value) for name, value in metric.result().items()}
    assert result == pytest.approx(
        {"score": scores.ranking_score, "accuracy": scores.mean_accuracy, "f1": scores.mean_f1}
    )
    np.testing.assert_allclose(metric.au_scores().accuracy, scores.accuracy)
    np.testing.assert_allclose(metric.au_scores().f1, scores.f1)
    # A right logit of 0.7 costs log(1 + e^-0.7), a wrong one 0.7 more.
    right = np.log1p(np.exp(-0.7))
    np.testing.assert_allclose(
        metric.mean_cross_entropies(), [right + 0.7 / 2, right + 0.7 / 3, right, np.nan], rtol=1e-6
    )
    metric.reset_state()
    assert float(metric.result()["accuracy"]) == 0
    assert np.isnan(metric.mean_cross_entropies()).all()
