"""The challenge's score: per-AU accuracy and F1, their means, and the mean of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class AuScores:
    """Scores of decisions against labels; one entry per AU, unknown labels left out.

    Attributes:
      num_known: How many labels are known.
      num_positive: How many of them say "present".
      accuracy: Share of right decisions; NaN where nothing is known.
      f1: 2 TP / (2 TP + FP + FN); 0 where the AU neither occurs nor is predicted, NaN where nothing is known.
    """

    num_known: np.ndarray
    num_positive: np.ndarray
    accuracy: np.ndarray
    f1: np.ndarray

    @property
    def mean_accuracy(self) -> float:
        """Mean over the AUs of which something is known."""
        return _mean_of_known(self.accuracy)

    @property
    def mean_f1(self) -> float:
        """Mean over the AUs of which something is known."""
        return _mean_of_known(self.f1)

    @property
    def ranking_score(self) -> float:
        """The challenge's final ranking score, (mean accuracy + mean F1) / 2."""
        return (self.mean_accuracy + self.mean_f1) / 2

    @property
    def ranking_score_per_au(self) -> np.ndarray:
        """[AUs], (accuracy + F1) / 2, as in Werner et al. 2020, Fig. 2."""
        return (self.accuracy + self.f1) / 2


def _mean_of_known(values: np.ndarray) -> float:
    return float("nan") if np.isnan(values).all() else float(np.nanmean(values))


def score_counts(
    true_positive: np.ndarray,
    false_positive: np.ndarray,
    false_negative: np.ndarray,
    true_negative: np.ndarray,
) -> AuScores:
    """Returns the scores of confusion counts, each [AUs]."""
    known = true_positive + false_positive + false_negative + true_negative
    errors = false_positive + false_negative
    with np.errstate(invalid="ignore", divide="ignore"):
        accuracy = (known - errors) / known
        f1 = np.where(true_positive + errors > 0, 2 * true_positive / (2 * true_positive + errors), 0.0)
    return AuScores(known, true_positive + false_negative, accuracy, np.where(known > 0, f1, np.nan))


def score_decisions(labels: np.ndarray, mask: np.ndarray, decisions: np.ndarray) -> AuScores:
    """Scores decisions.

    Args:
      labels: [examples, AUs], 0 or 1; ignored where the mask is 0.
      mask: [examples, AUs], 1 = known.
      decisions: [examples, AUs], 0 or 1.
    Source: the challenge's rules; final ranking score as in Werner et al. 2020, sec. 1.
    """
    known, present, decided = mask > 0, labels > 0.5, decisions > 0.5
    counts = [
        (known & (present == is_present) & (decided == is_decided)).sum(axis=0)
        for is_present, is_decided in ((True, True), (False, True), (True, False), (False, False))
    ]
    return score_counts(*counts)


def majority_baseline(labels: np.ndarray, mask: np.ndarray) -> AuScores:
    """Scores the constant decision for each AU's more frequent class: what any model has to beat."""
    positive = (labels * mask).sum(axis=0)
    is_majority = positive * 2 > mask.sum(axis=0)
    return score_decisions(labels, mask, np.broadcast_to(is_majority, labels.shape))
