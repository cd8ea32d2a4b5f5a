"""What a table decides, ranks by and grades, of each AU, beside the labels.

Decisions are the table's presences where it has some for the AU; else its probability from 0.5 upward; else its
intensity from a threshold upward. It ranks by probability, else by intensity, else by presence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotionet_tf.inference.decisions import HALF
from emotionet_tf.inference.other_tools.tool_table import INTENSITY, PRESENCE, PROBABILITY, ToolRow, ToolTable

_DECIDED_BY = (PRESENCE, PROBABILITY, INTENSITY)
_RANKED_BY = (PROBABILITY, INTENSITY, PRESENCE)


@dataclass(frozen=True, eq=False)
class ToolScores:
    """A table's say on one AU, for each labelled row.

    Attributes:
      decisions: [labels] float, 0 or 1; NaN where there is no score.
      ranks: [labels] float, the higher the surer; NaN where there is no score.
      intensities: [labels] float from 0 to 5, NaN where there is no score; None of an AU without.
      decided_by: The column, and the threshold where there is one.
      ranked_by: The column.
    """

    decisions: np.ndarray
    ranks: np.ndarray
    intensities: np.ndarray | None
    decided_by: str
    ranked_by: str


def aus_of(table: ToolTable) -> set[int]:
    """Returns the AUs of which a table has scores."""
    return {column.au for column in table.columns}


def matched_scores(table: ToolTable, rows: Sequence[ToolRow | None]) -> np.ndarray:
    """Returns the table's scores of labelled rows, [labels, columns] float64, NaN where there is none.

    Args:
      table: The table.
      rows: [labels], its row for each labelled row, None where there is none.
    """
    values = np.full((len(rows), len(table.columns)), np.nan)
    for index, row in enumerate(rows):
        if row is not None and row.scores is not None:
            values[index] = row.scores
    return values


def scores_of_au(
    table: ToolTable, values: np.ndarray, au: int, intensity_threshold: float
) -> ToolScores | None:
    """Returns a table's say on an AU; None where it has no column of it.

    Args:
      table: The table.
      values: As `matched_scores` returns them.
      au: The AU.
      intensity_threshold: From which intensity on an AU is present, where the table has nothing better.
    """
    places = {kind: place for kind in _DECIDED_BY if (place := table.column_of(au, kind)) is not None}
    if not places:
        return None
    decider = next(kind for kind in _DECIDED_BY if kind in places)
    ranker = next(kind for kind in _RANKED_BY if kind in places)
    threshold = {PRESENCE: HALF, PROBABILITY: HALF, INTENSITY: intensity_threshold}[decider]
    decided = values[:, places[decider]]
    decisions = np.where(np.isnan(decided), np.nan, decided >= threshold)
    name = {kind: table.columns[place].name for kind, place in places.items()}
    return ToolScores(
        decisions,
        # A row counts as scored by its decision; one that lacks the rank alone is ranked lowest of those.
        np.where(np.isnan(decisions), np.nan, np.nan_to_num(values[:, places[ranker]], nan=-1.0)),
        values[:, places[INTENSITY]] if INTENSITY in places else None,
        name[decider] if decider == PRESENCE else f"{name[decider]} >= {threshold:g}",
        name[ranker],
    )
