"""How well a cross-validation's intensities agree with the coded ones: by the parts' mean, and of all rows pooled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotionet_tf.experiments.cross_validation.scores import mean_of_known
from emotionet_tf.inference.comparison.intensity_measures import (
    INTENSITY_MEASURES,
    intensity_measures,
    row_terms,
)
from emotionet_tf.inference.prediction_files import read_predictions
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.label_lists.rows import columns_in
from emotionet_tf.records.dataset_info import ROWS_FILE


@dataclass(frozen=True, eq=False)
class PartIntensities:
    """The sums of a tested part's coded and predicted intensities.

    Attributes:
      sums: By AU, [7], as `intensity_measures` takes them, of the rows that are coded and have a face.
    """

    sums: Mapping[int, np.ndarray]


@dataclass(frozen=True, eq=False)
class CrossIntensities:
    """The agreement of intensities in all tested parts.

    Attributes:
      aus: The AUs that are coded and predicted in every part.
      parts: By the part's name and the measure's, [AUs].
      pooled: By measure, [AUs], of all rows together.
      num_rows: [AUs], the rows that are compared.
    """

    aus: tuple[int, ...]
    parts: Mapping[str, Mapping[str, np.ndarray]]
    pooled: Mapping[str, np.ndarray]
    num_rows: np.ndarray

    @property
    def part_means(self) -> Mapping[str, np.ndarray]:
        """By measure, [AUs], the mean over the parts that have one."""
        return {
            measure: np.array(
                [mean_of_known(one) for one in np.stack([v[measure] for v in self.parts.values()], axis=1)]
            )
            for measure in INTENSITY_MEASURES
        }


def read_part_intensities(predictions: Path, records_dir: Path) -> PartIntensities:
    """Reads what was predicted of a part's intensities and joins it with the coded ones; empty without any.

    A row without a face is left out: no face is no intensity of 0.

    Raises:
      UserError: If a file is invalid.
    """
    predicted = read_predictions(predictions)
    labels = read_label_list(records_dir / ROWS_FILE)
    rows = [row for row in labels.rows if row.intensities is not None]
    aus = tuple(au for au in predicted.intensities if au in labels.labelled_aus)
    if not aus or not rows:
        return PartIntensities({})
    coded = np.stack([columns_in(np.asarray(row.intensities), row.aus, aus, missing=np.nan) for row in rows])
    found = predicted.intensities_of([row.example_id for row in rows])
    sums = {}
    for column, au in enumerate(aus):
        is_both = ~np.isnan(coded[:, column]) & ~np.isnan(found[au])
        if is_both.any():
            sums[au] = row_terms(coded[is_both, column], found[au][is_both]).sum(axis=0)
    return PartIntensities(sums)


def cross_intensities(parts: Mapping[str, PartIntensities]) -> CrossIntensities | None:
    """Returns the agreement in all parts; None where no AU is coded and predicted in every one."""
    aus = _common_aus(list(parts.values()))
    if not aus:
        return None
    stacked = {name: np.stack([part.sums[au] for au in aus]) for name, part in parts.items()}
    total = np.sum(list(stacked.values()), axis=0)
    by_part = {name: intensity_measures(sums) for name, sums in stacked.items()}
    return CrossIntensities(aus, by_part, intensity_measures(total), total[:, 0])


def _common_aus(parts: Sequence[PartIntensities]) -> tuple[int, ...]:
    return tuple(au for au in parts[0].sums if all(au in part.sums for part in parts))
