"""The scores of a cross-validation: by tested part, their mean over the parts, and of all rows pooled.

Papers on DISFA and BP4D take each part's F1 of each AU and the mean over the parts. F1 of all rows together is another
number, as F1 is not linear; both are here, and neither is called just F1.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.scores.bootstrap import au_measures, interval, measure_of, resampled_totals
from emotionet_tf.inference.comparison.decision_measures import (
    DECISION_MEASURES,
    confusion_counts,
    decision_measures,
)
from emotionet_tf.inference.decisions import decide
from emotionet_tf.inference.evaluation import known_labels
from emotionet_tf.inference.prediction_files import Predictions
from emotionet_tf.label_lists.rows import LabelList


@dataclass(frozen=True, eq=False)
class PartRows:
    """The rows of a tested part, with what is known and what was decided of them.

    Attributes:
      part: The part's name.
      aus: The AUs that are predicted and labelled.
      persons: [rows] who is seen.
      has_face: [rows] bool; where there is none, every AU counts as absent.
      labels: [rows, AUs], 0 or 1; 0 where the mask is 0.
      mask: [rows, AUs], 1 = known.
      decisions: [rows, AUs], 0 or 1.
    """

    part: str
    aus: tuple[int, ...]
    persons: np.ndarray
    has_face: np.ndarray
    labels: np.ndarray
    mask: np.ndarray
    decisions: np.ndarray

    def in_columns(self, aus: Sequence[int]) -> PartRows:
        """Returns the rows with some of their AUs."""
        columns = [self.aus.index(au) for au in aus]
        arrays = (array[:, columns] for array in (self.labels, self.mask, self.decisions))
        return PartRows(self.part, tuple(aus), self.persons, self.has_face, *arrays)

    def with_face(self) -> PartRows:
        """Returns those rows that have a face."""
        kept = self.has_face
        arrays = (array[kept] for array in (self.labels, self.mask, self.decisions))
        return PartRows(self.part, self.aus, self.persons[kept], kept[kept], *arrays)

    def counts_by_person(self) -> np.ndarray:
        """Returns confusion counts [persons, AUs, 4] of the known labels, persons in the order of their names."""
        persons, index = np.unique(self.persons, return_inverse=True)
        counts = np.zeros((len(persons), len(self.aus), 4))
        for column in range(len(self.aus)):
            places = confusion_counts(self.labels[:, column] > 0.5, self.decisions[:, column] > 0.5)
            np.add.at(counts[:, column], index, places * (self.mask[:, column, None] > 0))
        return counts

    def scores(self) -> Scores:
        """Returns the scores of these rows."""
        return Scores(self.counts_by_person().sum(axis=0))


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of some rows, AU by AU.

    Attributes:
      counts: [AUs, 4]: true and false positives, false and true negatives.
    """

    counts: np.ndarray

    @property
    def num_known(self) -> np.ndarray:
        """[AUs], known labels."""
        return self.counts.sum(axis=1)

    @property
    def num_present(self) -> np.ndarray:
        """[AUs], those of them that say "present"."""
        return self.counts[:, 0] + self.counts[:, 2]

    @cached_property
    def values(self) -> Mapping[str, np.ndarray]:
        """By the `DECISION_MEASURES`' names, [AUs] each; NaN where nothing is known."""
        return decision_measures(self.counts)


@dataclass(frozen=True, eq=False)
class CrossScores:
    """The scores of some rows of all tested parts.

    Attributes:
      tested: The rows, by part.
    """

    tested: tuple[PartRows, ...]

    @cached_property
    def parts(self) -> Mapping[str, Scores]:
        """The scores of each part, by its name."""
        return {rows.part: rows.scores() for rows in self.tested}

    @cached_property
    def pooled(self) -> Scores:
        """The scores of all rows together."""
        return _pooled(self.tested).scores()

    @cached_property
    def part_means(self) -> Mapping[str, np.ndarray]:
        """By measure, [AUs], the mean over the parts of each part's score: of F1 what papers report.

        A part in which nothing is known of an AU is in no mean; NaN where that is all of them.
        """
        by_part = [scores.values for scores in self.parts.values()]
        return {
            measure: np.array([mean_of_known(one) for one in np.stack([v[measure] for v in by_part], axis=1)])
            for measure in DECISION_MEASURES
        }

    @property
    def always_present_f1(self) -> np.ndarray:
        """[AUs], pooled F1 of deciding "present" for every row: 2 p / (1 + p) of a share p of positives."""
        with np.errstate(invalid="ignore"):
            share = self.pooled.num_present / self.pooled.num_known
        return 2 * share / (1 + share)

    def pooled_f1_interval(self) -> tuple[float, float]:
        """Returns the ends of the mean pooled F1's interval by the choice of tested persons; NaN for fewer than two.

        The networks are as they are: that other persons would have made others is not in it.
        """
        counts = _pooled(self.tested).counts_by_person()
        if len(counts) < 2:
            return math.nan, math.nan
        draws = measure_of(au_measures(resampled_totals({"": counts})[""]), "f1")
        found = interval(
            draws, num_seeds=1, num_identities=len(counts), spread=None, sum_of_squares=1, bounds=(0, 1)
        )
        return found.low, found.high


def mean_of_known(values: np.ndarray) -> float:
    """Returns the mean over AUs, without those of which nothing is known; NaN without any."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan


def part_rows(
    part: str, predictions: Predictions, labels: LabelList, rows_file: Path, aus: Sequence[int] = ()
) -> PartRows:
    """Joins what was predicted of a part with its labels.

    Args:
      part: Its name.
      predictions: Of its rows.
      labels: Of its records folder.
      rows_file: The table that the labels were read from; it says where a face was found.
      aus: The AUs that are scored; empty for all that are predicted and labelled.
    Raises:
      UserError: If no AU is both predicted and labelled.
    """
    known = known_labels(predictions.without_thresholds(), labels)
    rows = PartRows(
        part,
        known.aus,
        np.array([row.person for row in labels.rows]),
        _has_face(rows_file, labels),
        known.labels,
        known.mask,
        decide(known.scores),
    )
    wanted = [au for au in known.aus if not aus or au in aus]
    if not wanted:
        raise UserError(
            f"the predictions of {part} have none of the protocol's AUs {', '.join(map(str, aus))}"
        )
    return rows.in_columns(wanted)


def in_common_columns(tested: Sequence[PartRows]) -> tuple[PartRows, ...]:
    """Returns the rows of all parts with the AUs that all of them have.

    Raises:
      UserError: If there is none.
    """
    common = [au for au in tested[0].aus if all(au in rows.aus for rows in tested)]
    if not common:
        raise UserError("no AU is predicted and labelled in all tested parts")
    return tuple(rows.in_columns(common) for rows in tested)


def _pooled(tested: Sequence[PartRows]) -> PartRows:
    names = ("persons", "has_face", "labels", "mask", "decisions")
    arrays = (np.concatenate([getattr(rows, name) for rows in tested]) for name in names)
    return PartRows("pooled", tested[0].aus, *arrays)


def _has_face(path: Path, labels: LabelList) -> np.ndarray:
    with path.open(encoding="utf-8", newline="") as file:
        found = {row["id"]: row["found"] == "1" for row in csv.DictReader(file)}
    return np.array([found[row.example_id] for row in labels.rows])
