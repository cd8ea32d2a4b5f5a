"""The results of a cross-validation: read from its predictions, and written as JSON, CSV, Markdown and text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.experiments.cross_validation.intensities import (
    CrossIntensities,
    cross_intensities,
    part_intensities,
)
from emotionet_tf.experiments.cross_validation.plan import Plan, predictions_of
from emotionet_tf.experiments.cross_validation.scores import (
    CrossScores,
    PartRows,
    Scores,
    in_common_columns,
    mean_of_known,
    part_rows,
)
from emotionet_tf.inference.comparison.decision_measures import DECISION_MEASURES
from emotionet_tf.inference.prediction_files import read_predictions
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.records.dataset_info import ROWS_FILE, load_dataset_info
from emotionet_tf.storage.files import write_json

SCORES_FILE, PARTS_FILE, REPORT_FILE = "scores.json", "scores_by_part.csv", "report.md"
MEAN_OVER_PARTS, POOLED = "mean over parts", "all rows pooled"


@dataclass(frozen=True, eq=False)
class CrossResults:
    """What a cross-validation came to.

    Attributes:
      plan: What was done.
      all_rows: The scores of all rows; one without a face counts as absent.
      with_face: The scores of the rows with a face.
      num_rejected: Rows of the tested parts that could not be used.
      intensities: The agreement of intensities; None where none are coded and predicted.
    """

    plan: Plan
    all_rows: CrossScores
    with_face: CrossScores
    num_rejected: int
    intensities: CrossIntensities | None = None

    @property
    def aus(self) -> tuple[int, ...]:
        """The AUs that are scored."""
        return self.all_rows.tested[0].aus

    @property
    def aus_without_score(self) -> tuple[int, ...]:
        """The protocol's AUs that are not scored, as some part has no label or no prediction of them."""
        return tuple(au for au in self.plan.protocol.aus if au not in self.aus)

    @property
    def num_rows(self) -> int:
        """Rows of the tested parts."""
        return sum(len(rows.persons) for rows in self.all_rows.tested)

    @property
    def num_without_face(self) -> int:
        """Those of them without a face."""
        return sum(int((~rows.has_face).sum()) for rows in self.all_rows.tested)

    @property
    def persons(self) -> tuple[str, ...]:
        """Who is tested."""
        return tuple(sorted({str(person) for rows in self.all_rows.tested for person in rows.persons}))

    @property
    def absent_persons(self) -> tuple[str, ...]:
        """Persons of the tested parts of whom there is no row."""
        protocol = self.plan.protocol
        expected = {person for name in protocol.tested for person in protocol.named(name).persons}
        return tuple(sorted(expected.difference(self.persons)))


def read_results(plan: Plan) -> CrossResults:
    """Returns the results of a cross-validation whose commands are done.

    Raises:
      UserError: If a file is missing or invalid, or no AU is predicted and labelled in all parts.
    """
    root, tested, num_rejected = plan.config.root, [], 0
    intensities = {}
    for part in plan.protocol.tested:
        records = root / plan.records_of(part)
        predictions, labels = (
            read_predictions(root / predictions_of(part)),
            read_label_list(records / ROWS_FILE),
        )
        tested.append(part_rows(part, predictions, labels, records / ROWS_FILE, plan.protocol.aus))
        intensities[part] = part_intensities(predictions, labels)
        num_rejected += load_dataset_info(records, check_shards=False).num_rejected
    rows = in_common_columns(tested)
    with_face = tuple(one.with_face() for one in rows)
    return CrossResults(
        plan, CrossScores(rows), CrossScores(with_face), num_rejected, cross_intensities(intensities)
    )


