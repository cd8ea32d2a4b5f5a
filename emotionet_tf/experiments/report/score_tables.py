"""The paper's Tables 1 to 3 with our scores beside the published ones, and the scores of everything."""

from __future__ import annotations

from collections.abc import Sequence

from emotionet_tf.action_units import ACTION_UNITS, DESCRIPTIONS, EXPRESSION, POSE, au_name
from emotionet_tf.experiments.report.tables import Column, Section, Table, Value
from emotionet_tf.experiments.scores.bootstrap import Interval
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.scores.verdicts import NOT_RUN
from emotionet_tf.experiments.werner2020.lineage import (
    ALL_FUSIONS,
    FUSION_OF_WHOLE,
    FUSIONS,
    OPENFACE_BASELINE,
    ROWS,
    TABLE_1,
    WHOLE_OPT_SET,
    Row,
    row_of,
)
from emotionet_tf.experiments.werner2020.published import (
    CHALLENGES,
    CLOSE_UP_KEY,
    CONTEXT_KEY,
    FIGURE_2,
    OURS,
    TABLE_2,
    TABLE_3,
    VIEW_SCORES,
)
from emotionet_tf.training.ranking_score import majority_floor

PUBLISHED_GROUP = "published, on EmotioNet"
OUR_GROUP = "ours, on this data"
_INTERVALS = (
    "Below each score: its 95 % interval over identities and seeds, and how many seeds its mean is of. Where a row was "
    "trained once, the spread between seeds of the rows trained more often stands in."
)
_SAW_OPT_VAL = frozenset({*(row.key for row in WHOLE_OPT_SET), FUSION_OF_WHOLE.key})


def score_or_reason(
    results: Results,
    key: str,
    dataset: str,
    aus: Sequence[int] | None = None,
    measure: str = "ranking_score",
) -> Interval | str | None:
    """Returns a score; in its place, why there is none: "not run", or None where there cannot be any."""
    interval = results.score(key, dataset, aus=aus, measure=measure)
    if interval is not None:
        return interval
    if dataset == "opt-val" and key in _SAW_OPT_VAL:
        return "learned from it"
    return None if results.seeds(key, dataset) else NOT_RUN


def table_1(results: Results) -> Table:
    """Returns Table 1: the tree of teachers and students, and the fusions."""
    rows: list[Sequence[Value]] = []
    for row in TABLE_1:
        rows.append(
            (_identifier(row), _arrow(row) + _title(row), row.published, *_two_scores(results, row.key))
        )
    for fusion in FUSIONS:
        title = f"{fusion.title} (mean score of {', '.join(fusion.members)})"
        rows.append(("", title, fusion.published, *_two_scores(results, fusion.key)))
    return Table(
        "table_1",
        "Table 1: the tree of teachers, students and fusions",
        (
            Column("#"),
            Column("model"),
            Column("opt-val", "score", PUBLISHED_GROUP),
            Column("opt-val", "score", OUR_GROUP),
            Column("test", "score", OUR_GROUP),
        ),
        tuple(rows),
        f"Final ranking score, (mean accuracy + mean F1) / 2, over 23 AUs. An arrow leads from a teacher to the "
        f"student that learned from its labels. {_INTERVALS}{_floors(results)}",
    )


def _two_scores(results: Results, key: str) -> tuple[Value, Value]:
    return score_or_reason(results, key, "opt-val"), score_or_reason(results, key, "test")


def _identifier(row: Row) -> str:
    return row.key if row.key[0] in "ABT" and row.key[1] == "." and "-" not in row.key else ""


def label_of(row: Row) -> str:
    """Returns a row's text with its identifier in front, where it has one."""
    return f"{_identifier(row)}  {row.title}".strip()


def _arrow(row: Row) -> str:
    depth = 0
    above = row.teacher
    while above is not None:
        depth, above = depth + 1, row_of(above).teacher
    return "\u2003" * (depth - 1) + "└→ " if depth else ""


def _title(row: Row) -> str:
    if row.teacher is None:
        return row.title
    return row.title.replace(f" student of {row.teacher}", " student")


def _floors(results: Results) -> str:
    parts = [
        f"{majority_floor(one.labels, one.mask).ranking_score:.4f} on {name}"
        for name, one in results.sets.items()
    ]
    return f" Always deciding for each AU's more frequent class scores {', '.join(parts)}." if parts else ""


def table_2(results: Results) -> Table:
    """Returns Table 2: published scores of all, and ours of the paper's own models."""
    sets = [(year, name) for year in CHALLENGES for name in ("val", "test")]
    rows: list[Sequence[Value] | Section] = []
    for kind in dict.fromkeys(line.kind for line in TABLE_2):
        rows.append(Section("The paper's models" if kind == OURS else kind))
        for line in (line for line in TABLE_2 if line.kind == kind):
            published = (line.val_2020, line.test_2020, line.val_2018, line.test_2018)
            ours = [
                score_or_reason(results, line.key, name, CHALLENGES[year]) if line.key else None
                for year, name in sets
            ]
            rows.append((line.name, *published, *ours))
    return Table(
        "table_2",
        "Table 2: the challenges' validation and test sets",
        (
            Column("model or participant"),
            *(
                Column(f"{year} {name}", "score", group)
                for group in (PUBLISHED_GROUP, OUR_GROUP)
                for year, name in sets
            ),
        ),
        tuple(rows),
        "Published numbers are of EmotioNet's sets. Ours are of the val and test set of the data of this run, with the "
        "23 AUs of the challenge of 2020 and the 12 of that of 2018; the two halves are not comparable in value.",
    )


