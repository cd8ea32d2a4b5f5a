"""95 % intervals that cover two sources of chance: which persons were photographed, and which seed trained.

A score S(r, s) of row r with seed s on a set of identities is taken as  mean + seed(r, s) + identities(r) +
interaction(r, s): a model with crossed random effects. What is reported is a weighted sum of such scores, the weights
adding to 1 (a mean over seeds) or to 0 (a paired difference). Its variance is the sum of two parts:

- *Identities*: the variance of the whole weighted sum over bootstrap resamples of the identities, the same ones for all
  rows. It holds the interaction too.
- *Seeds*: between-seed variance x sum of squared weights. Three seeds do not make a bootstrap: resampled, they show two
  thirds of their variance, and no normal quantile makes up for two degrees of freedom. So the variance between seeds is
  estimated by its mean squares, pooled over rows (or over differences) that are taken to spread alike. What the chance
  of the identities adds to it, known from the same resamples, is subtracted, as the first part has it already.

The interval is estimate +- t x sqrt(sum), Student's t with the degrees of freedom of Satterthwaite. In simulations of
80 identities and three seeds, seeds from harmless to half of the variance, it covered 94 to 98 % (a test repeats one).

An AU without positives in a resample scores as in `ranking_score`: F1 is 0 whether or not it is predicted. With k
identities that show an AU this happens in about exp(-k) of the resamples (5 % at k = 3), and pulls those down: the
interval of such an AU becomes wider, but as it is centred on the estimate and not on the resamples' mean, the bias does
not move it. An AU that occurs nowhere, or is never found, has F1 = 0 in every resample and an interval that is too
narrow: no bootstrap knows of what it has not seen. The numbers of positives belong beside such scores.

Sources: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 6 and 12; Owen, The pigeonhole bootstrap,
Annals of Applied Statistics 1(2), 2007, for why resampling both factors counts the interaction more than once; Searle,
Casella and McCulloch, Variance Components, 1992, for mean squares in crossed random models; Satterthwaite, Biometrics
Bulletin 2, 1946.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from emotionet_tf.intervals import MAX_DEGREES, t_quantile
from emotionet_tf.resampling import NUM_DRAWS, resample_weights
from emotionet_tf.training.objectives.challenge_score import score_counts

MEASURES = ("ranking_score", "accuracy", "f1")

_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval.

    Attributes:
      estimate: Mean over seeds of a score, or of a difference of scores, on the whole dataset.
      low: Lower end.
      high: Upper end.
      num_seeds: Trainings of the row in it that has the fewest.
      num_identities: Persons, or photos where nothing says who is on them, of the dataset.
      identity_error: Standard error from the choice of identities.
      seed_error: Standard error from the seeds; None where no row was trained twice, so that nothing tells it and the
        interval leaves it out.
    """

    estimate: float
    low: float
    high: float
    num_seeds: int
    num_identities: int
    identity_error: float = 0.0
    seed_error: float | None = None

    @property
    def covers_seeds(self) -> bool:
        """Whether the interval covers the choice of seeds."""
        return self.seed_error is not None


@dataclass(frozen=True)
class SeedSpread:
    """Variance between seeds, of a weighted sum of scores whose squared weights add to 1.

    Attributes:
      variance: Without what the chance of the identities adds; below 0 by chance where seeds hardly differ.
      observed: With it: the mean square as it was found.
      degrees: Degrees of freedom of `observed`.
    """

    variance: float
    observed: float
    degrees: float


