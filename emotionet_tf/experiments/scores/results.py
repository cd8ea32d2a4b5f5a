"""The scores of a reproduction, with intervals: what there is so far of an unfinished one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

import numpy as np

from emotionet_tf.experiments.paper import SCORED_SETS
from emotionet_tf.experiments.run_layout import RunLayout
from emotionet_tf.experiments.scored_systems import Kind, System
from emotionet_tf.experiments.scores.bootstrap import (
    Interval,
    SeedSpread,
    interval,
    measure_of,
    pooled_spread,
)
from emotionet_tf.experiments.scores.scored_sets import (
    LabelTable,
    ScoredSet,
    folders_are_persons,
    label_table,
    load_scored_set,
)
from emotionet_tf.experiments.scores.seed_scores import SeedScores, read_seed_scores
from emotionet_tf.resampling import NUM_DRAWS
from emotionet_tf.training.objectives.challenge_score import AuScores, score_counts

_MIN_POOLED_DEGREES = 4


class Cell(NamedTuple):
    """One score: of a row with one seed, over some AUs."""

    key: str
    seed: int
    aus: tuple[int, ...]


Contrast = Mapping[Cell, float]
"""A weighted sum of scores, on one dataset."""


@dataclass(frozen=True, eq=False)
class Results:
    """The scores of a run.

    A row's score is the mean over its seeds. Rows are compared over the seeds that both have: a student's seed k
    learned from its teacher's seed k, and networks of one architecture start alike where their seeds are the same. The
    spread between seeds is pooled over all trained rows (of a fusion over all fusions), of a difference over all pairs
    of rows unless the caller names the differences that are alike. With it a row trained once has an interval too.

    Attributes:
      systems: All that makes predictions, in the report's order.
      sets: The scored sets that are there, by name.
      scores: By key, seed and dataset.
      labels: Label counts of the scored and the training sets that are there, by name.
      problems: Predictions that are there but cannot be used, one line each.
    """

    systems: tuple[System, ...]
    sets: Mapping[str, ScoredSet]
    scores: Mapping[tuple[str, int, str], SeedScores]
    labels: Mapping[str, LabelTable] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    _spreads: dict[tuple, SeedSpread | None] = field(default_factory=dict, repr=False)

    def keys(self, dataset: str | None = None) -> tuple[str, ...]:
        """Returns the rows, fusions and baselines that have a score, on a dataset or on any."""
        there = {key for key, _, name in self.scores if dataset in (None, name)}
        return tuple(system.key for system in self.systems if system.key in there)

    def datasets(self) -> tuple[str, ...]:
        """Returns the scored sets that have a score."""
        return tuple(name for name in self.sets if any(name == there for _, _, there in self.scores))

    def system(self, key: str) -> System:
        """Returns the system of a key."""
        return next(system for system in self.systems if system.key == key)

    def seeds(self, key: str, dataset: str) -> tuple[int, ...]:
        """Returns the seeds with which a row was scored."""
        return tuple(sorted(seed for row, seed, name in self.scores if (row, name) == (key, dataset)))

    def aus(self, key: str, dataset: str) -> tuple[int, ...]:
        """Returns the AUs that a row is scored on with all its seeds; none where it has no score."""
        found = [self.scores[key, seed, dataset].aus for seed in self.seeds(key, dataset)]
        return tuple(au for au in found[0] if all(au in aus for aus in found)) if found else ()

    def label_table(self, dataset: str) -> LabelTable | None:
        """Returns how often each AU occurs in a dataset; None where it is not there."""
        return self.labels.get(dataset)

    def score(
        self, key: str, dataset: str, *, aus: Sequence[int] | None = None, measure: str = "ranking_score"
    ) -> Interval | None:
        """Returns a row's score with its interval.

        Args:
          key: Of one of the systems.
          dataset: A scored set.
          aus: The score is a mean over these; None are all that the row is scored on.
          measure: One of `bootstrap.MEASURES`.
        Returns:
          None where the row has no predictions, or not for all of these AUs, or none of them is labelled.
        """
        chosen = tuple(self.aus(key, dataset) if aus is None else aus)
        if not self._can_score(key, dataset, chosen):
            return None
        seeds = self.seeds(key, dataset)
        contrast = {Cell(key, seed, chosen): 1 / len(seeds) for seed in seeds}
        kind = self.system(key).kind
        if kind is Kind.SEEDLESS:
            return self._interval(contrast, dataset, measure, SeedSpread(0.0, 0.0, 1.0), bounds=(0.0, 1.0))
        spread = self._spread_of_rows(dataset, chosen, measure, kind is Kind.FUSION)
        return self._interval(contrast, dataset, measure, spread, bounds=(0.0, 1.0))

    def difference(
        self,
        key: str,
        other: str,
        dataset: str,
        *,
        aus: Sequence[int] | None = None,
        measure: str = "ranking_score",
    ) -> Interval | None:
        """Returns by how much `key` is above `other`, paired in identities and seeds; arguments as in `score`.

        None where one of them has no score, or they share no seed; without `aus`, over the AUs that both are scored on.
        """
        shared = set(self.aus(other, dataset))
        chosen = tuple(au for au in self.aus(key, dataset) if au in shared) if aus is None else tuple(aus)
        contrast = self.pair(key, other, dataset, chosen)
        return None if contrast is None else self.contrast_interval(contrast, dataset, measure=measure)

    def per_au(self, key: str, dataset: str) -> AuScores | None:
        """Returns a row's scores by AU, in the order of `aus`, means over its seeds; None where there are none."""
        found = [self.scores[key, seed, dataset] for seed in self.seeds(key, dataset)]
        if not found:
            return None
        aus = self.aus(key, dataset)
        scores = [score_counts(*row.totals[[row.aus.index(au) for au in aus]].T) for row in found]
        return AuScores(
            scores[0].num_known,
            scores[0].num_positive,
            np.mean([row.accuracy for row in scores], axis=0),
            np.mean([row.f1 for row in scores], axis=0),
        )

    def pair(self, key: str, other: str, dataset: str, aus: Sequence[int]) -> dict[Cell, float] | None:
        """Returns the difference of two rows over the seeds that both have; None where there is nothing to compare."""
        chosen = tuple(aus)
        shared = sorted(set(self.seeds(key, dataset)) & set(self.seeds(other, dataset)))
        if not shared or not all(self._can_score(row, dataset, chosen) for row in (key, other)):
            return None
        weight = 1 / len(shared)
        return {
            **{Cell(key, seed, chosen): weight for seed in shared},
            **{Cell(other, seed, chosen): -weight for seed in shared},
        }

    def contrast_interval(
        self,
        contrast: Contrast,
        dataset: str,
        *,
        alike: Iterable[Contrast] = (),
        measure: str = "ranking_score",
    ) -> Interval:
        """Returns the interval of a difference, such as `pair` makes, or of a sum of several.

        Args:
          contrast: Weights that add to 0.
          dataset: A scored set.
          alike: Differences that are taken to spread between seeds as this one does, for the same weights squared; each
            with the same weights for all of its seeds. Too few trainings among them, and all pairs of rows are taken.
          measure: One of `bootstrap.MEASURES`.
        """
        spread = pooled_spread([self._by_seed(one, dataset, measure) for one in alike])
        aus = {cell.aus for cell in contrast}
        if (spread is None or spread.degrees < _MIN_POOLED_DEGREES) and len(aus) == 1:
            spread = self._spread_of_pairs(dataset, aus.pop(), measure) or spread
        return self._interval(contrast, dataset, measure, spread, bounds=(-2.0, 2.0))

    def _interval(
        self,
        contrast: Contrast,
        dataset: str,
        measure: str,
        spread: SeedSpread | None,
        bounds: tuple[float, float],
    ) -> Interval:
        seeds_by_key = defaultdict(set)
        for cell in contrast:
            seeds_by_key[cell.key].add(cell.seed)
        draws = sum(weight * self._draws(cell, dataset, measure) for cell, weight in contrast.items())
        return interval(
            np.asarray(draws),
            num_seeds=min(map(len, seeds_by_key.values())),
            num_identities=self.sets[dataset].num_identities,
            spread=spread,
            sum_of_squares=sum(weight**2 for weight in contrast.values()),
            bounds=bounds,
        )

    def _can_score(self, key: str, dataset: str, aus: tuple[int, ...]) -> bool:
        if not aus or not set(aus) <= set(self.aus(key, dataset)):
            return False
        # The label list, and so what is known, is the same for all seeds.
        return self._num_known(Cell(key, self.seeds(key, dataset)[0], aus), dataset) > 0

    def _num_known(self, cell: Cell, dataset: str) -> float:
        scores = self.scores[cell.key, cell.seed, dataset]
        return float(scores.totals[[scores.aus.index(au) for au in cell.aus]].sum())

    def _draws(self, cell: Cell, dataset: str, measure: str) -> np.ndarray:
        """Returns a score, [1 + draws]."""
        scores = self.scores[cell.key, cell.seed, dataset]
        if cell.aus == scores.aus:
            return measure_of(scores.draws, measure)
        return measure_of(scores.draws[:, :, [scores.aus.index(au) for au in cell.aus]], measure)

    def _by_seed(self, contrast: Contrast, dataset: str, measure: str) -> tuple[np.ndarray, float]:
        """Returns a contrast's value with each of its seeds, [seeds, 1 + draws], and one seed's squared weights."""
        seeds = sorted({cell.seed for cell in contrast})
        values = [
            len(seeds)
            * sum(w * self._draws(c, dataset, measure) for c, w in contrast.items() if c.seed == seed)
            for seed in seeds
        ]
        return np.stack(values), len(seeds) * sum(weight**2 for weight in contrast.values())

    def _repeated(self, dataset: str, aus: tuple[int, ...], *, fusions: bool) -> list[str]:
        """Returns the trained rows, or fusions, that have several seeds."""
        kind = Kind.FUSION if fusions else Kind.TRAINED
        alike = [key for key in self.keys(dataset) if self.system(key).kind is kind]
        return [
            key for key in alike if len(self.seeds(key, dataset)) > 1 and self._can_score(key, dataset, aus)
        ]

    def _spread_of_rows(
        self, dataset: str, aus: tuple[int, ...], measure: str, fusions: bool
    ) -> SeedSpread | None:
        kind = ("rows", dataset, aus, measure, fusions)
        if kind not in self._spreads:
            samples = []
            for key in self._repeated(dataset, aus, fusions=fusions):
                seeds = self.seeds(key, dataset)
                samples.append(
                    (np.stack([self._draws(Cell(key, seed, aus), dataset, measure) for seed in seeds]), 1.0)
                )
            spread = pooled_spread(samples)
            if fusions and (spread is None or spread.degrees < _MIN_POOLED_DEGREES):
                # A fusion spreads less than its members: theirs is a safe bound.
                spread = self._spread_of_rows(dataset, aus, measure, False)
            self._spreads[kind] = spread
        return self._spreads[kind]

    def _spread_of_pairs(self, dataset: str, aus: tuple[int, ...], measure: str) -> SeedSpread | None:
        """Returns the spread between seeds of differences of any two rows.

        With R rows of the same seeds the mean over all pairs is the mean square of the interaction of rows and seeds,
        which has (R - 1) (seeds - 1) degrees of freedom: 2 / R of what the pairs have by themselves.
        """
        kind = ("pairs", dataset, aus, measure)
        if kind not in self._spreads:
            keys = self._repeated(dataset, aus, fusions=False)
            pairs = [self.pair(key, other, dataset, aus) for key, other in combinations(keys, 2)]
            samples = [self._by_seed(pair, dataset, measure) for pair in pairs if pair]
            self._spreads[kind] = pooled_spread(samples, 2 / max(2, len(keys)))
        return self._spreads[kind]