def table_3(results: Results) -> Table:
    """Returns Table 3: accuracy and F1 on the test set, for the paper's models of Table 2 as well."""
    measures = [(year, measure) for year in CHALLENGES for measure in ("accuracy", "f1")]

    def ours(key: str) -> list[Value]:
        return [
            score_or_reason(results, key, "test", CHALLENGES[year], measure) for year, measure in measures
        ]

    rows: list[Sequence[Value] | Section] = [Section("The paper's models")]
    for model in (line for line in TABLE_2 if line.key):
        published = next((line for line in TABLE_3 if line.key == model.key), None)
        numbers = (
            (None,) * 4
            if published is None
            else (published.accuracy_2020, published.f1_2020, published.accuracy_2018, published.f1_2018)
        )
        rows.append((model.name, *numbers, *ours(model.key or "")))
    rows.append(Section("Other participants"))
    for line in (line for line in TABLE_3 if line.key is None):
        rows.append(
            (line.name, line.accuracy_2020, line.f1_2020, line.accuracy_2018, line.f1_2018, *(None,) * 4)
        )
    names = {"accuracy": "accuracy", "f1": "F1"}
    return Table(
        "table_3",
        "Table 3: accuracy and F1 on the test set",
        (
            Column("model or participant"),
            *(
                Column(f"{year} {names[measure]}", "score", group)
                for group in (PUBLISHED_GROUP, OUR_GROUP)
                for year, measure in measures
            ),
        ),
        tuple(rows),
        "Means over the 23 AUs of 2020 or the 12 of 2018. Of its models the paper prints its submission's "
        "only, Fusion A+B*. The two "
        "halves are not comparable in value.",
    )


def view_table(results: Results, dataset: str) -> Table:
    """Returns the comparison of the two views."""
    rows: list[Sequence[Value]] = []
    for line in VIEW_SCORES:
        ours = [score_or_reason(results, key, dataset, line.aus) for key in (CLOSE_UP_KEY, CONTEXT_KEY)]
        difference = results.difference(CLOSE_UP_KEY, CONTEXT_KEY, dataset, aus=line.aus)
        rows.append(
            (f"{len(line.aus)} {line.group} AUs", line.close_up, line.context, *ours, difference or NOT_RUN)
        )
    return Table(
        f"views_{dataset}",
        f"Views: one OwnNet8 for all AUs, on close-up or context crops ({dataset} set)",
        _ablation_columns("close-up", "context"),
        tuple(rows),
    )


def multi_task_table(results: Results, dataset: str) -> Table:
    """Returns the comparison of the student with a head per dataset to that with one head for both."""
    keys = ("A.2", "A.2-one-head")
    published = {"all 23": tuple(row_of(key).published for key in keys)}
    rows: list[Sequence[Value]] = []
    groups = (("all 23", ACTION_UNITS), ("17 expression", EXPRESSION.aus), ("6 pose", POSE.aus))
    for name, aus in groups:
        ours = [score_or_reason(results, key, dataset, aus) for key in keys]
        difference = results.difference(*keys, dataset, aus=aus)
        rows.append((f"{name} AUs", *published.get(name, (None, None)), *ours, difference or NOT_RUN))
    return Table(
        f"multi_task_{dataset}",
        f"Multi-task: a head per dataset (A.2) or one head for both ({dataset} set)",
        _ablation_columns("two heads", "one head"),
        tuple(rows),
    )


def _ablation_columns(one: str, other: str) -> tuple[Column, ...]:
    return (
        Column("AUs"),
        Column(one, "score", PUBLISHED_GROUP),
        Column(other, "score", PUBLISHED_GROUP),
        Column(one, "score", OUR_GROUP),
        Column(other, "score", OUR_GROUP),
        Column(f"{one} - {other}", "difference", OUR_GROUP),
    )


def figure_2_table(results: Results, dataset: str) -> Table:
    """Returns the numbers of Fig. 2."""
    rows = [
        (
            au_name(au),
            DESCRIPTIONS[au],
            *(results.score(key, dataset, aus=(au,)) for key in FIGURE_2.values()),
        )
        for au in ACTION_UNITS
    ]
    return Table(
        f"figure_2_{dataset}",
        f"Per-AU scores of the five systems of Fig. 2, {dataset} set",
        (Column("AU"), Column("name"), *(Column(system, "score") for system in FIGURE_2)),
        tuple(rows),
    )


def all_scores_table(results: Results, dataset: str) -> Table:
    """Returns every row, fusion and baseline with score, accuracy and F1, and the score of either group of AUs."""
    named = [(row.key, row.title) for row in ROWS] + [(fusion.key, fusion.title) for fusion in ALL_FUSIONS]
    named.append((OPENFACE_BASELINE, "Fig. 2's OpenFace baseline"))
    groups: tuple[tuple[str, tuple[int, ...] | None, str], ...] = (
        ("score", None, "ranking_score"),
        ("expression AUs", EXPRESSION.aus, "ranking_score"),
        ("pose AUs", POSE.aus, "ranking_score"),
        ("accuracy", None, "accuracy"),
        ("F1", None, "f1"),
    )
    rows = []
    for key, title in named:
        values = [score_or_reason(results, key, dataset, aus, measure) for _, aus, measure in groups]
        rows.append((key, title, len(results.aus(key, dataset)) or None, *values))
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
