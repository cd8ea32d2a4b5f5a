"""Scores of a face and of its mirror image, averaged: what a network says of a left side it then says of a right one.

A face is not symmetrical, and neither is a network, however it was trained: a mirrored photo gets other scores. The
mean of both is the same for a photo and its mirror image, but for what differs in the face's landmarks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from emotionet_tf.action_units import flip_partner
from emotionet_tf.faces.head_pose import Angles
from emotionet_tf.inference.scoring.interface import Place, Scorer


class MirroredScorer:
    """Scores faces as the mean over them and their mirror images; see `interface.Scorer`.

    Args:
      scorer: What scores a face.
    """

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self.aus, self.thresholds = scorer.aus, scorer.thresholds
        self.intensity_aus = scorer.intensity_aus

    @property
    def about(self) -> dict[str, Any]:
        """What the scores come from."""
        return self._scorer.about

    def scores(self, places: Sequence[Place], angles: Sequence[Angles]) -> np.ndarray:
        """Returns the scores of some faces, [faces, AUs] float64; see `Scorer.scores`."""
        return self.scores_and_intensities(places, angles)[0]

    def scores_and_intensities(
        self, places: Sequence[Place], angles: Sequence[Angles], *, mirrored: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns scores and intensities of some faces; see `Scorer.scores_and_intensities`."""
        sides = (mirrored, not mirrored)
        seen, mirror = (self._scorer.scores_and_intensities(places, angles, mirrored=side) for side in sides)
        scores = mean_of_sides(seen[0], mirror[0], self.aus)
        return scores, mean_of_sides(seen[1], mirror[1], self.intensity_aus)


def mean_of_sides(seen: np.ndarray, mirrored: np.ndarray, aus: Sequence[int]) -> np.ndarray:
    """Returns the mean of what was said of faces and of their mirror images, [faces, AUs].

    An AU of one side, such as 51 or L12, takes the mirror image's value of its partner; where the partner is not
    predicted, its own value stays.

    Args:
      seen: [faces, AUs] of the faces.
      mirrored: [faces, AUs] of their mirror images.
      aus: The columns.
    """
    partners = [list(aus).index(flip_partner(au)) if flip_partner(au) in aus else None for au in aus]
    columns = [
        seen[:, own] if partner is None else (seen[:, own] + mirrored[:, partner]) / 2
        for own, partner in enumerate(partners)
    ]
    return np.stack(columns, axis=1) if columns else seen