def resampled_totals(
    counts: Mapping[_Key, np.ndarray], num_draws: int = NUM_DRAWS, seed: int = 0
) -> dict[_Key, np.ndarray]:
    """Returns the counts' sums over all identities and over bootstrap resamples of them.

    Args:
      counts: Arrays [identities, AUs, 4] of the same identities; every array sees the same resamples.
      num_draws: Resamples.
      seed: Of the resamples.
    Returns:
      Arrays [1 + draws, AUs, 4] float32, the first row from the identities as they are.
    """
    if not counts:
        return {}
    num_identities = len(next(iter(counts.values())))
    totals: dict[_Key, list[np.ndarray]] = {key: [] for key in counts}
    for weights in resample_weights(num_identities, num_draws, seed):
        for key, array in counts.items():
            flat = array.reshape(num_identities, -1).astype(np.float32)
            totals[key].append((weights @ flat).reshape(len(weights), *array.shape[1:]))
    return {key: np.concatenate(parts) for key, parts in totals.items()}


def au_measures(totals: np.ndarray) -> np.ndarray:
    """Returns accuracy and F1, [2, draws, AUs], of confusion counts [draws, AUs, 4]; NaN where nothing is known."""
    scores = score_counts(*(totals[..., column].astype(np.float64) for column in range(4)))
    return np.stack([scores.accuracy, scores.f1])


def measure_of(values: np.ndarray, measure: str) -> np.ndarray:
    """Returns one of `MEASURES`, [draws], from accuracy and F1, [2, draws, AUs]; AUs with nothing known are left out.

    Raises:
      ValueError: If the measure is not one of `MEASURES`.
    """
    if measure not in MEASURES:
        raise ValueError(f"measure is one of {', '.join(MEASURES)}, got {measure!r}")
    is_known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        accuracy, f1 = np.where(is_known, values, 0).sum(axis=-1) / is_known.sum(axis=-1)
    return {"ranking_score": (accuracy + f1) / 2, "accuracy": accuracy, "f1": f1}[measure]


def pooled_spread(
    samples: Sequence[tuple[np.ndarray, float]], degrees_factor: float = 1.0
) -> SeedSpread | None:
    """Returns the spread between seeds, pooled over rows or differences; None where no sample has two seeds.

    Args:
      samples: For each row or difference its values [seeds, 1 + draws], and the sum of the squared weights with which
        one seed's scores make one value: 1 for a score, 2 for a difference of two.
      degrees_factor: Share of the degrees of freedom that remains because samples have rows in common.
    """
    squares = chance = degrees = 0.0
    for values, sum_of_squares in samples:
        deviations = values - values.mean(axis=0)
        squares += float((deviations[:, 0] ** 2).sum()) / sum_of_squares
        chance += float(np.nanvar(deviations[:, 1:], axis=1).sum()) / sum_of_squares
        degrees += len(values) - 1
    if not degrees:
        return None
    return SeedSpread((squares - chance) / degrees, squares / degrees, degrees * degrees_factor)


def interval(
    draws: np.ndarray,
    *,
    num_seeds: int,
    num_identities: int,
    spread: SeedSpread | None,
    sum_of_squares: float,
    bounds: tuple[float, float] = (-1.0, 1.0),
) -> Interval:
    """Returns the interval of a weighted sum of scores.

    Args:
      draws: [1 + draws], the sum on the identities as they are and on the resamples.
      num_seeds: Reported as it is.
      num_identities: Of the dataset.
      spread: Between seeds; None leaves the seeds out.
      sum_of_squares: Of the weights of all scores in the sum: 1 / n for the mean over n seeds.
      bounds: What the quantity cannot leave.
    """
    identity_variance = float(np.nanvar(draws[1:]))
    seed_variance = 0.0 if spread is None else max(0.0, spread.variance) * sum_of_squares
    variance = identity_variance + seed_variance
    per_degree = identity_variance**2 / max(1, num_identities - 1)
    if spread is not None:
        per_degree += (spread.observed * sum_of_squares) ** 2 / spread.degrees
    degrees = variance**2 / per_degree if per_degree > 0 else MAX_DEGREES
    half = t_quantile(degrees) * variance**0.5
    estimate = float(draws[0])
    return Interval(
        estimate,
        max(bounds[0], estimate - half),
        min(bounds[1], estimate + half),
        num_seeds,
        num_identities,
        identity_variance**0.5,
        None if spread is None else seed_variance**0.5,
    )
