"""The report's tables of scores: why there is none, the scores of everything, scores by AU, two rows compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emotionet_tf.action_units import ACTION_UNITS, DESCRIPTIONS, EXPRESSION, POSE, au_name
from emotionet_tf.experiments.report.tables import Column, Table, Value
from emotionet_tf.experiments.scores.bootstrap import Interval
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.scores.verdicts import NOT_RUN
from emotionet_tf.training.objectives.challenge_score import majority_floor

PUBLISHED_GROUP = "published, on EmotioNet"
OUR_GROUP = "ours, on this data"
INTERVALS = (
    "Below each score: its 95 % interval over identities and seeds, and how many seeds its mean is of. Where a row was "
    "trained once, the spread between seeds of the rows trained more often stands in."
)
"""A sentence for the caption of a table of scores."""


def score_or_reason(
    results: Results,
    key: str,
    dataset: str,
    aus: Sequence[int] | None = None,
    measure: str = "ranking_score",
) -> Interval | str | None:
    """Returns a score; in its place, why there is none.

    That is "not run", or what the system says about a set that it has seen, or None where there cannot be any: a system
    that has not learned all of these AUs, or a set on which none of them is labelled.
    """
    interval = results.score(key, dataset, aus=aus, measure=measure)
    if interval is not None:
        return interval
    reason = results.system(key).unscored.get(dataset)
    if reason:
        return reason
    return None if results.seeds(key, dataset) else NOT_RUN


def floors_text(results: Results) -> str:
    """Returns a sentence for a caption on what always deciding for an AU's more frequent class scores, or ""."""
    parts = [
        f"{majority_floor(one.labels, one.mask).ranking_score:.4f} on {name}"
        for name, one in results.sets.items()
    ]
    return f" Always deciding for each AU's more frequent class scores {', '.join(parts)}." if parts else ""


def compared_table(
    results: Results,
    dataset: str,
    pair: tuple[str, str],
    lines: Sequence[tuple[str, Sequence[int], float | None, float | None]],
    *,
    name: str,
    title: str,
    columns: tuple[str, str],
) -> Table:
    """Returns two rows' scores and their difference over several groups of AUs.

    Args:
      results: Of a run.
      dataset: A scored set.
      pair: Keys of the rows.
      lines: For each group its name, its AUs, and the two rows' published scores.
      name: Of the CSV file.
      title: Says what is seen.
      columns: Headings of the two rows.
    """
    rows: list[Sequence[Value]] = []
    for group, aus, *published in lines:
        ours = [score_or_reason(results, key, dataset, aus) for key in pair]
        difference = results.difference(*pair, dataset, aus=aus)
        rows.append((f"{group} AUs", *published, *ours, difference or NOT_RUN))
    one, other = columns
    return Table(
        name,
        title,
        (
            Column("AUs"),
            *(Column(column, "score", group) for group in (PUBLISHED_GROUP, OUR_GROUP) for column in columns),
            Column(f"{one} - {other}", "difference", OUR_GROUP),
        ),
        tuple(rows),
    )


def per_au_table(
    results: Results, dataset: str, systems: Mapping[str, str], *, name: str, title: str
) -> Table:
    """Returns the scores of some systems, given as keys by their labels, at every AU."""
    rows = [
        (
            au_name(au),
            DESCRIPTIONS[au],
            *(results.score(key, dataset, aus=(au,)) for key in systems.values()),
        )
        for au in ACTION_UNITS
    ]
    columns = (Column("AU"), Column("name"), *(Column(label, "score") for label in systems))
    return Table(name, title, columns, tuple(rows))


def all_scores_table(results: Results, dataset: str) -> Table:
    """Returns every row, fusion and baseline with score, accuracy and F1, and the score of either group of AUs."""
    groups: tuple[tuple[str, tuple[int, ...] | None, str], ...] = (
        ("score", None, "ranking_score"),
        ("expression AUs", EXPRESSION.aus, "ranking_score"),
        ("pose AUs", POSE.aus, "ranking_score"),
        ("accuracy", None, "accuracy"),
        ("F1", None, "f1"),
    )
    rows = []
    for system in results.systems:
        key = system.key
        values = [score_or_reason(results, key, dataset, aus, measure) for _, aus, measure in groups]
        rows.append((key, system.title, len(results.aus(key, dataset)) or None, *values))
    return Table(
        f"all_{dataset}",
        f"Everything that was scored on the {dataset} set",
        (
            Column("key"),
            Column("model"),
            Column("AUs", "count"),
            *(Column(title, "score") for title, _, _ in groups),
        ),
        tuple(rows),
        "A score over fewer than 23 AUs is not comparable with the others.",
    )
