"""Linear discriminants that tell whether an AU is present, on features of photos that need not be the labelled ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_NEWTON_STEPS = 50
_SMALLEST_STEP = 1e-6
_LEAST_CURVATURE = 1e-9


@dataclass(frozen=True, eq=False)
class FeatureSpread:
    """How features vary from photo to photo.

    Attributes:
      mean: [features].
      deviation: [features], standard deviations; 0 for a feature that never varies.
      correlations: [features, features].
    """

    mean: np.ndarray
    deviation: np.ndarray
    correlations: np.ndarray

    def standardised(self, features: np.ndarray) -> np.ndarray:
        """Returns features [photos, features] less their means, over their deviations; 0 where these are 0."""
        return _standardised(features, self.mean, self.deviation)


def spread_of(features: np.ndarray) -> FeatureSpread:
    """Returns how features [photos, features] vary."""
    mean, deviation = (of(axis=0, dtype=np.float64) for of in (features.mean, features.std))
    standardised = _standardised(features, mean, deviation)
    return FeatureSpread(mean, deviation, standardised.T @ standardised / len(features))


@dataclass(frozen=True, eq=False)
class Discriminant:
    """A linear score.

    Attributes:
      weights: [features].
      bias: Added to their product with the features: the logit that the AU is present.
    """

    weights: np.ndarray
    bias: float


@dataclass(frozen=True, eq=False)
class FeaturePart:
    """Features that vote together.

    Attributes:
      columns: Where they are among all features, whole numbers.
      spread: Of the other photos, of these features.
      shrinkage: In [0, 1].
    """

    columns: np.ndarray
    spread: FeatureSpread
    shrinkage: float


def fit_discriminants(
    features: np.ndarray,
    labels: np.ndarray,
    mask: np.ndarray,
    parts: Sequence[FeaturePart],
    label_smoothing: float = 0.0,
) -> list[Discriminant]:
    """Returns, for each AU, the score that best tells two classes whose photos vary as others do.

    The direction is that of a linear discriminant analysis: the inverse of the shrunk covariance times the difference
    of the classes' means. The covariance is the other photos', so that what varies among them, such as their persons
    and light, counts for little, even where it does not vary among the labelled ones. Its share `shrinkage` is taken
    from its diagonal alone: the more, the less the score relies on small differences between features that go together.
    Each part of the features has a direction of its own, and the mean of their scores counts, each in its standard
    deviations over the other photos. It is then scaled and shifted to be the logit of the labels.

    Args:
      features: [photos, features] of labelled photos.
      labels: [photos, AUs] in [0, 1]; of soft ones, a photo counts to both classes.
      mask: [photos, AUs], 0 where a label is unknown; each AU has known labels of both classes.
      parts: Which features vote together, and how the other photos' vary.
      label_smoothing: Share of a label moved to 1/2 for the scale, in [0, 1): how sure a score becomes at most.
    Source: Fisher 1936; Friedman 1989, "Regularized discriminant analysis", for the shrinkage; Platt 1999 for the
      scale. That the covariance is another kind of photos' is ours, after `adapt_network`, and so are the parts.
    """
    directions, means = np.zeros((features.shape[1], labels.shape[1])), np.zeros(features.shape[1])
    for part in parts:
        directions[part.columns] = _directions(features[:, part.columns], labels, mask, part) / len(parts)
        means[part.columns] = part.spread.mean
    # As sums of the features' own type: double ones of many features would take gigabytes.
    scores = (features @ directions.astype(features.dtype)).astype(np.float64) - means @ directions
    found = []
    for column, direction in enumerate(directions.T):
        is_known = mask[:, column] > 0
        targets = (1 - label_smoothing) * labels[is_known, column] + label_smoothing / 2
        slope, shift = logistic_scale(scores[is_known, column], targets)
        found.append(Discriminant(slope * direction, float(shift - slope * direction @ means)))
    return found


def _directions(features: np.ndarray, labels: np.ndarray, mask: np.ndarray, part: FeaturePart) -> np.ndarray:
    """Returns the AUs' directions in a part's features, [features, AUs], of deviation 1 over the other photos."""
    spread = part.spread
    standardised = spread.standardised(features)
    present, absent = ((mask * share).astype(features.dtype) for share in (labels, 1 - labels))
    differences = (standardised.T @ present) / present.sum(0) - (standardised.T @ absent) / absent.sum(0)
    # Features that never vary among the other photos are 0 in all rows; the diagonal keeps the system solvable.
    diagonal = np.where(spread.deviation > 0, part.shrinkage, 1.0) + _LEAST_CURVATURE
    shrunk = (1 - part.shrinkage) * spread.correlations.astype(np.float64)
    shrunk[np.diag_indices_from(shrunk)] += diagonal
    found = np.linalg.solve(shrunk, differences.astype(np.float64))
    deviations = np.sqrt(np.maximum((found * (spread.correlations @ found)).sum(0), 0))
    scaled = np.divide(found, deviations, out=np.zeros_like(found), where=deviations > 0)
    directions: np.ndarray = scaled * _inverse(spread.deviation)[:, None]
    return directions


def logistic_scale(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Returns slope and shift with which scores become the logits of labels: the most likely ones, by Newton's steps.

    Labels are moved a little towards the middle, as Platt does, so that both stay finite where the scores tell the
    classes without a fault.

    Args:
      scores: [photos].
      labels: [photos] in [0, 1].
    Source: Platt 1999, sec. 2.2, and Lin, Lin and Weng 2007, algorithm 1, for halved steps.
    """
    unit = scores.std() or 1.0
    rows = np.stack([(scores - scores.mean()) / unit, np.ones(len(scores))], axis=1)
    present, absent = labels.sum(), (1 - labels).sum()
    targets = labels * (present + 1) / (present + 2) + (1 - labels) / (absent + 2)

    def loss(pair: np.ndarray) -> float:
        logits = rows @ pair
        return float(np.mean(np.logaddexp(0, logits) - targets * logits))

    pair = np.array([0.0, np.log((present + 1) / (absent + 1))])
    for _ in range(_NEWTON_STEPS):
        shares = 1 / (1 + np.exp(-(rows @ pair)))
        gradient = rows.T @ (shares - targets) / len(rows)
        curvature = (rows * (shares * (1 - shares))[:, None]).T @ rows / len(rows)
        step = np.linalg.solve(curvature + _LEAST_CURVATURE * np.eye(2), gradient)
        while loss(pair - step) > loss(pair) and np.abs(step).max() > _SMALLEST_STEP:
            step = step / 2
        pair = pair - step
        if np.abs(step).max() <= _SMALLEST_STEP:
            break
    return float(pair[0] / unit), float(pair[1] - pair[0] * scores.mean() / unit)


def _standardised(features: np.ndarray, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """Returns them as numbers of the features' own type."""
    own = features.dtype
    standardised: np.ndarray = (features - mean.astype(own)) * _inverse(deviation).astype(own)
    return standardised


def _inverse(deviation: np.ndarray) -> np.ndarray:
    return np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 0)
