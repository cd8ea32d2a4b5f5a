"""The challenges' tables: published figures of models and participants, ours beside those of the paper's own models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from emotionet_tf.experiments.published_scores import CHALLENGES, PublishedMeasures, PublishedScore
from emotionet_tf.experiments.report.score_tables import OUR_GROUP, PUBLISHED_GROUP, score_or_reason
from emotionet_tf.experiments.report.tables import Column, RowHeading, Table, Value, table_of
from emotionet_tf.experiments.scores.results import Results


def challenge_scores_table(
    results: Results, lines: Sequence[PublishedScore], *, name: str, title: str, caption: str
) -> Table:
    """Returns final ranking scores on the validation and the test set, under the lines' kinds as headings."""

    def ours(year: str, dataset: str) -> Callable[[PublishedScore], Value]:
        return lambda line: (
            score_or_reason(results, line.key, dataset, CHALLENGES[year]) if line.key else None
        )

    rows: list[PublishedScore | RowHeading] = []
    for kind in dict.fromkeys(line.kind for line in lines):
        rows += [RowHeading(kind), *(line for line in lines if line.kind == kind)]
    columns = (
        Column[PublishedScore]("model or participant", lambda line: line.name),
        Column("2020 val", lambda line: line.val_2020, "score", PUBLISHED_GROUP),
        Column("2020 test", lambda line: line.test_2020, "score", PUBLISHED_GROUP),
        Column("2018 val", lambda line: line.val_2018, "score", PUBLISHED_GROUP),
        Column("2018 test", lambda line: line.test_2018, "score", PUBLISHED_GROUP),
        *(
            Column(f"{year} {dataset}", ours(year, dataset), "score", OUR_GROUP)
            for year in CHALLENGES
            for dataset in ("val", "test")
        ),
    )
    return table_of(name, title, columns, rows, caption)


def challenge_measures_table(
    results: Results,
    models: Sequence[tuple[str, str]],
    lines: Sequence[PublishedMeasures],
    *,
    name: str,
    title: str,
    caption: str,
    dataset: str = "test",
) -> Table:
    """Returns mean accuracy and mean F1 on one set.

    Args:
      results: Of a run.
      models: Name and key of the paper's models, those whose figures it does not print among them.
      lines: What is published.
      name: Of the CSV file.
      title: Says what is seen.
      caption: What has to be known to read it.
      dataset: The set that ours are of.
    """

    def ours(year: str, measure: str) -> Callable[[PublishedMeasures], Value]:
        return lambda line: (
            score_or_reason(results, line.key, dataset, CHALLENGES[year], measure) if line.key else None
        )

    by_key = {line.key: line for line in lines if line.key}
    unprinted = PublishedMeasures("", None, None, None)
    rows: list[PublishedMeasures | RowHeading] = [
        RowHeading("The paper's models"),
        *(replace(by_key.get(key, unprinted), name=model, key=key) for model, key in models),
        RowHeading("Other participants"),
        *(line for line in lines if line.key is None),
    ]
    columns = (
        Column[PublishedMeasures]("model or participant", lambda line: line.name),
        Column("2020 accuracy", lambda line: line.accuracy_2020, "score", PUBLISHED_GROUP),
        Column("2020 F1", lambda line: line.f1_2020, "score", PUBLISHED_GROUP),
        Column("2018 accuracy", lambda line: line.accuracy_2018, "score", PUBLISHED_GROUP),
        Column("2018 F1", lambda line: line.f1_2018, "score", PUBLISHED_GROUP),
        *(
            Column(f"{year} {measure_title}", ours(year, measure), "score", OUR_GROUP)
            for year in CHALLENGES
            for measure, measure_title in (("accuracy", "accuracy"), ("f1", "F1"))
        ),
    )
    return table_of(name, title, columns, rows, caption)
