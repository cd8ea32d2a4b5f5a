"""What SIAT-NTU's tables claim, and what a run's results say to it.

A claim is judged by the comparisons that decide it, named here before any result: it holds if all of them hold, does
not hold if one of them does not, and cannot be told otherwise. The others are shown for what they say. The slides state
no claim in words beside their tables: each is what a table's order says. Claims are judged on the test set where it is
scored, otherwise on opt-val; there, what has thresholds tuned on opt-val has no score.
"""

from __future__ import annotations

from collections.abc import Callable

from emotionet_tf.experiments.scores.comparisons import claim_of, compare, contrasts, judged_by
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.scores.verdicts import Claim, Comparison
from emotionet_tf.experiments.siat_ntu2020.lineage import (
    ALIGNED_FACE,
    BALANCED,
    TABLE_1,
    TABLE_2,
    UNBALANCED,
)

_MEASURES = {"ranking_score": "", "f1": ", F1", "accuracy": ", accuracy"}
_PUBLISHED = {row.key: row.published for row in (*TABLE_1, *TABLE_2)}
_Pair = tuple[str, str]


def judge_claims(results: Results, dataset: str | None = None) -> list[Claim]:
    """Judges what the slides' tables claim."""
    return judged_by(_JUDGES, results, dataset)


def published_difference(key: str, other: str, measure: str = "ranking_score") -> float | None:
    """Returns by how much the slides have a row above another; None where they do not print both."""
    ours, theirs = _PUBLISHED.get(key), _PUBLISHED.get(other)
    if ours is None or theirs is None:
        return None
    name = "score" if measure == "ranking_score" else measure
    return round(getattr(ours, name) - getattr(theirs, name), 4)


def _compare(
    results: Results,
    dataset: str,
    pairs: tuple[_Pair, ...],
    *,
    measure: str = "ranking_score",
    decides: bool = True,
) -> list[Comparison]:
    """Returns comparisons that spread alike between seeds."""
    family = contrasts(results, dataset, pairs)
    return [
        compare(
            results,
            dataset,
            *pair,
            measure=measure,
            alike=family,
            published=published_difference(*pair, measure),
            suffix=_MEASURES[measure],
            decides=decides,
        )
        for pair in pairs
    ]


def _deeper_is_better(results: Results, dataset: str) -> Claim:
    keys = [row.key for row in TABLE_1]
    neighbours = tuple(zip(keys[1:], keys[:-1], strict=True))
    return claim_of(
        "backbones",
        "Deeper backbones score higher",
        "Table 1: ResNet-18 below ResNet-50 below ResNet-152, each pre-trained for face recognition. At a scale that "
        "makes them narrower or trains them for fewer steps, what is compared is what “The run” says.",
        [
            *_compare(results, dataset, neighbours),
            *_compare(results, dataset, ((keys[-1], keys[0]),), decides=False),
        ],
    )


def _emotion_beats_face(results: Results, dataset: str) -> Claim:
    return claim_of(
        "transfer",
        "Transfer from expression recognition beats transfer from face recognition",
        "Table 2: F_emotion above F_face, on detector boxes. The same on aligned crops is shown beside it.",
        [
            *_compare(results, dataset, (("box-emotion", "box-face"),)),
            *_compare(results, dataset, (("align-emotion", ALIGNED_FACE),), decides=False),
        ],
    )


def _both_beat_either(results: Results, dataset: str) -> Claim:
    boxes: tuple[_Pair, ...] = (("box-both", "box-face"), ("box-both", "box-emotion"))
    aligned: tuple[_Pair, ...] = ((UNBALANCED.key, ALIGNED_FACE), (UNBALANCED.key, "align-emotion"))
    means: tuple[_Pair, ...] = (("box-mean", "box-both"), ("align-mean", UNBALANCED.key))
    return claim_of(
        "both",
        "Both transfers together beat either",
        "Table 2: F_face + F_emotion above F_face and above F_emotion, on detector boxes; one model on both backbones' "
        "features. It has twice the backbones of the single ones. Beside it: the same on aligned crops, and the mean "
        "of two models' logits, the other reading of “+”, against the one model.",
        [
            *_compare(results, dataset, boxes),
            *_compare(results, dataset, aligned, decides=False),
            *_compare(results, dataset, means, decides=False),
        ],
    )


def _alignment_helps(results: Results, dataset: str) -> Claim:
    others: tuple[_Pair, ...] = ((ALIGNED_FACE, "box-face"), ("align-emotion", "box-emotion"))
    return claim_of(
        "alignment",
        "Alignment helps",
        "Table 2: with registered crops above the same with detector boxes. All pre-trainings were on registered "
        "crops, which is one reason why these may do better.",
        [
            *_compare(results, dataset, ((UNBALANCED.key, "box-both"),)),
            *_compare(results, dataset, others, decides=False),
        ],
    )


def _balancing_helps(results: Results, dataset: str) -> Claim:
    pair = ((BALANCED.key, UNBALANCED.key),)
    return claim_of(
        "balancing",
        "Balancing raises F1 and the final score",
        "Table 2: the three strategies together against none. The slides' accuracy falls by it, as is shown beside it.",
        [
            *_compare(results, dataset, pair),
            *_compare(results, dataset, pair, measure="f1"),
            *_compare(results, dataset, pair, measure="accuracy", decides=False),
        ],
    )


_JUDGES: tuple[Callable[[Results, str], Claim], ...] = (
    _deeper_is_better,
    _emotion_beats_face,
    _both_beat_either,
    _alignment_helps,
    _balancing_helps,
)
