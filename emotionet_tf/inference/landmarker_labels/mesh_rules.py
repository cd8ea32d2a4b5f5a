"""What the shape of MediaPipe's mesh says of AUs that its blendshapes hardly know.

Distances on the face, by the definitions of the Facial Action Coding System (Ekman, Friesen and Hager 2002), on a mesh
that was turned upright. Heads differ at rest, so that a single photo tells the clear cases only: between the two limits
of an AU, a label is unknown. The limits are percentiles of 2,321 free faces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

_EYE_CORNERS = (33, 133, 362, 263)
_INNER_BROWS = (55, 107, 285, 336)
_OUTER_BROWS = (46, 70, 276, 300)
_MIDDLE_BROWS = (52, 105, 282, 334)
_LOWER_LIDS = (145, 374)
_CHEEKS = (118, 347)
_MOUTH_CORNERS = (61, 291)
_INNER_LIPS = (13, 14)


@dataclass(frozen=True)
class MeshRule:
    """What a distance on the face says of an AU.

    Attributes:
      measure: The distance on an upright mesh, in distances of the eyes' outer corners; it grows with the AU.
      absent_to: Up to this distance the AU is absent.
      present_from: From this distance on it is present.
      unclear_with: Another distance and its limit, from which on it is unknown instead: what else moves the first one,
        or does not go with the AU.
    """

    measure: Callable[[np.ndarray], float]
    absent_to: float
    present_from: float
    unclear_with: tuple[Callable[[np.ndarray], float], float] | None = None

    def label(self, mesh: np.ndarray) -> bool | None:
        """Returns whether the AU is present, None where that is unknown.

        Args:
          mesh: [478, 3], as `upright` returns it.
        """
        distance = self.measure(mesh)
        if distance <= self.absent_to:
            return False
        if self.unclear_with is not None:
            measure, limit = self.unclear_with
            if measure(mesh) >= limit:
                return None
        return True if distance >= self.present_from else None


@dataclass(frozen=True)
class AnyOf:
    """Rules any of which shows the AU; it is absent where all say so."""

    rules: tuple[MeshRule, ...]

    def label(self, mesh: np.ndarray) -> bool | None:
        """Returns as `MeshRule.label` does."""
        labels = [rule.label(mesh) for rule in self.rules]
        if any(labels):
            return True
        return None if None in labels else False


def inner_brow_raising(mesh: np.ndarray) -> float:
    """Returns how much higher the brows' inner ends are than the outer ones."""
    return _height(mesh, _INNER_BROWS) - _height(mesh, _OUTER_BROWS)


def inner_brow_lowering(mesh: np.ndarray) -> float:
    """Returns how low the brows' inner ends are, and how much lower than the outer ones.

    It is the outer ends' height above the eyes less one and a half times the inner ends'.
    """
    eyes = _height(mesh, _EYE_CORNERS)
    return (_height(mesh, _OUTER_BROWS) - eyes) - 1.5 * (_height(mesh, _INNER_BROWS) - eyes)


def brow_nearness(mesh: np.ndarray) -> float:
    """Returns how near the brows' middles are to the eyes' height, as a negative distance."""
    return _height(mesh, _EYE_CORNERS) - _height(mesh, _MIDDLE_BROWS)


def brow_obliqueness(mesh: np.ndarray) -> float:
    """Returns how near the brows' inner ends come to their middles, or above: AU 4 together with AU 1.

    It is the inner ends' height above the eyes less one and a quarter times the middles', so that brows that are
    raised whole, by AUs 1 and 2, are not oblique.
    """
    eyes = _height(mesh, _EYE_CORNERS)
    return (_height(mesh, _INNER_BROWS) - eyes) - 1.25 * (_height(mesh, _MIDDLE_BROWS) - eyes)


def cheek_nearness(mesh: np.ndarray) -> float:
    """Returns how near the cheeks are to the lower lids, as a negative distance."""
    return _height(mesh, _CHEEKS) - _height(mesh, _LOWER_LIDS)


def mouth_width(mesh: np.ndarray) -> float:
    """Returns the distance of the mouth's corners."""
    return _distance(mesh, *_MOUTH_CORNERS)


def mouth_opening(mesh: np.ndarray) -> float:
    """Returns the distance of the lips' inner edges in their middle."""
    return _distance(mesh, *_INNER_LIPS)


def _height(mesh: np.ndarray, vertices: tuple[int, ...]) -> float:
    return -float(mesh[list(vertices), 1].mean())


def _distance(mesh: np.ndarray, first: int, second: int) -> float:
    return float(np.linalg.norm(mesh[first] - mesh[second]))


RULES: Mapping[int, MeshRule | AnyOf] = {
    # Percentiles 65 and 92. Brows that slope so over a wide mouth are mostly the person's own.
    1: MeshRule(inner_brow_raising, -0.005, 0.016, unclear_with=(mouth_width, 0.68)),
    # Percentiles 70 and 93 of the larger of the first two, each in its standard deviations, and 80 and 93 of the third.
    # The first alone calls brows raised whose inner ends AU 1 lifts; the second alone hardly ranks angry faces; without
    # the third, a network ranks sad ones below neutral ones. Brows that are oblique over a wide mouth are mostly the
    # person's own, as we saw in the free faces.
    4: AnyOf(
        (
            MeshRule(inner_brow_lowering, -0.033, -0.011),
            MeshRule(brow_nearness, -0.170, -0.143),
            MeshRule(brow_obliqueness, -0.095, -0.086, unclear_with=(mouth_width, 0.6)),
        )
    ),
    6: MeshRule(cheek_nearness, -0.176, -0.147),  # percentiles 30 and 85
    12: MeshRule(mouth_width, 0.631, 0.739),  # 50 and 85
    26: MeshRule(mouth_opening, 0.093, 0.154),  # 70 and 93
}
"""The AUs that the mesh can label, and the limits; our choice. A smile lifts the cheeks, too: AU 6 is not told from
AU 12 by their height alone."""
