"""Prediction files against label lists: the challenge's scores, with the floor beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from emotionet_tf.action_units import au_name, columns_of
from emotionet_tf.errors import UserError
from emotionet_tf.inference.fusion import decide
from emotionet_tf.inference.predictions import Predictions
from emotionet_tf.label_lists.rows import LabelList
from emotionet_tf.training.ranking_score import AuScores, majority_floor, score_decisions


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How a prediction file did.

    Attributes:
      aus: The AUs that are predicted and labelled; the scores are means over these.
      aus_without_prediction: Labelled AUs that no score is about.
      scores: Of the predictions.
      floor: Of always deciding for each AU's majority class.
      num_photos: Rows of the label list, all of which count.
      num_without_prediction: Of these, counted as "absent" for every AU.
      num_without_label: Predictions that no label row asks for; they count nowhere.
    """

    aus: tuple[int, ...]
    aus_without_prediction: tuple[int, ...]
    scores: AuScores
    floor: AuScores
    num_photos: int
    num_without_prediction: int
    num_without_label: int


def evaluate(predictions: Predictions, labels: LabelList) -> Evaluation:
    """Scores predictions against a label list.

    Raises:
      UserError: If no AU is both predicted and labelled, or no photo is.
    """
    aus = tuple(au for au in predictions.aus if au in labels.labelled_aus)
    if not aus:
        raise UserError(
            f"the predictions have the AUs {predictions.aus}, the label list {labels.labelled_aus}"
        )
    ids = [row.example_id for row in labels.rows]
    if not set(ids) & set(predictions.ids):
        raise UserError("no id of the label list has a prediction: do both files belong together?")
    scores, has_prediction = predictions.scores_of(ids)
    decisions = decide(scores[:, [predictions.aus.index(au) for au in aus]])
    columns = columns_of(aus)
    truth = np.stack([row.labels for row in labels.rows])[:, columns]
    mask = np.stack([row.mask for row in labels.rows])[:, columns]
    return Evaluation(
        aus,
        tuple(au for au in labels.labelled_aus if au not in aus),
        score_decisions(truth, mask, decisions),
        majority_floor(truth, mask),
        num_photos=len(ids),
        num_without_prediction=int((~has_prediction).sum()),
        num_without_label=len(set(predictions.ids) - set(ids)),
    )


def format_table(evaluation: Evaluation) -> str:
    """Returns the scores as lines of text: a row per AU, then the means and the final ranking score."""
    scores, floor = evaluation.scores, evaluation.floor
    lines = ["AU      known  present  accuracy      F1   score   floor"]
    for i, au in enumerate(evaluation.aus):
        lines.append(
            f"{au_name(au)}  {scores.num_known[i]:7.0f}  {scores.num_positive[i]:7.0f}  {scores.accuracy[i]:8.4f}  "
            f"{scores.f1[i]:6.4f}  {scores.ranking_score_per_au[i]:6.4f}  {floor.ranking_score_per_au[i]:6.4f}"
        )
    lines.append(
        f"mean                     {scores.mean_accuracy:8.4f}  {scores.mean_f1:6.4f}  {scores.ranking_score:6.4f}  "
        f"{floor.ranking_score:6.4f}"
    )
    lines.append(
        f"final ranking score {scores.ranking_score:.4f} (majority floor {floor.ranking_score:.4f}) "
        f"on {evaluation.num_photos} photos, {len(evaluation.aus)} AUs"
    )
    if evaluation.aus_without_prediction:
        names = " ".join(au_name(au) for au in evaluation.aus_without_prediction)
        lines.append(f"labelled but not predicted, and in no mean: {names}")
    if evaluation.num_without_prediction:
        lines.append(f"{evaluation.num_without_prediction} photos have no prediction and count as absent")
    if evaluation.num_without_label:
        lines.append(f"{evaluation.num_without_label} predictions have no label row and were left out")
    return "\n".join(lines)


def to_dict(evaluation: Evaluation) -> dict[str, Any]:
    """Returns the scores as JSON can hold them; NaN becomes null."""

    def content_of(scores: AuScores) -> dict[str, Any]:
        rows = zip(scores.num_known, scores.num_positive, scores.accuracy, scores.f1, strict=True)
        names = ("known", "positive", "accuracy", "f1")
        return {
            "ranking_score": _number(scores.ranking_score),
            "accuracy": _number(scores.mean_accuracy),
            "f1": _number(scores.mean_f1),
            "per_au": {
                au_name(au): dict(zip(names, map(_number, row), strict=True))
                for au, row in zip(evaluation.aus, rows, strict=True)
            },
        }

    return {
        "num_photos": evaluation.num_photos,
        "num_without_prediction": evaluation.num_without_prediction,
        "num_without_label": evaluation.num_without_label,
        "aus": [au_name(au) for au in evaluation.aus],
        "aus_without_prediction": [au_name(au) for au in evaluation.aus_without_prediction],
        "scores": content_of(evaluation.scores),
        "majority_floor": content_of(evaluation.floor),
    }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)
