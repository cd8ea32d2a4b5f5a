import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.errors import UserError
from emotionet_tf.training.objectives import au_measures
from emotionet_tf.training.objectives.au_measures import AuCounts
from emotionet_tf.training.objectives.au_validation_metric import AuValidationMetric
from emotionet_tf.training.objectives.challenge_score import score_decisions
from emotionet_tf.training.objectives.validation_measures import (
    AUS,
    VALIDATION_MEASURES,
    validation_measures,
)

COLUMNS = (1, 2, 4, 51)
# Columns: ordinary; one unknown; never there and never predicted; nothing known.
LABELS = np.array([[1, 1, 0, 1], [1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 0, 1]], np.float32)
MASK = np.array([[1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 0], [1, 0, 1, 0]], np.float32)
DECISIONS = np.array([[1, 0, 0, 1], [0, 0, 0, 1], [1, 1, 0, 0], [0, 1, 0, 0]], np.float32)


def of_aus(metric: AuValidationMetric, name: str) -> list[float]:
    results = metric.au_results()
    return [results[f"AU{au:02}_{name}"] for au in COLUMNS]


def test_metric_agrees_with_the_challenges_formula_over_several_batches():
    metric = AuValidationMetric(validation_measures(AUS), COLUMNS)
    logits = np.where(DECISIONS > 0, 0.7, -0.7).astype(np.float32)
    targets = np.stack([LABELS, MASK], axis=-1)
    metric.update_state(targets[:3], logits[:3])
    metric.update_state(targets[3:], logits[3:])
    scores = score_decisions(LABELS, MASK, DECISIONS)
    result = metric.result()
    expected = {"score": scores.ranking_score, "accuracy": scores.mean_accuracy, "f1": scores.mean_f1}
    assert {name: float(result[name]) for name in expected} == pytest.approx(expected)
    np.testing.assert_allclose(of_aus(metric, "accuracy"), scores.accuracy)
    np.testing.assert_allclose(of_aus(metric, "f1"), scores.f1)
    np.testing.assert_allclose(of_aus(metric, "score"), scores.ranking_score_per_au)
    # A right logit of 0.7 costs log(1 + e^-0.7), a wrong one 0.7 more.
    right = np.log1p(np.exp(-0.7))
    losses = [right + 0.7 / 2, right + 0.7 / 3, right, np.nan]
    np.testing.assert_allclose(of_aus(metric, "loss"), losses, rtol=1e-6)
    metric.reset_state()
    assert float(metric.result()["accuracy"]) == 0
    assert np.isnan(of_aus(metric, "loss")).all()


def test_au_without_positives_has_an_f1_of_0_and_one_without_labels_none():
    # Of the first AU three labels are known, all negative and recognised; of the second none.
    counts = AuCounts(*(tf.constant(values) for values in ([0.0, 0], [0.0, 0], [0.0, 0], [3.0, 0], [1.5, 0])))
    np.testing.assert_array_equal(au_measures.f1(counts), [0, np.nan])
    np.testing.assert_array_equal(au_measures.accuracy(counts), [1, np.nan])
    np.testing.assert_array_equal(au_measures.mean_cross_entropy(counts), [0.5, np.nan])
    assert float(au_measures.ranking_score(counts)) == 0.5


@pytest.mark.parametrize("learned", VALIDATION_MEASURES)
def test_one_measure_of_each_validation_chooses_the_best_network(learned):
    assert [measure.is_score for measure in validation_measures(learned)].count(True) == 1


def test_unknown_kind_of_validation_is_refused_with_the_known_ones():
    with pytest.raises(UserError, match="must be one of action units, identity, expression, got 'pose'"):
        validation_measures("pose")
