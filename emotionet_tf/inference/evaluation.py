"""Prediction files against label lists: the challenge's scores, with the majority baseline beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from emotionet_tf.action_units import au_name, columns_of, facs_codes
from emotionet_tf.errors import UserError
from emotionet_tf.inference.decisions import HALF, decide
from emotionet_tf.inference.prediction_files import Predictions
from emotionet_tf.label_lists.name_forms import lookup_in_any_form
from emotionet_tf.label_lists.near_ids import near_ids
from emotionet_tf.label_lists.rejection_reasons import commonest_reasons
from emotionet_tf.label_lists.rows import LabelList
from emotionet_tf.training.objectives.challenge_score import AuScores, majority_baseline, score_decisions


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How a prediction file did.

    Attributes:
      aus: The AUs that are predicted and labelled; the scores are means over these.
      aus_without_prediction: Labelled AUs that no score is about.
      scores: Of the predictions.
      floor: The majority baseline: the scores of always deciding for each AU's majority class.
      num_photos: Rows of the label list, all of which count.
      num_without_prediction: Of these, counted as "absent" for every AU.
      num_without_label: Predictions that no label row asks for; they count nowhere.
      thresholds: [AUs], what the scores were decided at.
      num_tuned_on: Labelled photos that the thresholds were tuned on, as far as the predictions say.
    """

    aus: tuple[int, ...]
    aus_without_prediction: tuple[int, ...]
    scores: AuScores
    floor: AuScores
    num_photos: int
    num_without_prediction: int
    num_without_label: int
    thresholds: np.ndarray
    num_tuned_on: int = 0


@dataclass(frozen=True, eq=False)
class KnownLabels:
    """The photos of a label list with what is predicted and known of them.

    Attributes:
      aus: The AUs that are both predicted and labelled, in column order.
      scores: [photos, AUs] in [0, 1]; 0 for a photo without a prediction.
      labels: [photos, AUs], 0 or 1; 0 where the mask is 0.
      mask: [photos, AUs], 1 = known.
      thresholds: [AUs], the predictions' own.
      num_without_prediction: Photos of which nothing is predicted.
    """

    aus: tuple[int, ...]
    scores: np.ndarray
    labels: np.ndarray
    mask: np.ndarray
    thresholds: np.ndarray
    num_without_prediction: int


def evaluate(predictions: Predictions, labels: LabelList) -> Evaluation:
    """Scores predictions, decided at their thresholds, against a label list.

    Raises:
      UserError: If no AU is both predicted and labelled, or no photo is.
    """
    known = known_labels(predictions, labels)
    find = lookup_in_any_form(row.example_id for row in labels.rows)
    return Evaluation(
        known.aus,
        tuple(au for au in labels.labelled_aus if au not in known.aus),
        score_decisions(known.labels, known.mask, decide(known.scores, known.thresholds)),
        majority_baseline(known.labels, known.mask),
        num_photos=len(labels.rows),
        num_without_prediction=known.num_without_prediction,
        num_without_label=sum(find(example_id) is None for example_id in predictions.ids),
        thresholds=known.thresholds,
        num_tuned_on=int(predictions.tuned_on_of([row.example_id for row in labels.rows]).sum()),
    )


