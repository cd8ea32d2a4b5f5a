"""What Werner et al. 2020 claim, and what a run's results say to it.

A claim is judged by the comparisons that decide it, named here before any result: it holds if all of them hold, does
not hold if one of them does not, and cannot be told otherwise. The others are shown for what they say. Claims are
judged on the test set where it is scored, which nothing was ever chosen on, otherwise on opt-val. Each interval is by
itself a 95 % one: of forty comparisons about two miss by chance, which is why few of them decide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from emotionet_tf.action_units import ACTION_UNITS, AUTOMATIC_AUS, EXPRESSION, POSE
from emotionet_tf.experiments.scores.comparisons import (
    claim_of,
    compare,
    contrasts,
    judged_by,
    mean_of,
    sum_of,
)
from emotionet_tf.experiments.scores.results import Cell, Results
from emotionet_tf.experiments.scores.verdicts import (
    NO_GAIN_MARGIN,
    NOT_RUN,
    Claim,
    Comparison,
    verdict_on_gain,
    verdict_on_no_gain,
)
from emotionet_tf.experiments.werner2020.lineage import (
    DECIDING,
    FUSIONS,
    OWNNET8_BASELINE,
    TABLE_1,
    Fusion,
    Uses,
)
from emotionet_tf.experiments.werner2020.published import CLOSE_UP_KEY, CONTEXT_KEY, VIEW_SCORES


def judge_claims(results: Results, dataset: str | None = None) -> list[Claim]:
    """Judges the paper's claims."""
    return judged_by(_JUDGES, results, dataset)


_ROWS = {row.key: row for row in TABLE_1}
_SCORES = {**{row.key: row.published for row in TABLE_1}, **{one.key: one.published for one in FUSIONS}}
_STUDENTS = tuple(row for row in TABLE_1 if row.teacher and row.uses is Uses.PSEUDO)
_FIRST_GENERATION = tuple(row for row in _STUDENTS if row.teacher and _ROWS[row.teacher].teacher is None)
_PAIRS = tuple((row.key, row.teacher) for row in _FIRST_GENERATION if row.teacher)
_DECIDING_PAIRS = tuple(pair for pair in _PAIRS if set(pair) <= DECIDING)
_SECOND_GENERATION = (("A.1-efficientnet", "A.1"), ("A.1-mobilenet", "B.1"))
_Pairs = Sequence[tuple[str, str]]


def _published(key: str, other: str) -> float | None:
    ours, theirs = _SCORES.get(key), _SCORES.get(other)
    return None if ours is None or theirs is None else round(ours - theirs, 4)


def _published_mean(pairs: _Pairs) -> float:
    differences = [_published(*pair) for pair in pairs]
    return round(sum(value for value in differences if value is not None) / len(differences), 4)


def _compare(
    results: Results, dataset: str, key: str, other: str, *, published: float | None = None, **more: Any
) -> Comparison:
    """Returns `comparisons.compare` with the difference of Table 1's scores, which are of all 23 AUs."""
    if published is None and tuple(more.get("aus", ACTION_UNITS)) == ACTION_UNITS:
        published = _published(key, other)
    return compare(results, dataset, key, other, published=published, **more)


def _students_beat_teachers(results: Results, dataset: str) -> Claim:
    family = contrasts(results, dataset, _DECIDING_PAIRS, ACTION_UNITS)
    interval = results.contrast_interval(mean_of(family), dataset, alike=family) if family else None
    mean = Comparison(
        f"mean of student - teacher, {len(family)} of {len(_DECIDING_PAIRS)} pairs of the first generation",
        interval,
        verdict_on_gain(interval),
        dataset,
        _published_mean(_DECIDING_PAIRS),
    )
    singles = [_compare(results, dataset, *pair, alike=family, decides=False) for pair in _PAIRS]
    return claim_of(
        "students",
        "Students beat their teachers",
        "“All student models outperform their respective teacher models, except the second generation.” Judged by the "
        "mean over the A and B students, the rows that are trained with several seeds.",
        [mean, *singles],
    )


def _multi_task_helps(results: Results, dataset: str) -> Claim:
    return claim_of(
        "multi-task",
        "Multi-task students beat the no-multi-task student",
        "Outputs of their own for the pseudo-labels (A.2) against the same outputs for both datasets.",
        [_compare(results, dataset, "A.2", "A.2-one-head")],
    )


def _best_member(results: Results, fusion: Fusion) -> str | None:
    """Returns the member with the highest mean score over its seeds on opt-val; None if not all are scored there."""
    scores = {key: results.score(key, "opt-val", aus=ACTION_UNITS) for key in fusion.members}
    known = {key: score.estimate for key, score in scores.items() if score is not None}
    return max(known, key=lambda key: known[key]) if len(known) == len(scores) else None


def _fusion_beats_members(results: Results, dataset: str) -> Claim:
    best = {fusion: _best_member(results, fusion) for fusion in FUSIONS}
    pairs = [(fusion.key, key) for fusion, key in best.items() if key]
    family = contrasts(results, dataset, pairs, ACTION_UNITS)
    comparisons = []
    for fusion, key in best.items():
        published = [_SCORES[member] or 0.0 for member in fusion.members]
        difference = round((fusion.published or 0.0) - max(published), 4)
        if key is None:
            comparisons.append(
                Comparison(f"{fusion.key} - its best member", None, NOT_RUN, dataset, difference)
            )
        else:
            comparisons.append(
                _compare(
                    results,
                    dataset,
                    fusion.key,
                    key,
                    alike=family,
                    published=difference,
                    suffix=", its best member on opt-val",
                )
            )
    return claim_of(
        "fusion",
        "Fusion beats its best member",
        "“All individual models are outperformed by the three tested ensembles.” The best member is the one with the "
        "highest mean over seeds on opt-val; where the difference is taken on opt-val too, that favours the member.",
        comparisons,
    )


