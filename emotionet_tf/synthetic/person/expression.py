"""From AU intensities to the shapes of the face that show them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from emotionet_tf.action_units import EXPRESSION
from emotionet_tf.synthetic.person.head import Head

AU_SHAPES: Mapping[int, Mapping[str, float]] = {
    1: {"face/browInnerUp": 1.5, "unit/eyebrows-*-inner-up": 0.3},
    2: {"face/browOuterUp*": 1.3, "unit/eyebrows-*-extern-up": 0.15},
    4: {"face/browDown*": 1.15, "unit/eyebrows-*-down": 0.45},
    5: {"face/eyeWide*": 1.05},
    6: {"face/cheekSquint*": 1.4, "face/eyeSquint*": 0.45},
    9: {"face/noseSneer*": 1.35, "face/browDown*": 0.25},
    10: {"face/mouthUpperUp*": 0.7, "face/noseSneer*": 0.3, "face/mouthShrugUpper": 0.3},
    12: {"face/mouthSmile*": 1.0, "face/cheekSquint*": 0.3},
    15: {"face/mouthFrown*": 1.25},
    17: {"face/mouthShrugLower": 1.15, "face/mouthShrugUpper": 0.45},
    18: {"face/mouthPucker": 1.15, "face/mouthFunnel": 0.12},
    20: {"face/mouthStretch*": 1.15},
    24: {"face/mouthPress*": 0.6, "face/mouthRollUpper": 0.45, "face/mouthRollLower": 0.4},
    25: {"face/mouthLowerDown*": 0.45, "face/mouthUpperUp*": 0.28},
    26: {"face/jawOpen": 0.42},
    28: {"face/mouthRollLower": 1.0, "face/mouthRollUpper": 1.0},
    43: {"face/eyeBlink*": 1.0},
    7: {"face/eyeSquint*": 0.85},
    14: {"face/mouthDimple*": 1.1},
    23: {"face/mouthRollUpper": 0.5, "face/mouthRollLower": 0.45, "face/mouthPucker": 0.3},
}
"""Weight of each shape at full intensity; a star stands for the shape's left and right half."""

FURTHER_AUS = (7, 14, 23)
"""AUs that this head can show and EmotioNet does not code; they are shown where a mixture of expressions has them."""

DISTRACTORS: Mapping[str, float] = {
    "face/cheekPuff": 0.5,
    "face/mouthLeft": 0.5,
    "face/mouthRight": 0.5,
    "face/jawLeft": 0.5,
    "face/jawRight": 0.5,
    "face/mouthDimple*": 0.8,
    "face/mouthFunnel": 0.35,
}
"""Movements that none of the 17 AUs names, with their largest weight: a detector must not answer to them. The dimples
are left out where AU 14 is labelled."""

RESTING_SHAPES: Mapping[str, float] = {
    "face/browDown*": 0.35,
    "face/browInnerUp": 0.2,
    "face/browOuterUp*": 0.2,
}
"""Largest weight of each shape on a face at rest; our choice, at most a third of what the shape's AU shows at full
intensity. An AU is a change from a person's own neutral face: where all neutral faces have one brow height, a network
reads AU 4 off the height of the brows, and finds it on every real face whose brows are low."""

OPPOSED: tuple[tuple[int, int], ...] = (
    (5, 43), (12, 15), (12, 18), (12, 28), (15, 18), (18, 20), (18, 24), (18, 28), (20, 24), (20, 28),
    (10, 28), (17, 28), (17, 26), (24, 25), (24, 26), (24, 28), (25, 28), (26, 28),
)  # fmt: skip
"""Pairs that never occur together, because they undo each other or cannot be distinguished on this mesh."""

OPPOSED_FURTHER: tuple[tuple[int, int], ...] = (
    (7, 43), (14, 18), (14, 28), (18, 23), (20, 23), (23, 24), (23, 26), (23, 28),
)  # fmt: skip
"""Such pairs with an AU of `FURTHER_AUS`."""

REQUIRED: Mapping[int, int] = {26: 25}
"""An open jaw parts the lips."""


def is_possible(au: int, shown: set[int]) -> bool:
    """Tells whether an AU can join others: none of them opposes it, and what it requires is there."""
    pairs = OPPOSED + OPPOSED_FURTHER
    opponents = {first if second == au else second for first, second in pairs if au in (first, second)}
    return not opponents & shown and REQUIRED.get(au, au) in {*shown, au}


_LID_OVER_EYEBALL = 1.05
"""Least distance of a lid from an eyeball's centre, in its radii, unless it is nearer at rest."""

_SIDES = (("Left", "left"), ("Right", "right"))
_LID_SHAPES = ("face/eyeWide", "face/eyeSquint", "face/eyeLookDown", "face/eyeLookUp")


