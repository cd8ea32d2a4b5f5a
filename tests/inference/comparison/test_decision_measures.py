"""The same decisions by us, by scikit-learn and by the formulas written out."""

import math
import warnings

import numpy as np
import pytest
from sklearn import metrics

from emotionet_tf.inference.comparison import decision_measures as module
from emotionet_tf.inference.comparison.decision_measures import (
    auc,
    confusion_counts,
    decision_measures,
    resampled_auc,
)

# By hand: TP 2, FP 1, FN 1, TN 4.
LABELS = np.array([1, 1, 1, 0, 0, 0, 0, 0], bool)
DECISIONS = np.array([1, 1, 0, 1, 0, 0, 0, 0], bool)
EXTREMES = {
    "both": (LABELS, DECISIONS),
    "no positives": (np.zeros(8, bool), DECISIONS),
    "no positives, none decided": (np.zeros(8, bool), np.zeros(8, bool)),
    "no positives, all decided": (np.zeros(8, bool), np.ones(8, bool)),
    "no negatives": (np.ones(8, bool), DECISIONS),
    "no negatives, none decided": (np.ones(8, bool), np.zeros(8, bool)),
    "all right, one class": (np.ones(8, bool), np.ones(8, bool)),
    "none decided": (LABELS, np.zeros(8, bool)),
    "all decided": (LABELS, np.ones(8, bool)),
    "all wrong": (LABELS, ~LABELS),
}


def ours(labels, decisions) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in decision_measures(confusion_counts(labels, decisions).sum(axis=0)).items()
    }


def test_measures_of_a_confusion_matrix_are_those_worked_out_by_hand():
    found = ours(LABELS, DECISIONS)
    assert found["f1"] == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert found["accuracy"] == pytest.approx(6 / 8)
    assert found["balanced_accuracy"] == pytest.approx((2 / 3 + 4 / 5) / 2)
    # (2 * 4 - 1 * 1) / sqrt(3 * 3 * 5 * 5)
    assert found["mcc"] == pytest.approx(7 / 15)


@pytest.mark.parametrize("name", EXTREMES)
def test_measures_are_scikit_learns_also_where_a_class_is_missing(name):
    labels, decisions = EXTREMES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {
            "f1": metrics.f1_score(labels, decisions, zero_division=0),
            "accuracy": metrics.accuracy_score(labels, decisions),
            "balanced_accuracy": metrics.balanced_accuracy_score(labels, decisions),
            "mcc": metrics.matthews_corrcoef(labels, decisions),
        }
    assert ours(labels, decisions) == pytest.approx(expected)


def test_measures_are_scikit_learns_on_random_rows():
    generator = np.random.default_rng(3)
    for _ in range(50):
        labels, decisions = generator.random((2, 40)) < generator.random((2, 1))
        found = ours(labels, decisions)
        assert found["f1"] == pytest.approx(metrics.f1_score(labels, decisions, zero_division=0))
        assert found["mcc"] == pytest.approx(metrics.matthews_corrcoef(labels, decisions))


def test_without_any_row_all_are_undefined():
    assert all(math.isnan(value) for value in decision_measures(np.zeros(4)).values())


def test_auc_counts_pairs_and_half_of_ties():
    # Positives .9 .5, negatives .5 .1: wins .9 > .5, .9 > .1, .5 > .1, and a tie.
    labels, ranks = np.array([1, 1, 0, 0], bool), np.array([0.9, 0.5, 0.5, 0.1])
    assert auc(labels, ranks) == pytest.approx((3 + 0.5) / 4)
    assert auc(labels, np.zeros(4)) == 0.5
    # Rows without a score are below all others.
    assert auc(labels, np.array([-np.inf, 0.5, 0.5, 0.1])) == pytest.approx(1.5 / 4)


@pytest.mark.parametrize("labels", [np.zeros(3, bool), np.ones(3, bool), np.zeros(0, bool)])
def test_auc_of_one_class_is_undefined(labels):
    ranks = np.arange(len(labels), dtype=float)
    assert math.isnan(auc(labels, ranks))
    persons = np.zeros(len(labels), int)
    assert np.isnan(resampled_auc(labels, ranks, persons, np.ones((2, 1), np.float32))).all()


def test_auc_is_scikit_learns_with_ties():
    generator = np.random.default_rng(4)
    for _ in range(50):
        labels, ranks = generator.random(60) < 0.3, generator.integers(8, size=60) / 8
        assert auc(labels, ranks) == pytest.approx(metrics.roc_auc_score(labels, ranks))


@pytest.mark.parametrize("most_paired", [0, 1000])
def test_auc_of_resamples_is_that_of_repeated_rows_either_way(most_paired, monkeypatch):
    monkeypatch.setattr(module, "_MOST_PAIRED_IDENTITIES", most_paired)
    monkeypatch.setattr(module, "_CHUNK_ROWS", 100)
    generator = np.random.default_rng(5)
    labels, ranks = generator.random(60) < 0.4, generator.integers(9, size=60) / 9
    persons = generator.integers(7, size=60)
    weights = generator.integers(0, 3, size=(5, 7)).astype(np.float32)
    found = resampled_auc(labels, ranks, persons, weights)
    for draw, value in zip(weights, found, strict=True):
        repeats = draw[persons].astype(int)
        expected = metrics.roc_auc_score(np.repeat(labels, repeats), np.repeat(ranks, repeats))
        assert value == pytest.approx(expected)
