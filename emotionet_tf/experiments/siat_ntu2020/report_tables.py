"""SIAT-NTU's tables, and the challenges', with our scores beside the published ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean

from emotionet_tf.action_units import ACTION_UNITS, DESCRIPTIONS, EXPRESSION, POSE, au_name
from emotionet_tf.experiments.report.challenge_tables import challenge_measures_table, challenge_scores_table
from emotionet_tf.experiments.report.run_facts import RunFacts
from emotionet_tf.experiments.report.score_tables import (
    INTERVALS,
    OUR_GROUP,
    PUBLISHED_GROUP,
    au_table,
    majority_text,
    score_or_reason,
)
from emotionet_tf.experiments.report.tables import Column, RowHeading, Table, Value, table_of
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.scores.verdicts import NOT_RUN
from emotionet_tf.experiments.siat_ntu2020.lineage import (
    ALIGNED_FACE,
    BALANCED,
    BALANCING,
    MEANS,
    SYSTEMS,
    TABLE_1,
    TABLE_2,
    THRESHOLDED,
    UNBALANCED,
    Published,
)
from emotionet_tf.experiments.siat_ntu2020.plan import thresholds_file
from emotionet_tf.experiments.siat_ntu2020.published import MEASURES, SCORES, SIAT_NTU, SLIDES, ChallengeLine

_MEASURES = (("accuracy", "accuracy"), ("f1", "F1"), ("ranking_score", "score"))
_PUBLISHED = {"accuracy": "accuracy", "f1": "f1", "ranking_score": "score"}
"""The attribute of published values for each measure."""
TILT_AUS = (55, 56)
"""Head tilt to either side."""
_TITLES = {system.key: system.title for system in SYSTEMS}
_OF_SLIDES, _BESIDE = RowHeading("The slides' rows"), RowHeading("Beside them")


def table_1(results: Results, dataset: str) -> Table:
    """Returns Table 1, the backbones."""
    return table_of(
        "table_1",
        f"Table 1: preliminary backbone selection (ours: {dataset} set)",
        _columns("backbone", results),
        [_Line(row.title, row.published, row.key, dataset) for row in TABLE_1],
        "Means over 23 AUs; the score is (mean accuracy + mean F1) / 2, the slides' “Avg”. Aligned crops, each "
        f"backbone from a face recognition of its own. {INTERVALS}{majority_text(results)}",
    )


def table_2(results: Results, dataset: str) -> Table:
    """Returns Table 2, the ablation, and the lines that tell its readings apart."""
    beside = (ALIGNED_FACE, "align-emotion", *(one.key for one in MEANS))
    lines: list[_Line | RowHeading] = [
        _OF_SLIDES,
        *(_Line(row.title, row.published, row.key, dataset) for row in TABLE_2),
        _BESIDE,
        *(_Line(_TITLES[key], None, key, dataset) for key in beside),
    ]
    return table_of(
        "table_2",
        f"Table 2: ablation (ours: {dataset} set)",
        _columns("method", results),
        lines,
        "As Table 1. F_face and F_emotion: from a face recognition and from an expression recognition; both: one model "
        "on the concatenated features of two backbones. Without “Align”, detector boxes. Balancing: balance sampling, "
        "selective learning, and thresholds tuned on opt-val. Align + F_face is a row of Table 1.",
    )


@dataclass(frozen=True)
class _Line:
    """A line of a table of the slides: what they print, and whose score on which set is ours beside it, if any."""

    title: str
    published: Published | ChallengeLine | None
    key: str | None
    dataset: str


def _columns(first: str, results: Results) -> tuple[Column[_Line], ...]:
    def published(measure: str) -> Callable[[_Line], Value]:
        return lambda line: getattr(line.published, _PUBLISHED[measure]) if line.published else None

    def ours(measure: str) -> Callable[[_Line], Value]:
        return lambda line: (
            score_or_reason(results, line.key, line.dataset, measure=measure) if line.key else None
        )

    return (
        Column(first, lambda line: line.title),
        *(Column(title, published(measure), "score", PUBLISHED_GROUP) for measure, title in _MEASURES),
        *(Column(title, ours(measure), "score", OUR_GROUP) for measure, title in _MEASURES),
    )


def balancing_table(results: Results, dataset: str) -> Table:
    """Returns each strategy against imbalance, with its gains over nothing and over damping."""
    damping = BALANCING[1][0]

    def ours(measure: str) -> Callable[[tuple[str, str]], Value]:
        return lambda strategy: score_or_reason(results, strategy[0], dataset, measure=measure)

    def gain_over(other: str) -> Callable[[tuple[str, str]], Value]:
        return lambda strategy: _gain(results, strategy[0], other, dataset)

    return table_of(
        "balancing",
        f"Strategies against imbalance: {UNBALANCED.title} ({dataset} set)",
        (
            Column("strategy", lambda strategy: strategy[1]),
            *(Column(title, ours(measure), "score") for measure, title in _MEASURES),
            Column("score - nothing's", gain_over(UNBALANCED.key), "difference"),
            Column("score - damping's", gain_over(damping), "difference"),
        ),
        BALANCING,
        "A table that the slides do not have: one model and one data set. Strategies with soft thresholding share the "
        "training of their line without; the thresholds were tuned on opt-val. Damping: Eq. 1 of Werner et al. 2020.",
    )


def _gain(results: Results, key: str, other: str, dataset: str) -> Value:
    return None if key == other else results.difference(key, other, dataset) or NOT_RUN


def alignment_table(results: Results, dataset: str) -> Table:
    """Returns what alignment changes for which AUs."""
    pair = (UNBALANCED.key, "box-both")
    groups: list[tuple[str, tuple[int, ...]]] = [
        (f"all {len(ACTION_UNITS)} AUs", ACTION_UNITS),
        (f"{len(EXPRESSION.aus)} expression AUs", EXPRESSION.aus),
        (f"{len(POSE.aus)} pose AUs", POSE.aus),
        *((f"{au_name(au)}, {DESCRIPTIONS[au]}", (au,)) for au in TILT_AUS),
    ]

    def score_of(key: str) -> Callable[[tuple[str, Sequence[int]]], Value]:
        return lambda group: score_or_reason(results, key, dataset, group[1])

    def difference(group: tuple[str, Sequence[int]]) -> Value:
        return results.difference(*pair, dataset, aus=group[1]) or NOT_RUN

    return table_of(
        "alignment",
        f"Alignment: F_face + F_emotion on registered crops or on detector boxes ({dataset} set)",
        (
            Column("AUs", lambda group: group[0]),
            Column("aligned", score_of(pair[0]), "score"),
            Column("boxes", score_of(pair[1]), "score"),
            Column("aligned - boxes", difference, "difference"),
        ),
        groups,
    )


def slides_table(results: Results) -> Table:
    """Returns the slides' two tables of the challenge of 2020."""
    titles = {"test": "2020 Challenge (test set)", "val": "2020 Validation top-3 (val set)"}
    rows: list[_Line | RowHeading] = []
    for dataset, lines in SLIDES.items():
        rows.append(RowHeading(titles[dataset]))
        for line in lines:
            key = BALANCED.key if line.name == SIAT_NTU else None
            rows.append(_Line(line.name, line, key, dataset))
    return table_of(
        "challenge_2020",
        "The slides' tables of the EmotioNet Challenge 2020",
        _columns("participant", results),
        rows,
        "The slides do not say which model was submitted: ours is Table 2's last row, on the test and the val set of "
        "the data of this run. Magdeburg's system is reproduced by --paper=werner2020.",
    )


