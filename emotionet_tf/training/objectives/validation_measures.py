"""The registry of what a validation measures. A new measure is an entry here, its function and its test."""

from __future__ import annotations

from collections.abc import Mapping

from emotionet_tf.errors import UserError
from emotionet_tf.training.objectives import au_measures, class_scores
from emotionet_tf.training.objectives.measure import CROSS_ENTROPY_TAG, Measure
from emotionet_tf.training.pretrain_config import EXPRESSION, IDENTITY

AUS = "action units"

VALIDATION_MEASURES: Mapping[str, tuple[Measure, ...]] = {
    AUS: (
        Measure(
            name="score", overall=au_measures.ranking_score, per_au=au_measures.ranking_score_per_au,
            is_score=True, has_au_columns=False,
        ),
        Measure(
            name="accuracy", overall=au_measures.mean_accuracy, per_au=au_measures.accuracy, progress_text="accuracy"
        ),
        Measure(name="f1", overall=au_measures.mean_f1, per_au=au_measures.f1, progress_text="F1"),
        Measure(name="loss", per_au=au_measures.mean_cross_entropy, au_tag=CROSS_ENTROPY_TAG),
    ),
    IDENTITY: (
        Measure(name="accuracy", overall=class_scores.trained_class_accuracy, progress_text="accuracy"),
        Measure(name="auc", overall=class_scores.person_auc, is_score=True, progress_text="AUC"),
    ),
    EXPRESSION: (
        Measure(name="accuracy", overall=class_scores.trained_class_accuracy, progress_text="accuracy"),
        Measure(name="recall", overall=class_scores.trained_class_recall, is_score=True, progress_text="mean recall"),
    ),
}  # fmt: skip
"""By what is learned; in their order on the progress line and in `curves.csv`."""


def validation_measures(learned: str) -> tuple[Measure, ...]:
    """Returns the measures of a validation; raises UserError for what no network here learns."""
    if learned not in VALIDATION_MEASURES:
        raise UserError(f"what is learned must be one of {', '.join(VALIDATION_MEASURES)}, got {learned!r}")
    return VALIDATION_MEASURES[learned]
