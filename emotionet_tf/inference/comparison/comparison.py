"""Several programs' predictions against the same labels: on the rows that all of them scored, and on all rows.

On common rows nobody gains by leaving out what is hard, and nobody loses by what another one left out. On all rows,
what a program did not score counts as absent, so that leaving out costs whatever was there to find.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from emotionet_tf.action_units import facs_codes, table_order
from emotionet_tf.errors import UserError
from emotionet_tf.inference.comparison.paired import (
    Draws,
    Estimate,
    decision_draws,
    differences,
    estimates,
    intensity_draws,
    mean_draws,
    measures_of_all,
)
from emotionet_tf.inference.comparison.row_matching import MatchedRows
from emotionet_tf.inference.comparison.tool_scores import ToolScores, aus_of, matched_scores, scores_of_au
from emotionet_tf.inference.other_tools.tool_table import ToolTable
from emotionet_tf.label_lists.rows import LabelList
from emotionet_tf.resampling import NUM_DRAWS, resample_weights


@dataclass(frozen=True, eq=False)
class NamedTable:
    """A program's predictions, matched with the labels.

    Attributes:
      name: What the comparison calls it.
      table: As read.
      matched: Its rows beside the labels'.
      intensity_threshold: From which intensity on an AU is present, where the table has nothing better.
    """

    name: str
    table: ToolTable
    matched: MatchedRows
    intensity_threshold: float = 1.0


@dataclass(frozen=True)
class ToolResult:
    """How one table did on an AU, or on the mean of several.

    Attributes:
      num_scored: Known labels whose row has a score; of a mean, 0 as the other numbers.
      num_failed: Known labels whose row says that there is no face, or lacks this AU.
      num_missing: Known labels without a row.
      decided_by: What made the decisions.
      ranked_by: What ranked the rows.
      on_common: The measures on the rows that all tables with the AU scored.
      difference: The same, less the first table's; empty for the first, and where that lacks the AU.
      on_all: The measures on all known labels, where a row without a score counts as absent.
      agreement: Of intensities, on the rows where they are coded and all tables that have some gave one; empty without.
      agreement_difference: The same, less the first table's.
    """

    num_scored: int = 0
    num_failed: int = 0
    num_missing: int = 0
    decided_by: str = ""
    ranked_by: str = ""
    on_common: Mapping[str, Estimate] = field(default_factory=dict)
    difference: Mapping[str, Estimate] = field(default_factory=dict)
    on_all: Mapping[str, float] = field(default_factory=dict)
    agreement: Mapping[str, Estimate] = field(default_factory=dict)
    agreement_difference: Mapping[str, Estimate] = field(default_factory=dict)


@dataclass(frozen=True)
class AuComparison:
    """An AU's results.

    Attributes:
      au: The AU.
      num_known: Known labels.
      num_positive: Of these, "present".
      num_common: Known labels that all tables with the AU scored.
      num_common_positive: Of these, "present".
      num_graded: Rows that the agreement of intensities is about.
      tools: By table, of those that have the AU.
    """

    au: int
    num_known: int
    num_positive: int
    num_common: int
    num_common_positive: int
    num_graded: int
    tools: Mapping[str, ToolResult]


@dataclass(frozen=True, eq=False)
class Comparison:
    """All results.

    Attributes:
      tables: In the order given; differences are to the first.
      aus: Results by AU, of those that are labelled and that some table has.
      mean_aus: The AUs that every table has and of which something is known on common rows.
      mean: The means over these by table; empty where there is no such AU.
      aus_without_scores: Labelled AUs that no table has.
      num_labels: Labelled rows.
      num_persons: Persons that were resampled.
      persons_from: How the persons were told, a sentence.
      num_draws: Resamples.
      seed: Of the resamples.
    """

    tables: Sequence[NamedTable]
    aus: Sequence[AuComparison]
    mean_aus: Sequence[int]
    mean: Mapping[str, ToolResult]
    aus_without_scores: Sequence[int]
    num_labels: int
    num_persons: int
    persons_from: str
    num_draws: int
    seed: int


def compare(
    labels: LabelList,
    tables: Sequence[NamedTable],
    persons: tuple[Sequence[str], str],
    *,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
) -> Comparison:
    """Compares tables.

    Args:
      labels: The labels.
      tables: At least one, with different names.
      persons: Who is seen on each labelled row, and how that is known; as `persons_of` returns them.
      num_draws: Resamples of the persons.
      seed: Of the resamples.
    Raises:
      UserError: If no labelled AU is in any table.
    """
    with_scores = set().union(*(aus_of(one.table) for one in tables))
    aus = [au for au in labels.labelled_aus if au in with_scores]
    if not aus:
        raise UserError(
            f"the labels have the AUs {facs_codes(labels.labelled_aus)}, the tables "
            f"{facs_codes(table_order(with_scores))}: none in common"
        )
    names, numbers = np.unique(np.array(persons[0]), return_inverse=True)
    weights = list(resample_weights(len(names), num_draws, seed))
    columns = _LabelColumns.of(labels)
    values = {one.name: matched_scores(one.table, one.matched.rows) for one in tables}
    results: list[AuComparison] = []
    draws: dict[int, dict[str, Draws]] = {}
    for au in aus:
        scores = {
            one.name: found
            for one in tables
            if (found := scores_of_au(one.table, values[one.name], au, one.intensity_threshold))
        }
        results.append(_compare_au(au, columns, tables, scores, _Resamples(numbers, weights), draws))
    mean_aus = [one.au for one in results if len(one.tools) == len(tables) and one.num_common]
    return Comparison(
        tables,
        results,
        mean_aus,
        _means(
            [draws[au] for au in mean_aus], [one for one in results if one.au in mean_aus], tables, len(names)
        ),
        [au for au in labels.labelled_aus if au not in aus],
        len(labels.rows),
        len(names),
        persons[1],
        num_draws,
        seed,
    )


@dataclass(frozen=True, eq=False)
class _Resamples:
    """Each row's person as a number, [labels], and the persons' weights."""

    persons: np.ndarray
    weights: Sequence[np.ndarray]

    @property
    def num_persons(self) -> int:
        return self.weights[0].shape[1]


@dataclass(frozen=True, eq=False)
class _LabelColumns:
    """Labels, which of them are known, and intensities, each [labels, AUs] in the order of `aus`."""

    aus: tuple[int, ...]
    present: np.ndarray
    known: np.ndarray
    intensities: np.ndarray

    @classmethod
    def of(cls, labels: LabelList) -> _LabelColumns:
        rows = [row.in_columns(labels.aus) for row in labels.rows]
        blank = np.full(len(labels.aus), np.nan, np.float32)
        return cls(
            labels.aus,
            np.stack([row.labels for row in rows]) > 0.5,
            np.stack([row.mask for row in rows]) > 0,
            np.stack([blank if row.intensities is None else row.intensities for row in rows]),
        )


def _compare_au(
    au: int,
    labels: _LabelColumns,
    tables: Sequence[NamedTable],
    scores: Mapping[str, ToolScores],
    resamples: _Resamples,
    draws: dict[int, dict[str, Draws]],
) -> AuComparison:
    """Returns an AU's results, and adds what they were drawn from to `draws`."""
    column = labels.aus.index(au)
    present, known = labels.present[:, column], labels.known[:, column]
    common = known & np.all([~np.isnan(one.decisions) for one in scores.values()], axis=0)
    persons = resamples.persons[common]
    draws[au] = {
        name: decision_draws(
            present[common], one.decisions[common] > 0.5, one.ranks[common], persons, resamples.weights
        )
        for name, one in scores.items()
    }
    num_graded, grades = _intensities(labels.intensities[:, column], scores, resamples)
    first = tables[0].name
    num_persons = len(np.unique(persons))
    tools = {}
    for one in tables:
        if one.name not in scores:
            continue
        own, graded = draws[au][one.name], grades.get(one.name)
        is_other = one.name != first
        tools[one.name] = ToolResult(
            *_row_numbers(known, scores[one.name], one.matched),
            scores[one.name].decided_by,
            scores[one.name].ranked_by,
            estimates(own, num_persons),
            differences(own, draws[au][first], num_persons) if is_other and first in scores else {},
            _with_absent(present, known, scores[one.name]),
            estimates(graded, num_persons) if graded else {},
            differences(graded, grades[first], num_persons)
            if graded and is_other and first in grades
            else {},
        )
    return AuComparison(
        au,
        int(known.sum()),
        int((known & present).sum()),
        int(common.sum()),
        int((common & present).sum()),
        num_graded,
        tools,
    )


