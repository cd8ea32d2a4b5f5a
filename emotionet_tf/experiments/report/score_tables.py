"""The report's tables of scores: why there is none, the scores of everything, scores by AU, two rows compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from emotionet_tf.action_units import ACTION_UNITS, DESCRIPTIONS, EXPRESSION, POSE, au_name
from emotionet_tf.experiments.report.tables import Column, Table, Value, table_of
from emotionet_tf.experiments.scored_systems import System
from emotionet_tf.experiments.scores.bootstrap import Interval
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.scores.verdicts import NOT_RUN
from emotionet_tf.training.objectives.challenge_score import majority_baseline

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


def majority_text(results: Results) -> str:
    """Returns a sentence for a caption on what always deciding for an AU's more frequent class scores, or ""."""
    scores = [
        f"{majority_baseline(one.labels, one.mask).ranking_score:.4f} on {name}"
        for name, one in results.sets.items()
    ]
    return f" Always deciding for each AU's more frequent class scores {', '.join(scores)}." if scores else ""


@dataclass(frozen=True)
class ComparedAus:
    """A group of AUs over which two rows are compared.

    Attributes:
      title: Such as "17 expression".
      aus: The AUs.
      published: The two rows' published scores.
    """

    title: str
    aus: Sequence[int]
    published: tuple[float | None, float | None] = (None, None)


def compared_table(
    results: Results,
    dataset: str,
    pair: tuple[str, str],
    lines: Sequence[ComparedAus],
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
      lines: The groups.
      name: Of the CSV file.
      title: Says what is seen.
      columns: Headings of the two rows.
    """

    def our_score(key: str) -> Callable[[ComparedAus], Value]:
        return lambda line: score_or_reason(results, key, dataset, line.aus)

    def difference(line: ComparedAus) -> Value:
        return results.difference(*pair, dataset, aus=line.aus) or NOT_RUN

    one, other = columns
    return table_of(
        name,
        title,
        (
            Column("AUs", lambda line: f"{line.title} AUs"),
            Column(one, lambda line: line.published[0], "score", PUBLISHED_GROUP),
            Column(other, lambda line: line.published[1], "score", PUBLISHED_GROUP),
            Column(one, our_score(pair[0]), "score", OUR_GROUP),
            Column(other, our_score(pair[1]), "score", OUR_GROUP),
            Column(f"{one} - {other}", difference, "difference", OUR_GROUP),
        ),
        lines,
    )


def per_au_table(
    results: Results, dataset: str, systems: Mapping[str, str], *, name: str, title: str
) -> Table:
    """Returns the scores of some systems, given as keys by their labels, at every AU."""

    def score_of(key: str) -> Callable[[int], Value]:
        return lambda au: results.score(key, dataset, aus=(au,))

    return au_table(name, title, {label: score_of(key) for label, key in systems.items()})


def au_table(
    name: str, title: str, columns: Mapping[str, Callable[[int], Value]], caption: str = ""
) -> Table:
    """Returns a table with a row for each AU, and these columns of scores beside its name."""
    named = (Column[int]("AU", au_name), Column[int]("name", DESCRIPTIONS.__getitem__))
    scores = (Column(label, value, "score") for label, value in columns.items())
    return table_of(name, title, (*named, *scores), ACTION_UNITS, caption)


def all_scores_table(results: Results, dataset: str) -> Table:
    """Returns every row, fusion and baseline with score, accuracy and F1, and the score of either group of AUs."""

    def score_of(measure: str, aus: Sequence[int] | None = None) -> Callable[[System], Value]:
        return lambda system: score_or_reason(results, system.key, dataset, aus, measure)

    return table_of(
        f"all_{dataset}",
        f"Everything that was scored on the {dataset} set",
        (
            Column("key", lambda system: system.key),
            Column("model", lambda system: system.title),
            Column("AUs", lambda system: len(results.aus(system.key, dataset)) or None, "count"),
            Column("score", score_of("ranking_score"), "score"),
            Column("expression AUs", score_of("ranking_score", EXPRESSION.aus), "score"),
            Column("pose AUs", score_of("ranking_score", POSE.aus), "score"),
            Column("accuracy", score_of("accuracy"), "score"),
            Column("F1", score_of("f1"), "score"),
        ),
        results.systems,
        "A score over fewer than 23 AUs is not comparable with the others.",
    )
