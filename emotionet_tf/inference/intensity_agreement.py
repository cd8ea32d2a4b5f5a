"""Predicted against coded intensities: the measures of the field, AU by AU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.inference.comparison.intensity_measures import (
    INTENSITY_MEASURES,
    intensity_measures,
    row_terms,
)
from emotionet_tf.inference.prediction_files import Predictions
from emotionet_tf.label_lists.rows import LabelList, columns_in


@dataclass(frozen=True)
class IntensityAgreement:
    """How well the intensities of one AU agree.

    Attributes:
      au: The AU.
      num_coded: Photos with a coded intensity.
      num_compared: Of these, those with a predicted one.
      measures: By name, of the compared photos; NaN where there is no such number.
    """

    au: int
    num_coded: int
    num_compared: int
    measures: dict[str, float]


def intensity_sums(predictions: Predictions, labels: LabelList) -> dict[int, tuple[int, np.ndarray]]:
    """Joins predicted with coded intensities.

    A photo without a prediction is left out: no face is no intensity of 0.

    Returns:
      By AU whose intensities are both predicted and coded: the photos that are coded, and the sums [7] of `row_terms`
      over those that are predicted as well.
    """
    aus = [au for au in predictions.intensities if au in labels.labelled_aus]
    coded = [
        (row.example_id, columns_in(row.intensities, row.aus, aus, missing=np.nan))
        for row in labels.rows
        if row.intensities is not None
    ]
    if not aus or not coded:
        return {}
    values = np.stack([own for _, own in coded])
    predicted = predictions.intensities_of([example_id for example_id, _ in coded])
    is_coded = ~np.isnan(values)
    sums = {}
    for column, au in enumerate(aus):
        both = is_coded[:, column] & ~np.isnan(predicted[au])
        if number := int(is_coded[:, column].sum()):
            sums[au] = number, row_terms(values[both, column], predicted[au][both]).sum(axis=0)
    return sums


def intensity_agreement(predictions: Predictions, labels: LabelList) -> list[IntensityAgreement]:
    """Returns the agreement of each AU whose intensities are both predicted and coded; of none, an empty list."""
    return [
        IntensityAgreement(
            au,
            num_coded,
            int(sums[0]),
            {name: float(value) for name, value in intensity_measures(sums).items()},
        )
        for au, (num_coded, sums) in intensity_sums(predictions, labels).items()
    ]


def format_agreement(agreements: Sequence[IntensityAgreement]) -> str:
    """Returns the agreement as lines of text: a row per AU, then the means."""
    names = "".join(f"{name:>9}" for name in ("ICC(3,1)", "MSE", "MAE", "CCC", "Pearson"))
    lines = ["intensities, 0 to 5", f"AU      coded  compared{names}"]
    for one in agreements:
        values = "".join(_cell(one.measures[name]) for name in INTENSITY_MEASURES)
        lines.append(f"{au_name(one.au):6}{one.num_coded:7}{one.num_compared:10}{values}")
    means = _means(agreements)
    lines.append(f"{'mean':23}" + "".join(_cell(means[name]) for name in INTENSITY_MEASURES))
    return "\n".join(lines)


def agreement_to_dict(agreements: Sequence[IntensityAgreement]) -> dict[str, Any]:
    """Returns the agreement as JSON can hold it; NaN becomes null."""

    def content(measures: dict[str, float]) -> dict[str, float | None]:
        return {name: None if np.isnan(value) else round(value, 6) for name, value in measures.items()}

    per_au = {
        au_name(one.au): {
            "coded": one.num_coded,
            "compared": one.num_compared,
            **content(one.measures),
        }
        for one in agreements
    }
    return {"mean": content(_means(agreements)), "per_au": per_au}


def _means(agreements: Sequence[IntensityAgreement]) -> dict[str, float]:
    """Returns each measure's mean over the AUs that have it."""
    means = {}
    for name in INTENSITY_MEASURES:
        known = [one.measures[name] for one in agreements if not np.isnan(one.measures[name])]
        means[name] = float(np.mean(known)) if known else float("nan")
    return means


def _cell(value: float) -> str:
    return f"{'-' if np.isnan(value) else format(value, '.4f'):>9}"
