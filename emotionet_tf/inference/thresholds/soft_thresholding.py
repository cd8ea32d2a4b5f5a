"""Soft thresholding: after training, each AU gets the threshold that serves its score best on other photos."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.errors import UserError
from emotionet_tf.inference.decisions import DECIMALS, HALF
from emotionet_tf.inference.evaluation import Evaluation, evaluate, known_labels
from emotionet_tf.inference.prediction_files import Predictions
from emotionet_tf.label_lists.rows import LabelList
from emotionet_tf.training.objectives.challenge_score import AuScores, score_counts
from emotionet_tf.versions import installed_versions

FEW_POSITIVES = 10
"""With fewer photos that show an AU its best threshold is the place of one or two scores; our choice."""

# Sums of two fractions that are equal may differ in the last bits.
_TIE = 1e-12


@dataclass(frozen=True, eq=False)
class Tuning:
    """Thresholds and what they were tuned on.

    Attributes:
      aus: The predictions' AUs.
      thresholds: [AUs] float64 in (0, 1], in multiples of a prediction file's last decimal.
      kept: The AUs whose threshold was left as it was, since not both classes, or too few photos that show the AU, are
        among the known labels.
      before: The photos' scores with the thresholds that the predictions came with.
      after: The same with the tuned ones; on the photos that they were tuned on, so better than on any others.
    """

    aus: tuple[int, ...]
    thresholds: np.ndarray
    kept: tuple[int, ...]
    before: Evaluation
    after: Evaluation


def tune_thresholds(predictions: Predictions, labels: LabelList, min_positives: int = 1) -> Tuning:
    """Tunes the thresholds of predictions; a photo that has a label but no prediction counts as "absent".

    Args:
      predictions: Of photos that the models were not trained on; their scores are rounded as in a prediction file.
      labels: The photos' labels.
      min_positives: An AU with fewer photos that show it keeps its threshold.
    Raises:
      UserError: If no AU is both predicted and labelled, no photo is, or not one label is known.
    """
    predictions = replace(predictions, scores=predictions.scores.round(DECIMALS))
    known = known_labels(predictions, labels)
    if not known.mask.any():
        raise UserError("thresholds cannot be tuned: not one of the photos' labels is known")
    thresholds = predictions.thresholds.copy()
    columns = [predictions.aus.index(au) for au in known.aus]
    has_enough = _num_positives(known.labels, known.mask) >= min_positives
    best = best_thresholds(known.scores, known.labels, known.mask, thresholds[columns])
    thresholds[columns] = np.where(has_enough, best, thresholds[columns])
    is_tuned = dict(zip(known.aus, has_enough & _has_both_classes(known.labels, known.mask), strict=True))
    return Tuning(
        predictions.aus,
        thresholds,
        tuple(au for au in predictions.aus if not is_tuned.get(au)),
        evaluate(predictions, labels),
        evaluate(replace(predictions, thresholds=thresholds), labels),
    )


def best_thresholds(
    scores: np.ndarray, labels: np.ndarray, mask: np.ndarray, kept: np.ndarray | float = HALF
) -> np.ndarray:
    """Returns, for each AU, the threshold that maximises (accuracy + F1) / 2 over its known labels.

    The threshold is one of the AU's distinct scores, or 0.5: so no AU gets worse than with 0.5, and one whose best
    decision is "never" can have it where no score reaches 0.5. A score of 0 cannot be one, since a photo without
    a face has it and is "absent". Among equally good ones the nearest to 0.5 is taken, and of two as near the lower.
    Where the known labels are not of both classes nothing can be tuned: the AU keeps its threshold.

    Args:
      scores: [photos, AUs] in [0, 1].
      labels: [photos, AUs], 0 or 1; ignored where the mask is 0.
      mask: [photos, AUs], 1 = known.
      kept: [AUs] or one for all, the threshold of AUs that cannot be tuned.
    Returns:
      [AUs] float64 in (0, 1].
    Source: SIAT-NTU's "soft thresholding" takes the best of the distinct validation scores; the candidate 0.5, ties
    and what cannot be tuned are our choice.
    """
    thresholds = np.broadcast_to(kept, scores.shape[1]).astype(np.float64)
    for column in np.flatnonzero(_has_both_classes(labels, mask)):
        known = mask[:, column] > 0
        thresholds[column] = _best_threshold(scores[known, column], labels[known, column] > 0.5)
    return thresholds


def thresholds_content(tuning: Tuning, tuned_on: Mapping[str, Any]) -> dict[str, Any]:
    """Returns thresholds with their provenance as JSON can hold them.

    Args:
      tuning: The thresholds and their scores.
      tuned_on: Where the predictions and labels came from.
    """
    return {
        "thresholds": {
            au_name(au): float(value) for au, value in zip(tuning.aus, tuning.thresholds, strict=True)
        },
        "tuned_on": {
            **tuned_on,
            "num_photos": tuning.after.num_photos,
            "num_photos_without_prediction": tuning.after.num_without_prediction,
        },
        "not_tuned": [au_name(au) for au in tuning.kept],
        "scores_before": _summary_of(tuning.before.scores),
        "scores_on_the_same_photos": _summary_of(tuning.after.scores),
        "versions": installed_versions(),
    }


def format_tuning(tuning: Tuning) -> str:
    """Returns the thresholds as lines of text, with each AU's score before and after."""
    before, after = tuning.before.scores, tuning.after.scores
    width = max(len(au_name(au)) for au in tuning.after.aus)
    lines = [f"{'AU':{width}}  present  threshold   score  before"]
    for i, au in enumerate(tuning.after.aus):
        threshold = tuning.thresholds[tuning.aus.index(au)]
        lines.append(
            f"{au_name(au):{width}}  {after.num_positive[i]:7.0f}   {threshold:.6f}  "
            f"{after.ranking_score_per_au[i]:.4f}  {before.ranking_score_per_au[i]:.4f}"
        )
    lines.append(
        f"final ranking score {after.ranking_score:.4f}, before {before.ranking_score:.4f}, "
        f"on the {tuning.after.num_photos} photos that the thresholds were tuned on"
    )
    if tuning.kept:
        names = " ".join(map(au_name, tuning.kept))
        lines.append(f"not tuned, for want of known labels of both classes, or of enough positives: {names}")
    if few := _few_positives(tuning):
        lines.append(
            f"warning: tuned on fewer than {FEW_POSITIVES} photos that show the AU, and so by chance: {few}; "
            f"--min_positives={FEW_POSITIVES} keeps such thresholds as they were"
        )
    return "\n".join(lines)