def shape_weights(
    intensities: Mapping[int, float],
    *,
    distractors: Mapping[str, float] | None = None,
    asymmetry: float = 0.0,
    gaze: tuple[float, float] = (0.0, 0.0),
) -> dict[str, float]:
    """Returns the weight of every shape of an expression.

    Args:
      intensities: From 0 to 1 by AU; AUs that are missing are at rest. Pose AUs have no shape.
      distractors: Weights of movements outside the AUs, by names that may hold a star.
      asymmetry: By how much the left half (the subject's) moves more than the right, as a share.
      gaze: Turn of the eyes to the image's right and up, in radians; the lids follow.
    """
    weights: dict[str, float] = {}
    for au in (*EXPRESSION.aus, *(au for au in FURTHER_AUS if au in intensities)):
        for name, weight in AU_SHAPES[au].items():
            _add(weights, name, weight * intensities.get(au, 0.0), asymmetry)
    for name, weight in (distractors or {}).items():
        _add(weights, name, weight, asymmetry)
    _add(weights, "face/eyeLookUp*" if gaze[1] > 0 else "face/eyeLookDown*", abs(gaze[1]), 0.0)
    open_share = 1 - intensities.get(43, 0.0)
    for name in weights:
        if name.startswith(_LID_SHAPES):
            weights[name] *= open_share
    return weights


def _add(weights: dict[str, float], name: str, weight: float, asymmetry: float) -> None:
    if "*" not in name:
        weights[name] = weights.get(name, 0.0) + weight
        return
    for (face_side, unit_side), sign in zip(_SIDES, (1, -1), strict=True):
        half = name.replace("*", face_side if name.startswith("face/") else unit_side)
        weights[half] = weights.get(half, 0.0) + weight * (1 + sign * asymmetry)


def expression_offsets(
    head: Head, weights: Mapping[str, float], lips_part: bool, form: np.ndarray | None = None
) -> np.ndarray:
    """Returns how an expression moves the head's points, [V + J, 3] float32.

    Args:
      head: The head.
      weights: As `shape_weights` gives them.
      lips_part: Whether the lips may part. Where not, the raised upper lip draws the lower lip with it, so that
        AU 25 shows exactly where it is labelled.
      form: [V + J, 3] of the person's own head with a neutral face, whose lips may part at rest; none: the mean.
    """
    moved = head.displacement(dict(weights))
    neutral = head.rest_points if form is None else form
    if not lips_part:
        gap = _lip_gap(head, moved + neutral - head.rest_points)
        if gap > 0:
            _close_lips(head, moved, gap)
    for ball, skin in head.eyes:
        _keep_off_eyeball(neutral, moved, ball, skin)
    return moved


def _lip_gap(head: Head, moved: np.ndarray) -> float:
    """Returns by how much an expression parts the middle of the lips, in units of the head."""
    upper, lower = head.nearest((0, 6.608, 1.553)), head.nearest((0, 6.601, 1.540))
    return float(moved[upper, 1] - moved[lower, 1])


def _close_lips(head: Head, moved: np.ndarray, gap: float) -> None:
    """Lifts the lower lip and lowers the upper one by half of the gap each, fading out around the mouth."""
    rest = head.vertices
    sideways = np.exp(-((rest[:, 0] / 0.24) ** 4))
    line = 6.6045
    is_lower = rest[:, 1] < line
    fade = np.where(
        is_lower,
        np.exp(-np.square((rest[:, 1] - line) / 0.14)),
        np.exp(-np.square((rest[:, 1] - line) / 0.12)),
    )
    in_front = np.clip((rest[:, 2] - 1.3) / 0.15, 0, 1)
    lift = gap * sideways * fade * in_front
    moved[: len(rest), 1] += np.where(is_lower, 0.65 * lift, -0.4 * lift).astype(np.float32)


def _keep_off_eyeball(neutral: np.ndarray, moved: np.ndarray, ball: np.ndarray, skin: np.ndarray) -> None:
    """Pushes skin out of an eyeball, into which shapes that add up draw it: the eye would show through."""
    centre = neutral[ball].mean(axis=0)
    radius = np.linalg.norm(neutral[ball] - centre, axis=1).mean()
    before, now = neutral[skin] - centre, neutral[skin] + moved[skin] - centre
    least = np.minimum(np.linalg.norm(before, axis=1), _LID_OVER_EYEBALL * radius)
    distance = np.linalg.norm(now, axis=1)
    lift = np.maximum(least / np.maximum(distance, 1e-6) - 1, 0) * (now[:, 2] > 0)
    moved[skin] += (now * lift[:, None]).astype(np.float32)