def scores_table(results: Results) -> Table:
    """Returns the final scores of both challenges."""
    return challenge_scores_table(
        results,
        SCORES,
        name="challenge_scores",
        title="Final scores of the challenges of 2020 and 2018",
        caption="As Werner et al. 2020 print them, whose Table 2 calls SIAT-NTU UCAS-NTU and USTC-alibaba "
        "UCAS-alibaba. 23 AUs in 2020, 12 in 2018. The two halves are not comparable in value.",
    )


def measures_table(results: Results) -> Table:
    """Returns accuracy and F1 of both challenges."""
    return challenge_measures_table(
        results,
        [(SIAT_NTU, BALANCED.key)],
        MEASURES,
        name="challenge_measures",
        title="Accuracy and F1 on the challenges' test sets",
        caption="As Werner et al. 2020 print them in their Table 3. The two halves are not comparable in value.",
    )


def thresholds_table(results: Results, facts: RunFacts) -> Table | None:
    """Returns the tuned thresholds, means over the seeds; None where none were tuned."""
    found = {}
    for one in THRESHOLDED:
        paths = [thresholds_file(facts.run.layout, one.key, seed) for seed in range(facts.run.num_seeds)]
        tuned = [
            json.loads(path.read_text(encoding="utf-8"))["thresholds"] for path in paths if path.is_file()
        ]
        if tuned:
            found[one] = {au: mean(values[au_name(au)] for values in tuned) for au in ACTION_UNITS}
    if not found:
        return None
    return au_table(
        "thresholds",
        "Thresholds that were tuned on opt-val, means over the seeds",
        {_TITLES[one.key]: values.__getitem__ for one, values in found.items()},
        "Without tuning every AU is decided at 0.5.",
    )