def known_labels(predictions: Predictions, labels: LabelList) -> KnownLabels:
    """Joins predictions with a label list.

    Raises:
      UserError: If no AU is both predicted and labelled, or no photo is; or if photos would count as not predicted that
        are in both under names that nearly agree.
    """
    if labels.rejected and not labels.rows:
        raise UserError(f"no row of the label list can be used: {commonest_reasons(labels.rejected)}")
    aus = tuple(au for au in predictions.aus if au in labels.labelled_aus)
    if not aus:
        raise UserError(
            f"the predictions have the AUs {facs_codes(predictions.aus)}, the label list "
            f"{facs_codes(labels.labelled_aus)}: none in common"
        )
    ids = [row.example_id for row in labels.rows]
    scores, has_prediction = predictions.scores_of(ids)
    find = lookup_in_any_form(ids)
    missing = {own for own, has_one in zip(ids, has_prediction, strict=True) if not has_one}
    unused = {own for own in predictions.ids if find(own) is None}
    near = near_ids(sorted(missing), sorted(unused))
    if not has_prediction.any():
        raise UserError(
            f"no id of the label list has a prediction: it has '{next(iter(ids), 'nothing')}', the predictions "
            f"'{next(iter(predictions.ids), 'nothing')}'; {near or 'do both files belong together?'}"
        )
    if near:
        raise UserError(
            f"{len(missing)} photos of the label list have no prediction, and of {len(unused)} predictions it has no "
            f"row: {near}; write them alike, or take them out of either file"
        )
    own, columns = [predictions.aus.index(au) for au in aus], columns_of(aus, labels.aus)
    return KnownLabels(
        aus,
        scores[:, own],
        np.stack([row.labels for row in labels.rows])[:, columns],
        np.stack([row.mask for row in labels.rows])[:, columns],
        predictions.thresholds[own],
        int((~has_prediction).sum()),
    )


def format_table(evaluation: Evaluation) -> str:
    """Returns the scores as lines of text: a row per AU, then the means and the final ranking score."""
    scores, floor = evaluation.scores, evaluation.floor
    is_tuned = _is_tuned(evaluation)
    width = max(len(au_name(au)) for au in evaluation.aus)
    head = "    known  present  accuracy      F1   score   floor" + "  threshold" * is_tuned
    lines = [f"{'AU':{width}}{head}"]
    for i, au in enumerate(evaluation.aus):
        lines.append(
            f"{au_name(au):{width}}  {scores.num_known[i]:7.0f}  {scores.num_positive[i]:7.0f}  "
            f"{scores.accuracy[i]:8.4f}  {scores.f1[i]:6.4f}  {scores.ranking_score_per_au[i]:6.4f}  "
            f"{floor.ranking_score_per_au[i]:6.4f}" + f"   {evaluation.thresholds[i]:.6f}" * is_tuned
        )
    lines.append(
        f"{'mean':{width}}{'':21}{scores.mean_accuracy:8.4f}  {scores.mean_f1:6.4f}  "
        f"{scores.ranking_score:6.4f}  {floor.ranking_score:6.4f}"
    )
    lines.append(
        f"final ranking score {scores.ranking_score:.4f} (majority baseline {floor.ranking_score:.4f}) "
        f"on {evaluation.num_photos} photos, {len(evaluation.aus)} AUs, decided at "
        + ("the prediction file's thresholds" if is_tuned else f"threshold {HALF}")
    )
    is_never = (scores.num_known > 0) & (scores.num_positive == 0)
    if never := [au_name(au) for au, one in zip(evaluation.aus, is_never, strict=True) if one]:
        lines.append(
            f"no photo shows {' '.join(never)}: F1 is 0 there whatever is predicted, and lowers the means"
        )
    if is_tuned and evaluation.num_tuned_on:
        lines.append(
            f"the thresholds were tuned on {evaluation.num_tuned_on} of these photos: the score is better than on "
            "photos that they were not tuned on; --nothresholds decides at 0.5"
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

    names = [au_name(au) for au in evaluation.aus]
    thresholds = {
        "thresholds": dict(zip(names, evaluation.thresholds.tolist(), strict=True)),
        "num_photos_thresholds_were_tuned_on": evaluation.num_tuned_on,
    }
    return {
        "num_photos": evaluation.num_photos,
        "num_without_prediction": evaluation.num_without_prediction,
        "num_without_label": evaluation.num_without_label,
        "aus": names,
        "aus_without_prediction": [au_name(au) for au in evaluation.aus_without_prediction],
        **(thresholds if _is_tuned(evaluation) else {}),
        "scores": content_of(evaluation.scores),
        "majority_floor": content_of(evaluation.floor),
    }


def _is_tuned(evaluation: Evaluation) -> bool:
    return bool((evaluation.thresholds != HALF).any())


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)