def _views(results: Results, dataset: str) -> Claim:
    comparisons = []
    for score in VIEW_SCORES:
        keys = (CLOSE_UP_KEY, CONTEXT_KEY) if score.group == "expression" else (CONTEXT_KEY, CLOSE_UP_KEY)
        published = round(abs(score.close_up - score.context), 4)
        comparisons.append(
            _compare(
                results,
                dataset,
                *keys,
                aus=score.aus,
                published=published,
                suffix=f", {score.group} AUs",
            )
        )
    return claim_of(
        "views",
        "Close-up serves expression AUs, context serves pose AUs",
        "One network for all 23 AUs on each view: “the expression AUs performed better with the close-up view and the "
        "head pose AUs with the more-context view.”",
        comparisons,
    )


def _extra_gain_of_pose(
    results: Results, dataset: str, pairs: _Pairs
) -> tuple[list[dict[Cell, float]], list[tuple[str, str]]]:
    """Returns, for the pairs that were run, the gain on pose AUs minus the gain on expression AUs, and these pairs."""
    found, run = [], []
    for pair in pairs:
        pose = results.pair(*pair, dataset, POSE.aus)
        expression = results.pair(*pair, dataset, EXPRESSION.aus)
        if pose and expression:
            found.append(sum_of([(1, pose), (-1, expression)]))
            run.append(pair)
    return found, run


def _pose_gains_most(results: Results, dataset: str) -> Claim:
    family, run = _extra_gain_of_pose(results, dataset, _DECIDING_PAIRS)
    mean = results.contrast_interval(mean_of(family), dataset, alike=family) if family else None
    extra, _ = _extra_gain_of_pose(results, dataset, [("A.2", "T.1")])
    of_figure = results.contrast_interval(extra[0], dataset, alike=family) if extra else None
    comparisons = [
        Comparison(
            f"gain on pose - gain on expression AUs, mean of {len(run)} of {len(_DECIDING_PAIRS)} pairs",
            mean,
            verdict_on_gain(mean),
            dataset,
        ),
        Comparison(
            "the same, of A.2 over T.1", of_figure, verdict_on_gain(of_figure), dataset, decides=False
        ),
    ]
    return claim_of(
        "pose gains",
        "Pose AUs gain most from self-training",
        "“Especially the head pose AUs significantly benefit from self-training.” The paper shows A.2 over T.1, which "
        "is not its teacher; judged by the mean over the A and B students and their teachers.",
        comparisons,
    )


def _few_good_labels(results: Results, dataset: str) -> Claim:
    return claim_of(
        "good labels",
        "Few good labels beat many weak ones",
        "OwnNet8 from the opt set's manual labels (T.1) against OwnNet8 from the training set's automatic labels, on "
        "the 12 AUs that have automatic labels.",
        [_compare(results, dataset, "T.1", OWNNET8_BASELINE.key, aus=AUTOMATIC_AUS, suffix=", 12 AUs")],
    )


def _second_generation(results: Results, dataset: str) -> Claim:
    family = contrasts(results, dataset, _SECOND_GENERATION, ACTION_UNITS)
    interval = (
        results.contrast_interval(mean_of(family), dataset, alike=family)
        if len(family) == len(_SECOND_GENERATION)
        else None
    )
    mean = Comparison(
        "mean of second - first generation, like with like",
        interval,
        verdict_on_no_gain(interval),
        dataset,
        _published_mean(_SECOND_GENERATION),
    )
    like = [
        _compare(results, dataset, *pair, alike=family, verdict=verdict_on_no_gain, decides=False)
        for pair in _SECOND_GENERATION
    ]
    others = [
        _compare(results, dataset, key, "A.1", verdict=verdict_on_no_gain, decides=False)
        for key in ("A.1-mobilenet", "A.1-ownnet8")
    ]
    return claim_of(
        "second generation",
        "The second generation does not help",
        "Students of A.1 are not above the students of T.1 of their own architecture, EfficientNet-B0 and MobileNetV3. "
        f"Holds where a mean gain of {NO_GAIN_MARGIN} or more is ruled out. The paper compares all three with A.1.",
        [mean, *like, *others],
    )


def _training_set_helps_teachers(results: Results, dataset: str) -> Claim:
    pairs = (("T.2", "mobilenet-opt"), ("T.3", "efficientnet-opt"))
    family = contrasts(results, dataset, pairs, ACTION_UNITS)
    on_all = [_compare(results, dataset, *pair, alike=family) for pair in pairs]
    on_expression = [
        _compare(results, dataset, *pair, aus=EXPRESSION.aus, suffix=", expression AUs", decides=False)
        for pair in pairs
    ]
    return claim_of(
        "teachers",
        "Teachers that also learn from the training set beat those without",
        "T.2 and T.3 “performed better than the respective teacher models trained on only the opt-train set”. Their "
        "pose networks are the same, as pose AUs have no automatic labels: only expression AUs make the difference.",
        [*on_all, *on_expression],
    )


_JUDGES: tuple[Callable[[Results, str], Claim], ...] = (
    _students_beat_teachers,
    _multi_task_helps,
    _fusion_beats_members,
    _views,
    _pose_gains_most,
    _few_good_labels,
    _second_generation,
    _training_set_helps_teachers,
)
