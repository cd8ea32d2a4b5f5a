"""SIAT-NTU's tables, and the challenges', with our scores beside the published ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from statistics import mean

from emotionet_tf.action_units import ACTION_UNITS, DESCRIPTIONS, EXPRESSION, POSE, au_name
from emotionet_tf.experiments.report.challenge_tables import challenge_measures_table, challenge_scores_table
from emotionet_tf.experiments.report.run_facts import RunFacts
from emotionet_tf.experiments.report.score_tables import (
    INTERVALS,
    OUR_GROUP,
    PUBLISHED_GROUP,
    floors_text,
    score_or_reason,
)
from emotionet_tf.experiments.report.tables import Column, Row, Section, Table, Value
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
from emotionet_tf.experiments.siat_ntu2020.published import MEASURES, SCORES, SIAT_NTU, SLIDES

_MEASURES = (("accuracy", "accuracy"), ("f1", "F1"), ("ranking_score", "score"))
TILT_AUS = (55, 56)
"""Head tilt to either side."""
_TITLES = {system.key: system.title for system in SYSTEMS}
_OF_SLIDES, _BESIDE = Section("The slides' rows"), Section("Beside them")


def table_1(results: Results, dataset: str) -> Table:
    """Returns Table 1, the backbones."""
    rows = [_row(results, dataset, row.key, row.title, row.published) for row in TABLE_1]
    return Table(
        "table_1",
        f"Table 1: preliminary backbone selection (ours: {dataset} set)",
        _columns("backbone"),
        tuple(rows),
        "Means over 23 AUs; the score is (mean accuracy + mean F1) / 2, the slides' “Avg”. Aligned crops, each "
        f"backbone from a face recognition of its own. {INTERVALS}{floors_text(results)}",
    )


def table_2(results: Results, dataset: str) -> Table:
    """Returns Table 2, the ablation, and the lines that tell its readings apart."""
    rows: list[Row] = [_OF_SLIDES]
    rows += [_row(results, dataset, row.key, row.title, row.published) for row in TABLE_2]
    rows.append(_BESIDE)
    beside = (ALIGNED_FACE, "align-emotion", *(one.key for one in MEANS))
    rows += [_row(results, dataset, key, _TITLES[key], None) for key in beside]
    return Table(
        "table_2",
        f"Table 2: ablation (ours: {dataset} set)",
        _columns("method"),
        tuple(rows),
        "As Table 1. F_face and F_emotion: from a face recognition and from an expression recognition; both: one model "
        "on the concatenated features of two backbones. Without “Align”, detector boxes. Balancing: balance sampling, "
        "selective learning, and thresholds tuned on opt-val. Align + F_face is a row of Table 1.",
    )


def _columns(first: str) -> tuple[Column, ...]:
    return (
        Column(first),
        *(Column(title, "score", group) for group in (PUBLISHED_GROUP, OUR_GROUP) for _, title in _MEASURES),
    )


def _row(
    results: Results, dataset: str, key: str, title: str, published: Published | None
) -> tuple[Value, ...]:
    printed = (published.accuracy, published.f1, published.score) if published else (None,) * 3
    ours = (score_or_reason(results, key, dataset, measure=measure) for measure, _ in _MEASURES)
    return title, *printed, *ours


def balancing_table(results: Results, dataset: str) -> Table:
    """Returns each strategy against imbalance, with its gains over nothing and over damping."""
    damping = BALANCING[1][0]
    rows: list[Sequence[Value]] = []
    for key, title in BALANCING:
        ours = (score_or_reason(results, key, dataset, measure=measure) for measure, _ in _MEASURES)
        gains = (_gain(results, key, other, dataset) for other in (UNBALANCED.key, damping))
        rows.append((title, *ours, *gains))
    return Table(
        "balancing",
        f"Strategies against imbalance: {UNBALANCED.title} ({dataset} set)",
        (
            Column("strategy"),
            *(Column(title, "score") for _, title in _MEASURES),
            Column("score - nothing's", "difference"),
            Column("score - damping's", "difference"),
        ),
        tuple(rows),
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
    rows: list[Row] = []
    for name, aus in groups:
        scores = [score_or_reason(results, key, dataset, aus) for key in pair]
        rows.append((name, *scores, results.difference(*pair, dataset, aus=aus) or NOT_RUN))
    return Table(
        "alignment",
        f"Alignment: F_face + F_emotion on registered crops or on detector boxes ({dataset} set)",
        (
            Column("AUs"),
            Column("aligned", "score"),
            Column("boxes", "score"),
            Column("aligned - boxes", "difference"),
        ),
        tuple(rows),
    )


def slides_table(results: Results) -> Table:
    """Returns the slides' two tables of the challenge of 2020."""
    titles = {"test": "2020 Challenge (test set)", "val": "2020 Validation top-3 (val set)"}
    rows: list[Row] = []
    for dataset, lines in SLIDES.items():
        rows.append(Section(titles[dataset]))
        for line in lines:
            is_ours = line.name == SIAT_NTU
            ours = [
                score_or_reason(results, BALANCED.key, dataset, measure=measure) if is_ours else None
                for measure, _ in _MEASURES
            ]
            rows.append((line.name, line.accuracy, line.f1, line.score, *ours))
    return Table(
        "challenge_2020",
        "The slides' tables of the EmotioNet Challenge 2020",
        _columns("participant"),
        tuple(rows),
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
    rows = [
        (au_name(au), DESCRIPTIONS[au], *(values[au] for values in found.values())) for au in ACTION_UNITS
    ]
    return Table(
        "thresholds",
        "Thresholds that were tuned on opt-val, means over the seeds",
        (Column("AU"), Column("name"), *(Column(_TITLES[one.key], "score") for one in found)),
        tuple(rows),
        "Without tuning every AU is decided at 0.5.",
    )