def to_dict(results: CrossResults) -> dict[str, Any]:
    """Returns the results as JSON can hold them; NaN becomes null."""
    protocol, config = results.plan.protocol, results.plan.config
    return {
        **config.parts.to_dict(),
        "source": protocol.source,
        "dataset": config.dataset,
        "tested": {name: list(protocol.named(name).persons) for name in protocol.tested},
        "persons_without_a_row": list(results.absent_persons),
        "aus": [au_name(au) for au in results.aus],
        "aus_without_score": [au_name(au) for au in results.aus_without_score],
        "num_rows": results.num_rows,
        "num_without_face": results.num_without_face,
        "num_rejected": results.num_rejected,
        "published_rows": dict(protocol.published_rows),
        "all_rows": _scores_dict(results.all_rows, results.aus),
        "rows_with_a_face": _scores_dict(results.with_face, results.aus),
        **({"intensities": _intensities_dict(results.intensities)} if results.intensities else {}),
    }


def score_rows(results: CrossResults) -> Iterable[tuple[str | float | int | None, ...]]:
    """Yields a header, and a row for each tested part and AU; then those of the pooled rows and of the parts' means."""
    all_rows, with_face = results.all_rows, results.with_face
    measures = [f"{measure}{end}" for end in ("", "_with_a_face") for measure in DECISION_MEASURES]
    yield ("tested", "au", "known", "present", *measures)
    pairs = [(name, scores, with_face.parts[name]) for name, scores in all_rows.parts.items()]
    for name, scores, of_faces in [*pairs, (POOLED, all_rows.pooled, with_face.pooled)]:
        for index, au in enumerate(results.aus):
            counts = (int(scores.num_known[index]), int(scores.num_present[index]))
            yield (name, au_name(au), *counts, *_values_of(index, scores.values, of_faces.values))
    for index, au in enumerate(results.aus):
        means = _values_of(index, all_rows.part_means, with_face.part_means)
        yield (MEAN_OVER_PARTS, au_name(au), None, None, *means)


def _values_of(index: int, *scores: Mapping[str, np.ndarray]) -> list[float | None]:
    return [_number(values[measure][index]) for values in scores for measure in DECISION_MEASURES]


def write_scores(results: CrossResults) -> Path:
    """Writes the scores as JSON; returns the file."""
    path = results.plan.config.root / SCORES_FILE
    write_json(path, to_dict(results))
    return path


def _scores_dict(scores: CrossScores, aus: Sequence[int]) -> dict[str, Any]:
    low, high = scores.pooled_f1_interval()
    return {
        "mean_over_parts": _measures_dict(scores.part_means, aus),
        "pooled": {
            **_part_dict(scores.pooled, aus),
            "f1_interval_by_persons": [_number(low), _number(high)],
            "f1_of_always_present": _number(mean_of_known(scores.always_present_f1)),
        },
        "parts": {
            rows.part: {
                "num_rows": len(rows.persons),
                "num_persons": len(np.unique(rows.persons)),
                **_part_dict(scores.parts[rows.part], aus),
            }
            for rows in scores.tested
        },
    }


def _intensities_dict(intensities: CrossIntensities) -> dict[str, Any]:
    aus = intensities.aus
    return {
        "mean_over_parts": _measures_dict(intensities.part_means, aus),
        "pooled": {
            **_measures_dict(intensities.pooled, aus),
            "rows_per_au": _by_au(aus, intensities.num_rows),
        },
        "parts": {name: _measures_dict(values, aus) for name, values in intensities.parts.items()},
    }


def _part_dict(scores: Scores, aus: Sequence[int]) -> dict[str, Any]:
    return {
        **_measures_dict(scores.values, aus),
        "known_per_au": _by_au(aus, scores.num_known),
        "present_per_au": _by_au(aus, scores.num_present),
    }


def _measures_dict(values: Mapping[str, np.ndarray], aus: Sequence[int]) -> dict[str, Any]:
    """Returns the means over AUs, and the values of each AU."""
    means = {measure: _number(mean_of_known(array)) for measure, array in values.items()}
    return {**means, **{f"{measure}_per_au": _by_au(aus, array) for measure, array in values.items()}}


def _by_au(aus: Sequence[int], values: np.ndarray) -> dict[str, float | None]:
    return {au_name(au): _number(value) for au, value in zip(aus, values, strict=True)}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def describe_rows(rows: PartRows) -> tuple[int, int, int]:
    """Returns how many rows, persons, and rows without a face a part has."""
    return len(rows.persons), len(np.unique(rows.persons)), int((~rows.has_face).sum())
