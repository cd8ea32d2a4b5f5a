"""A face and its AUs, as a detector returns it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from emotionet_tf.action_units import au_name, facs_code, facs_codes
from emotionet_tf.faces.detectors.interface import Face


class AuResult(NamedTuple):
    """What is known of one AU of a face.

    Attributes:
      score: In [0, 1]: how sure the models are that the AU occurs. Not an intensity.
      present: Whether the score reaches the AU's threshold.
      intensity: From 0 to 5 (FACS A to E are 1 to 5); None where the models do not estimate it.
    """

    score: float
    present: bool
    intensity: float | None = None


class AuScores(np.ndarray):
    """Scores of AUs, [AUs], that can also be asked by an AU's name: `scores["AU12"]`; a number is a position, as ever.

    What is cut or computed from them has no names.
    """

    aus: tuple[int, ...] = ()

    @classmethod
    def of(cls, values: Any, aus: tuple[int, ...]) -> AuScores:
        """Returns a view of values [AUs] whose AUs are known."""
        scores = np.asarray(values).view(cls)
        scores.aus = aus
        return scores

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            return super().__getitem__(key)
        names = [au_name(au) for au in self.aus]
        if key not in names:
            raise KeyError(
                f"{key!r} must be one of {', '.join(names)}" if names else f"no score has a name: {key!r}"
            )
        return super().__getitem__(names.index(key))

    def __deepcopy__(self, memo: Any) -> AuScores:
        return AuScores.of(np.array(self), self.aus)

    def __reduce__(self) -> tuple[Any, ...]:
        return AuScores.of, (np.asarray(self), self.aus)


@dataclass(frozen=True, eq=False)
class FaceResult:
    """A face and its AUs.

        face.scores["AU12"]  # the score of AU12
        face[12].present  # whether it is present
        [au for au in face.aus if face[au].present]  # the AUs that are present

    Attributes:
      face: Box, confidence and landmarks, in pixels of the photo, and the name of the face detector that found it.
      angles: Pitch, yaw and roll of the head in radians. Positive pitch is down, positive yaw to the image's right,
        positive roll clockwise (`emotionet_tf.faces.head_pose`). None where unknown.
      aus: The AUs' numbers in the order of `scores` and `decisions`.
      scores: [AUs] float64 in [0, 1]: how sure the models are that the AU occurs, the mean over those that predict it.
        A score is not an intensity. Asked by name it is an AU's, by number a position's.
      decisions: [AUs] int8: 1 where the score reaches the AU's threshold (present), else 0 (absent).
      intensities: By AU, from 0 to 5; empty where the models estimate none.
    """

    face: Face
    angles: tuple[float, float, float] | None
    aus: tuple[int, ...]
    scores: np.ndarray
    decisions: np.ndarray
    intensities: Mapping[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scores", AuScores.of(self.scores, self.aus))

    def __getitem__(self, au: int) -> AuResult:
        """Returns what is known of an AU, by its number; raises KeyError where the detector does not predict it."""
        if au not in self.aus:
            raise KeyError(f"AU {facs_code(au)} must be one of {facs_codes(self.aus)}")
        place = self.aus.index(au)
        return AuResult(float(self.scores[place]), bool(self.decisions[place]), self.intensities.get(au))

    @property
    def angles_degrees(self) -> tuple[float, float, float] | None:
        """Pitch, yaw and roll in degrees, as in the tables; None where unknown."""
        return None if self.angles is None else tuple(float(np.degrees(angle)) for angle in self.angles)  # type: ignore[return-value]
