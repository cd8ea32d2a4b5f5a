"""The challenges' tables: published figures of models and participants, ours beside those of the paper's own models."""

from __future__ import annotations

from collections.abc import Sequence

from emotionet_tf.experiments.challenges import CHALLENGES, PublishedMeasures, PublishedScore
from emotionet_tf.experiments.report.score_tables import OUR_GROUP, PUBLISHED_GROUP, score_or_reason
from emotionet_tf.experiments.report.tables import Column, Section, Table, Value
from emotionet_tf.experiments.scores.results import Results


def challenge_scores_table(
    results: Results, lines: Sequence[PublishedScore], *, name: str, title: str, caption: str
) -> Table:
    """Returns final ranking scores on the validation and the test set, under the lines' kinds as headings."""
    sets = [(year, dataset) for year in CHALLENGES for dataset in ("val", "test")]
    rows: list[Sequence[Value] | Section] = []
    for kind in dict.fromkeys(line.kind for line in lines):
        rows.append(Section(kind))
        for line in (line for line in lines if line.kind == kind):
            published = (line.val_2020, line.test_2020, line.val_2018, line.test_2018)
            ours = [
                score_or_reason(results, line.key, dataset, CHALLENGES[year]) if line.key else None
                for year, dataset in sets
            ]
            rows.append((line.name, *published, *ours))
    columns = (
        Column(f"{year} {dataset}", "score", group)
        for group in (PUBLISHED_GROUP, OUR_GROUP)
        for year, dataset in sets
    )
    return Table(name, title, (Column("model or participant"), *columns), tuple(rows), caption)


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
    measures = [(year, measure) for year in CHALLENGES for measure in ("accuracy", "f1")]
    by_key = {line.key: line for line in lines if line.key}
    rows: list[Sequence[Value] | Section] = [Section("The paper's models")]
    for model, key in models:
        ours = [
            score_or_reason(results, key, dataset, CHALLENGES[year], measure) for year, measure in measures
        ]
        rows.append((model, *_published(by_key.get(key)), *ours))
    rows.append(Section("Other participants"))
    rows += [(line.name, *_published(line), *(None,) * 4) for line in lines if line.key is None]
    titles = {"accuracy": "accuracy", "f1": "F1"}
    columns = (
        Column(f"{year} {titles[measure]}", "score", group)
        for group in (PUBLISHED_GROUP, OUR_GROUP)
        for year, measure in measures
    )
    return Table(name, title, (Column("model or participant"), *columns), tuple(rows), caption)


def _published(line: PublishedMeasures | None) -> tuple[float | None, ...]:
    if line is None:
        return (None,) * 4
    return line.accuracy_2020, line.f1_2020, line.accuracy_2018, line.f1_2018
