"""How well decisions and rankings agree with labels, of confusion counts or of weighted rows.

Where an AU has no positives or no negatives, conventions differ. Ours are scikit-learn's:

| measure | scikit-learn's, and ours | by the formula alone |
|---|---|---|
| F1 | 0 where nothing is present and nothing decided (`zero_division=0`) | 0 / 0 |
| balanced accuracy | the recall of the one class that occurs | undefined, as the other recall is 0 / 0 |
| MCC | 0 where a row or a column of the confusion matrix is empty | 0 / 0 |
| AUC | NaN (older versions raise) | 0 / 0 |

An F1 of 0 without positives drags a mean of AUs down, and a balanced accuracy of one class alone flatters: the numbers
of positives belong beside both. Where nothing is known all are NaN.
"""

from __future__ import annotations

import numpy as np

from emotionet_tf.training.objectives.challenge_score import score_counts

DECISION_MEASURES = ("f1", "accuracy", "balanced_accuracy", "mcc")
RANKING_MEASURE = "auc"
MEASURES = ("f1", "accuracy", "balanced_accuracy", "auc", "mcc")
BOUNDS = {"f1": (0, 1), "accuracy": (0, 1), "balanced_accuracy": (0, 1), "auc": (0, 1), "mcc": (-1, 1)}
"""The measures' ranges."""

_MOST_PAIRED_IDENTITIES = 1000
_CHUNK_ROWS = 16_000_000


def confusion_counts(labels: np.ndarray, decisions: np.ndarray) -> np.ndarray:
    """Returns each row's place in the confusion matrix, [rows, 4] float32: true and false positive, false and true
    negative, one of which is 1.

    Args:
      labels: [rows] bool.
      decisions: [rows] bool.
    """
    places = np.stack(
        [labels & decisions, ~labels & decisions, labels & ~decisions, ~labels & ~decisions], axis=1
    )
    return places.astype(np.float32)


def decision_measures(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Returns the `DECISION_MEASURES` of confusion counts.

    With TP, FP, FN, TN:  F1 = 2 TP / (2 TP + FP + FN);  accuracy = (TP + TN) / all;  balanced accuracy =
    (TP / (TP + FN) + TN / (TN + FP)) / 2;  MCC = (TP TN - FP FN) / sqrt((TP + FP)(TP + FN)(TN + FP)(TN + FN)).

    Args:
      counts: [..., 4] in the order of `confusion_counts`.
    Returns:
      By name, each [...] float64; where the formula is 0 / 0, as the module says.
    Source: Matthews 1975; Brodersen et al. 2010 (balanced accuracy).
    """
    tp, fp, fn, tn = (counts[..., column].astype(np.float64) for column in range(4))
    basic = score_counts(tp, fp, fn, tn)
    with np.errstate(invalid="ignore", divide="ignore"):
        recalls = np.stack([tp / (tp + fn), tn / (tn + fp)])
        spread = np.sqrt(tp + fp) * np.sqrt(tp + fn) * np.sqrt(tn + fp) * np.sqrt(tn + fn)
        mcc = np.where(spread > 0, (tp * tn - fp * fn) / spread, 0.0)
        occurs = ~np.isnan(recalls)
        balanced = np.where(occurs, recalls, 0).sum(axis=0) / occurs.sum(axis=0)
    known = basic.num_known > 0
    return {
        "f1": basic.f1,
        "accuracy": basic.accuracy,
        "balanced_accuracy": balanced,
        "mcc": np.where(known, mcc, np.nan),
    }


def auc(labels: np.ndarray, ranks: np.ndarray) -> float:
    """Returns the area under the ROC curve: the chance that a positive outranks a negative, ties counting half.

    Args:
      labels: [rows] bool.
      ranks: [rows] float; -inf is below all others.
    Returns:
      NaN without positives or without negatives.
    Source: Mann and Whitney 1947; Hanley and McNeil 1982.
    """
    return float(_auc_by_rows(labels, ranks, np.zeros(len(labels), int), np.ones((1, 1), np.float32))[0])


def resampled_auc(
    labels: np.ndarray, ranks: np.ndarray, identities: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Returns the AUC of resamples, [draws] float64, NaN where one lacks positives or negatives.

    Args:
      labels: [rows] bool.
      ranks: [rows] float.
      identities: [rows] int, each row's column of the weights.
      weights: [draws, identities] float32, how often each identity is in a resample.
    """
    if weights.shape[1] <= _MOST_PAIRED_IDENTITIES:
        return _auc_by_pairs(labels, ranks, identities, weights)
    return _auc_by_rows(labels, ranks, identities, weights)


def _auc_by_pairs(
    labels: np.ndarray, ranks: np.ndarray, identities: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """The AUC by counts of the pairs of rows for each pair of identities: quick for many rows of few persons."""
    num_identities = weights.shape[1]
    positive_ranks, owners = ranks[labels], identities[labels]
    wins = np.zeros((num_identities, num_identities))
    for identity in np.unique(identities[~labels]):
        negatives = np.sort(ranks[~labels & (identities == identity)])
        below = np.searchsorted(negatives, positive_ranks, "left")
        not_above = np.searchsorted(negatives, positive_ranks, "right")
        wins[:, identity] = np.bincount(owners, (below + not_above) / 2, num_identities)
    positives = np.bincount(owners, minlength=num_identities)
    negatives = np.bincount(identities[~labels], minlength=num_identities)
    drawn = weights.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return ((drawn @ wins) * drawn).sum(axis=1) / ((drawn @ positives) * (drawn @ negatives))


def _auc_by_rows(
    labels: np.ndarray, ranks: np.ndarray, identities: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """The AUC by the rows' weights in the order of their ranks: quick for as many persons as photos."""
    if not len(labels):
        return np.full(len(weights), np.nan)
    order = np.argsort(ranks, kind="stable")
    labels, ranks, identities = labels[order], ranks[order], identities[order]
    starts = np.flatnonzero(np.concatenate([[True], ranks[1:] != ranks[:-1]]))
    step = max(1, _CHUNK_ROWS // len(labels))
    found = []
    for first in range(0, len(weights), step):
        own = weights[first : first + step, identities].astype(np.float64)
        positive = np.add.reduceat(own * labels, starts, axis=1)
        negative = np.add.reduceat(own * ~labels, starts, axis=1)
        below = np.cumsum(negative, axis=1) - negative / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            found.append((positive * below).sum(axis=1) / (positive.sum(axis=1) * negative.sum(axis=1)))
    return np.concatenate(found)
