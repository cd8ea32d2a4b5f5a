"""Linear discriminants that tell whether an AU is present, on features of photos that need not be the labelled ones."""

from __future__ import annotations

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
        return (features - self.mean) * _inverse(self.deviation)


def spread_of(features: np.ndarray) -> FeatureSpread:
    """Returns how features [photos, features] vary."""
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    standardised = (features - mean) * _inverse(deviation)
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


def fit_discriminant(
    features: np.ndarray,
    labels: np.ndarray,
    spread: FeatureSpread,
    shrinkage: float,
    label_smoothing: float = 0.0,
) -> Discriminant:
    """Returns the score that best tells two classes whose photos vary as others do.

    The direction is that of a linear discriminant analysis: the inverse of the shrunk covariance times the difference
    of the classes' means. The covariance is the other photos', so that what varies among them, such as their persons
    and light, counts for little, even where it does not vary among the labelled ones. Its share `shrinkage` is taken
    from its diagonal alone: the more, the less the score relies on small differences between features that go together.
    The score along this direction is then scaled and shifted to be the logit of the labels.

    Args:
      features: [photos, features] of labelled photos.
      labels: [photos] in [0, 1]; of soft ones, a photo counts to both classes.
      spread: Of the other photos.
      shrinkage: In [0, 1].
      label_smoothing: Share of a label moved to 1/2 for the scale, in [0, 1): how sure a score becomes at most.
    Source: Fisher 1936; Friedman 1989, "Regularized discriminant analysis", for the shrinkage; Platt 1999 for the
      scale. That the covariance is another kind of photos' is ours, after `adapt_network`.
    """
    standardised, size = spread.standardised(features), len(spread.mean)
    difference = np.average(standardised, axis=0, weights=labels) - np.average(
        standardised, axis=0, weights=1 - labels
    )
    # Features that never vary among the other photos are 0 in all rows; the diagonal keeps the system solvable.
    shrunk = (1 - shrinkage) * spread.correlations + np.diag(np.where(spread.deviation > 0, shrinkage, 1.0))
    direction = np.linalg.solve(shrunk + _LEAST_CURVATURE * np.eye(size), difference)
    slope, shift = logistic_scale(
        standardised @ direction, (1 - label_smoothing) * labels + label_smoothing / 2
    )
    weights = slope * direction * _inverse(spread.deviation)
    return Discriminant(weights, float(shift - weights @ spread.mean))


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


def _inverse(deviation: np.ndarray) -> np.ndarray:
    return np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 0)