def _row_numbers(known: np.ndarray, scores: ToolScores, matched: MatchedRows) -> tuple[int, int, int]:
    """Returns how many known labels have a score, a row without one, and no row."""
    has_row = np.array([row is not None for row in matched.rows], bool)
    is_scored = ~np.isnan(scores.decisions)
    return (
        int((known & is_scored).sum()),
        int((known & has_row & ~is_scored).sum()),
        int((known & ~has_row).sum()),
    )


def _with_absent(present: np.ndarray, known: np.ndarray, scores: ToolScores) -> Mapping[str, float]:
    ranks = np.nan_to_num(scores.ranks[known], nan=-np.inf)
    return measures_of_all(present[known], scores.decisions[known] > 0.5, ranks)


def _intensities(
    coded: np.ndarray, scores: Mapping[str, ToolScores], resamples: _Resamples
) -> tuple[int, dict[str, Draws]]:
    """Returns how many rows have both coded and predicted intensities, and the draws of the tables that have some."""
    graded = {name: one.intensities for name, one in scores.items() if one.intensities is not None}
    if not graded or np.isnan(coded).all():
        return 0, {}
    common = ~np.isnan(coded) & np.all([~np.isnan(one) for one in graded.values()], axis=0)
    return int(common.sum()), {
        name: intensity_draws(coded[common], one[common], resamples.persons[common], resamples.weights)
        for name, one in graded.items()
    }


def _means(
    draws: Sequence[Mapping[str, Draws]],
    results: Sequence[AuComparison],
    tables: Sequence[NamedTable],
    num_persons: int,
) -> dict[str, ToolResult]:
    """Returns the means over AUs by table."""
    if not draws:
        return {}
    means = {one.name: mean_draws([au[one.name] for au in draws]) for one in tables}
    first = means[tables[0].name]
    found = {}
    for one in tables:
        on_all = [
            {measure: np.array([value]) for measure, value in au.tools[one.name].on_all.items()}
            for au in results
        ]
        found[one.name] = ToolResult(
            on_common=estimates(means[one.name], num_persons),
            difference=differences(means[one.name], first, num_persons) if one is not tables[0] else {},
            on_all={measure: float(value[0]) for measure, value in mean_draws(on_all).items()},
        )
    return found
