"""Tables 1 to 3 of Werner et al. 2020 and its ablations, with our scores beside the published ones."""

from __future__ import annotations

from emotionet_tf.action_units import ACTION_UNITS, EXPRESSION, POSE
from emotionet_tf.experiments.report.challenge_tables import challenge_measures_table, challenge_scores_table
from emotionet_tf.experiments.report.score_tables import (
    INTERVALS,
    OUR_GROUP,
    PUBLISHED_GROUP,
    ComparedAus,
    compared_table,
    majority_text,
    per_au_table,
    score_or_reason,
)
from emotionet_tf.experiments.report.tables import Column, Table, table_of
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.werner2020.lineage import FUSIONS, TABLE_1, Fusion, Row, row_of
from emotionet_tf.experiments.werner2020.published import (
    CLOSE_UP_KEY,
    CONTEXT_KEY,
    FIGURE_2,
    TABLE_2,
    TABLE_3,
    VIEW_SCORES,
)


def table_1(results: Results) -> Table:
    """Returns Table 1: the tree of teachers and students, and the fusions."""
    return table_of(
        "table_1",
        "Table 1: the tree of teachers, students and fusions",
        (
            Column("#", _identifier),
            Column("model", _model_text),
            Column("opt-val", lambda row: row.published, "score", PUBLISHED_GROUP),
            Column("opt-val", lambda row: score_or_reason(results, row.key, "opt-val"), "score", OUR_GROUP),
            Column("test", lambda row: score_or_reason(results, row.key, "test"), "score", OUR_GROUP),
        ),
        (*TABLE_1, *FUSIONS),
        f"Final ranking score, (mean accuracy + mean F1) / 2, over 23 AUs. An arrow leads from a teacher to the "
        f"student that learned from its labels. {INTERVALS}{majority_text(results)}",
    )


def _model_text(row: Row | Fusion) -> str:
    if isinstance(row, Fusion):
        return f"{row.title} (mean score of {', '.join(row.members)})"
    return _arrow(row) + _title(row)


def _identifier(row: Row | Fusion) -> str:
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


def table_2(results: Results) -> Table:
    """Returns Table 2: published scores of all, and ours of the paper's own models."""
    return challenge_scores_table(
        results,
        TABLE_2,
        name="table_2",
        title="Table 2: the challenges' validation and test sets",
        caption="Published numbers are of EmotioNet's sets. Ours are of the val and test set of the data of this run, "
        "with the 23 AUs of the challenge of 2020 and the 12 of that of 2018; the two halves are not comparable in "
        "value.",
    )


def table_3(results: Results) -> Table:
    """Returns Table 3: accuracy and F1 on the test set, for the paper's models of Table 2 as well."""
    return challenge_measures_table(
        results,
        [(line.name, line.key) for line in TABLE_2 if line.key],
        TABLE_3,
        name="table_3",
        title="Table 3: accuracy and F1 on the test set",
        caption="Means over the 23 AUs of 2020 or the 12 of 2018. Of its models the paper prints its submission's "
        "only, Fusion A+B*. The two halves are not comparable in value.",
    )


def view_table(results: Results, dataset: str) -> Table:
    """Returns the comparison of the two views."""
    return compared_table(
        results,
        dataset,
        (CLOSE_UP_KEY, CONTEXT_KEY),
        [
            ComparedAus(f"{len(one.aus)} {one.group}", one.aus, (one.close_up, one.context))
            for one in VIEW_SCORES
        ],
        name=f"views_{dataset}",
        title=f"Views: one OwnNet8 for all AUs, on close-up or context crops ({dataset} set)",
        columns=("close-up", "context"),
    )


def multi_task_table(results: Results, dataset: str) -> Table:
    """Returns the comparison of the student with a head per dataset to that with one head for both."""
    one, other = (row_of(key) for key in ("A.2", "A.2-one-head"))
    return compared_table(
        results,
        dataset,
        (one.key, other.key),
        (
            ComparedAus("all 23", ACTION_UNITS, (one.published, other.published)),
            ComparedAus("17 expression", EXPRESSION.aus),
            ComparedAus("6 pose", POSE.aus),
        ),
        name=f"multi_task_{dataset}",
        title=f"Multi-task: a head per dataset (A.2) or one head for both ({dataset} set)",
        columns=("two heads", "one head"),
    )


def figure_2_table(results: Results, dataset: str) -> Table:
    """Returns the numbers of Fig. 2."""
    return per_au_table(
        results,
        dataset,
        FIGURE_2,
        name=f"figure_2_{dataset}",
        title=f"Per-AU scores of the five systems of Fig. 2, {dataset} set",
    )
