"""How well a cross-validation's intensities agree with the coded ones: by the parts' mean, and of all rows pooled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from emotionet_tf.experiments.cross_validation.scores import mean_of_known
from emotionet_tf.inference.comparison.intensity_measures import INTENSITY_MEASURES, intensity_measures
from emotionet_tf.inference.intensity_agreement import intensity_sums
from emotionet_tf.inference.prediction_files import Predictions
from emotionet_tf.label_lists.rows import LabelList


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


def part_intensities(predictions: Predictions, labels: LabelList) -> PartIntensities:
    """Joins what was predicted of a part's intensities with the coded ones; empty without any.

    A row without a face is left out: no face is no intensity of 0.
    """
    found = intensity_sums(predictions, labels)
    return PartIntensities({au: sums for au, (_, sums) in found.items() if sums[0]})


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
