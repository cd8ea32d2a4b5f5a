"""What MediaPipe's blendshapes say of AUs.

A blendshape is a movement of a graphics model, not an AU: the names are near, the thresholds are ours, and what the two
have in common is to be measured on one's own photos. Between the two limits of an AU, a label is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class BlendshapeRule:
    """What blendshapes say of an AU.

    Attributes:
      shapes: Their names; the strongest counts, or of a rule for `both` sides the weaker.
      absent_to: Up to this score the AU is absent.
      present_from: From this score on it is present.
      both: Whether it takes all of the shapes.
      unclear_with: Shapes beside which the others say nothing.
    """

    shapes: tuple[str, ...]
    absent_to: float
    present_from: float
    both: bool = False
    unclear_with: tuple[str, ...] = ()

    def label(self, scores: Mapping[str, float]) -> bool | None:
        """Returns whether the AU is present, None where that is unknown."""
        score = self.score(scores)
        if max((scores[name] for name in self.unclear_with), default=0.0) > _UNCLEAR_ABOVE:
            return None
        if self.absent_to < score < self.present_from:
            return None
        return score >= self.present_from

    def score(self, scores: Mapping[str, float]) -> float:
        """Returns the AU's score."""
        values = [scores[name] for name in self.shapes]
        return min(values) if self.both else max(values)


_SMILE = ("mouthSmileLeft", "mouthSmileRight")
_UNCLEAR_ABOVE = 0.3

RULES: Mapping[int, BlendshapeRule] = {
    1: BlendshapeRule(("browInnerUp",), 0.05, 0.3),
    2: BlendshapeRule(("browOuterUpLeft", "browOuterUpRight"), 0.05, 0.3),
    4: BlendshapeRule(("browDownLeft", "browDownRight"), 0.08, 0.5),
    5: BlendshapeRule(("eyeWideLeft", "eyeWideRight"), 0.02, 0.1),
    # These two never exceed some millionths, and rank raised cheeks all the same.
    6: BlendshapeRule(("cheekSquintLeft", "cheekSquintRight"), 6e-7, 2e-6),
    10: BlendshapeRule(("mouthUpperUpLeft", "mouthUpperUpRight"), 0.01, 0.3),
    12: BlendshapeRule(_SMILE, 0.1, 0.4),
    # A smile hides what the mouth's corners and the chin do.
    15: BlendshapeRule(("mouthFrownLeft", "mouthFrownRight"), 0.004, 0.05, unclear_with=_SMILE),
    17: BlendshapeRule(("mouthShrugLower",), 0.02, 0.15, unclear_with=_SMILE),
    20: BlendshapeRule(("mouthStretchLeft", "mouthStretchRight"), 0.02, 0.15),
    25: BlendshapeRule(
        ("jawOpen", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight"),
        0.03,
        0.15,
    ),
    26: BlendshapeRule(("jawOpen",), 0.03, 0.1),
    43: BlendshapeRule(("eyeBlinkLeft", "eyeBlinkRight"), 0.3, 0.5, both=True),
}
"""The AUs that blendshapes can label, and the limits; our choice. They cannot tell AU 9: the shapes of the nose are
as small as those of the cheeks, and rank nothing."""

TRUSTED = (1, 2, 5, 12, 25, 26, 43)
"""The AUs that they label well enough to be taken without a further look."""