def _few_positives(tuning: Tuning) -> str:
    """Returns the tuned AUs with few positives and how many they have; empty without one."""
    counts = zip(tuning.after.aus, tuning.after.scores.num_positive, strict=True)
    return ", ".join(
        f"{au_name(au)} ({count:.0f})"
        for au, count in counts
        if count < FEW_POSITIVES and au not in tuning.kept
    )


def _num_positives(labels: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return np.asarray(((mask > 0) & (labels > 0.5)).sum(axis=0))


def _summary_of(scores: AuScores) -> dict[str, Any]:
    """Returns the means of scores as JSON can hold them."""
    means = {"ranking_score": scores.ranking_score, "accuracy": scores.mean_accuracy, "f1": scores.mean_f1}
    return {name: round(value, 6) for name, value in means.items()}


def _has_both_classes(labels: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Returns [AUs] whether some known label says "present" and some "absent"."""
    known, present = mask > 0, labels > 0.5
    return np.asarray((known & present).any(axis=0) & (known & ~present).any(axis=0))


def _best_threshold(scores: np.ndarray, present: np.ndarray) -> float:
    """Returns the best threshold of one AU, given [n] scores and labels of which both classes occur."""
    candidates = np.union1d(scores[scores > 0], [HALF])
    num_decided = len(scores) - np.searchsorted(np.sort(scores), candidates)
    positives = np.sort(scores[present])
    true_positive = len(positives) - np.searchsorted(positives, candidates)
    false_positive = num_decided - true_positive
    false_negative = len(positives) - true_positive
    true_negative = len(scores) - num_decided - false_negative
    values = score_counts(true_positive, false_positive, false_negative, true_negative).ranking_score_per_au
    ties = candidates[values >= values.max() - _TIE]
    return float(ties[np.argmin(np.abs(ties - HALF))])
