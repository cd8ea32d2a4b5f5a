import numpy as np
import pytest

from emotionet_tf.action_units import NUM_AUS, column_of
from emotionet_tf.inference.prediction_files import Predictions
from emotionet_tf.inference.thresholds.soft_thresholding import (
    best_thresholds,
    format_tuning,
    tune_thresholds,
)
from emotionet_tf.label_lists.rows import LabelList, LabelRow


def value_at(threshold, scores, present):
    """(accuracy + F1) / 2 of one AU, by counting."""
    decided = [score >= threshold for score in scores]
    right = sum(d == p for d, p in zip(decided, present, strict=True))
    hits = sum(d and p for d, p in zip(decided, present, strict=True))
    wrong = len(scores) - right
    return (right / len(scores) + (2 * hits / (2 * hits + wrong) if hits + wrong else 0)) / 2


def searched(scores, present):
    """The best threshold of one AU, by trying each distinct score."""
    if len(set(present)) < 2:
        return 0.5
    candidates = {float(score) for score in scores if score > 0} | {0.5}
    best = max(value_at(threshold, scores, present) for threshold in candidates)
    ties = [c for c in candidates if value_at(c, scores, present) > best - 1e-9]
    return min(ties, key=lambda threshold: (abs(threshold - 0.5), threshold))


@pytest.mark.parametrize("num_levels", [3, 8, 1000])
def test_thresholds_are_those_of_a_brute_force_search(num_levels):
    generator = np.random.default_rng(num_levels)
    # Few levels: ties, and scores of 0 and 1. Rare, frequent and never present AUs; many unknowns.
    scores = generator.integers(0, num_levels, (40, 30)) / (num_levels - 1)
    labels = (generator.random((40, 30)) < np.linspace(0, 0.9, 30)).astype(np.float32)
    mask = (generator.random((40, 30)) < 0.6).astype(np.float32)
    thresholds = best_thresholds(scores, labels, mask)
    for column in range(30):
        known = mask[:, column] > 0
        expected = searched(scores[known, column], labels[known, column].tolist())
        assert thresholds[column] == expected, column


def best(scores, present, mask=None):
    columns = [np.array(values, float)[:, None] for values in (scores, present, mask or [1] * len(scores))]
    return best_thresholds(*columns)[0]


def test_threshold_separates_the_classes_at_the_lowest_positive():
    assert best([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1]) == 0.3
    # The unknown one's label and score count nowhere.
    assert best([0.1, 0.2, 0.25, 0.3, 0.4], [0, 0, 1, 1, 1], [1, 1, 0, 1, 1]) == 0.3


def test_one_half_is_kept_where_it_is_as_good():
    assert best([0.2, 0.4, 0.7, 0.9], [0, 0, 1, 1]) == 0.5
    # 0.6 decides no otherwise than 0.5.
    assert best([0.4, 0.6], [0, 1]) == 0.5


@pytest.mark.parametrize("present", [[0, 0, 0], [1, 1, 1]])
def test_au_of_one_class_keeps_its_threshold(present):
    assert best([0.2, 0.6, 0.9], present) == 0.5
    assert best([0.2, 0.6, 0.9], [0, 1, 1], [0, 0, 0]) == 0.5


def test_constant_score_is_decided_for_the_class_that_serves_the_score():
    # Always present: accuracy 2/3, F1 4/5. Never, at 0.5: accuracy 1/3, F1 0.
    assert best([0.3, 0.3, 0.3], [1, 1, 0]) == 0.3
    # Always present: (1/10 + 2/11) / 2. Never: (9/10 + 0) / 2.
    assert best([0.3] * 10, [1] + [0] * 9) == 0.5


def test_photo_without_a_face_is_never_decided_present():
    # At 0, all are present and one of them wrongly; but scores of 0 are those of photos without a face.
    assert best([0, 0, 0, 0, 0.4], [1, 1, 1, 0, 1]) == 0.4


def row_of(example_id, au12):
    labels, mask = np.zeros(NUM_AUS, np.float32), np.zeros(NUM_AUS, np.float32)
    labels[column_of(12)], mask[column_of(12)] = au12, 1
    return LabelRow(example_id, example_id, labels, mask)


def test_tuning_counts_photos_without_prediction_and_tells_what_it_could_not_tune():
    predictions = Predictions(("a", "b", "c"), (1, 12), np.array([[0.3, 0.2], [0.6, 0.3], [0.9, 0.1]]))
    rows = [row_of("a", 0), row_of("b", 1), row_of("c", 0), row_of("faceless", 1)]
    tuning = tune_thresholds(predictions, LabelList(rows, [], "plain CSV", (1, 12)))
    np.testing.assert_array_equal(tuning.thresholds, [0.5, 0.3])
    assert tuning.kept == (1,)
    assert tuning.after.num_without_prediction == 1
    # AU12: before, all absent: 2 of 4 right, F1 0. After, 3 of 4 right, F1 2/3.
    assert tuning.before.scores.ranking_score == pytest.approx((2 / 4 + 0) / 2)
    assert tuning.after.scores.ranking_score == pytest.approx((3 / 4 + 2 / 3) / 2)
    assert "both classes, or of enough positives: AU01" in format_tuning(tuning)


def test_threshold_of_few_positives_is_warned_of_or_kept():
    predictions = Predictions(("a", "b"), (12,), np.array([[0.3], [0.2]]))
    labels = LabelList([row_of("a", 1), row_of("b", 0)], [], "plain CSV", (12,))
    tuning = tune_thresholds(predictions, labels)
    assert tuning.thresholds.tolist() == [0.3]
    assert (
        "warning: tuned on fewer than 10 photos that show the AU, and so by chance: AU12 (1); "
        in format_tuning(tuning)
    )
    kept = tune_thresholds(predictions, labels, min_positives=2)
    assert (kept.thresholds.tolist(), kept.kept) == ([0.5], (12,))
    assert "warning" not in format_tuning(kept)
    assert "or of enough positives: AU12" in format_tuning(kept)


def test_large_sets_take_no_longer_than_sorting():
    # Comparing every score with every threshold would take 10^12 steps.
    generator = np.random.default_rng(0)
    scores = generator.random((1_000_000, 1))
    labels = (generator.random((1_000_000, 1)) < scores).astype(np.float32)
    threshold = best_thresholds(scores, labels, np.ones_like(labels))[0]
    assert 0.2 < threshold < 0.6