def load_results(
    systems: tuple[System, ...],
    layout: RunLayout,
    *,
    scored_sets: Sequence[str] = SCORED_SETS,
    training_sets: Sequence[str] = (),
    by_folder: bool | None = None,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
) -> Results:
    """Reads the predictions of a run and scores them.

    Args:
      systems: What makes predictions, in the report's order.
      layout: Where they lie.
      scored_sets: What is scored, as far as it is there.
      training_sets: Further sets whose labels are counted.
      by_folder: Whether the photos of a folder show one person, so that intervals resample folders instead of photos;
        None decides as `folders_are_persons`.
      num_draws: Resamples of the identities.
      seed: Of the resamples.
    Raises:
      UserError: If a dataset's label list or `dataset.json` is damaged.
    """
    persons = folders_are_persons(layout) if by_folder is None else by_folder
    sets = {
        name: load_scored_set(layout, name, persons) for name in scored_sets if layout.truth(name).is_file()
    }
    scores: dict[tuple[str, int, str], SeedScores] = {}
    problems: list[str] = []
    for name, truth in sets.items():
        found = read_seed_scores(systems, layout, truth, num_draws=num_draws, seed=seed)
        scores.update({(key, number, name): one for (key, number), one in found.scores.items()})
        problems += found.problems
    tables = {name: label_table(layout, name, sets.get(name)) for name in (*training_sets, *scored_sets)}
    labels = {name: table for name, table in tables.items() if table is not None}
    return Results(systems, sets, scores, labels, tuple(problems))
