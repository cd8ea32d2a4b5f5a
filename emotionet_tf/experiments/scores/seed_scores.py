"""From prediction files to scores: confusion counts per identity, summed over resamples of the identities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotionet_tf.action_units import columns_of
from emotionet_tf.errors import UserError
from emotionet_tf.experiments.run_layout import RunLayout
from emotionet_tf.experiments.scored_systems import System
from emotionet_tf.experiments.scores.bootstrap import au_measures, resampled_totals
from emotionet_tf.experiments.scores.scored_sets import ScoredSet
from emotionet_tf.inference.decisions import decide
from emotionet_tf.inference.prediction_files import Predictions, read_predictions


@dataclass(frozen=True, eq=False)
class SeedScores:
    """What one set of predictions is worth on one dataset.

    Attributes:
      aus: The AUs that are scored.
      totals: [AUs, 4] true and false positives, false and true negatives.
      draws: [2, 1 + draws, AUs] accuracy and F1, on the identities as they are and on resamples.
    """

    aus: tuple[int, ...]
    totals: np.ndarray
    draws: np.ndarray


@dataclass(frozen=True)
class FoundScores:
    """What there is on one dataset.

    Attributes:
      scores: By key and seed.
      problems: Prediction files that are there but cannot be used, one line each.
    """

    scores: dict[tuple[str, int], SeedScores]
    problems: tuple[str, ...]


def read_seed_scores(
    systems: Sequence[System], layout: RunLayout, truth: ScoredSet, *, num_draws: int, seed: int
) -> FoundScores:
    """Scores all predictions of a dataset that a run has made so far.

    Args:
      systems: What makes predictions; not scored on the sets that they have seen.
      layout: Where they lie.
      truth: The dataset.
      num_draws: Resamples of the identities, the same for all.
      seed: Of the resamples.
    """
    aus: dict[tuple[str, int], tuple[int, ...]] = {}
    counts: dict[tuple[str, int], np.ndarray] = {}
    problems = []
    for system in systems:
        if truth.name in system.unscored:
            continue
        key = system.key
        for number in _seeds_there(layout, key):
            path = layout.predictions(key, number, truth.name)
            if not path.is_file():
                continue
            try:
                aus[key, number], counts[key, number] = _read_counts(path, system, truth)
            except UserError as error:
                problems.append(f"{path}: {error}")
    totals = resampled_totals(counts, num_draws, seed)
    scores = {name: SeedScores(aus[name], drawn[0], au_measures(drawn)) for name, drawn in totals.items()}
    return FoundScores(scores, tuple(problems))


def confusion_counts(predictions: Predictions, truth: ScoredSet, aus: Sequence[int]) -> np.ndarray:
    """Returns [identities, AUs, 4] true and false positives, false and true negatives of the decisions.

    Decided at the predictions' own thresholds where they have some. A photo without a prediction counts as "absent",
    an unknown label nowhere.

    Raises:
      UserError: If no photo of the dataset has a prediction.
    """
    scores, has_prediction = predictions.scores_of(truth.ids)
    if not has_prediction.any():
        raise UserError(f"no photo of {truth.name} has a prediction")
    columns = [predictions.aus.index(au) for au in aus]
    decided = decide(scores[:, columns], predictions.thresholds[columns]) > 0
    present = truth.labels[:, columns_of(aus)] > 0.5
    known = truth.mask[:, columns_of(aus)] > 0
    cell = np.where(decided, np.where(present, 0, 1), np.where(present, 2, 3))
    counts = np.empty((truth.num_identities, len(aus), 4), _smallest_type(truth.identity))
    for column in range(len(aus)):
        rows = known[:, column]
        flat = truth.identity[rows] * 4 + cell[rows, column]
        counts[:, column] = np.bincount(flat, minlength=truth.num_identities * 4).reshape(-1, 4)
    return counts


def _read_counts(path: Path, system: System, truth: ScoredSet) -> tuple[tuple[int, ...], np.ndarray]:
    predictions = read_predictions(path)
    aus = tuple(au for au in predictions.aus if au in system.aus)
    if not aus:
        raise UserError("it learned no AU that it predicts")
    return aus, confusion_counts(predictions, truth, aus)


def _seeds_there(layout: RunLayout, key: str) -> list[int]:
    folder = layout.predictions(key, 0, "opt-val").parent.parent
    numbers = (path.name.removeprefix("seed") for path in folder.glob("seed*"))
    return sorted(int(number) for number in numbers if number.isdigit())


def _smallest_type(identity: np.ndarray) -> type[np.unsignedinteger]:
    """Returns a type for counts of one identity's photos: a report holds them for every row at once."""
    most = int(np.bincount(identity).max())
    return np.uint8 if most < 256 else np.uint16 if most < 65536 else np.uint32
