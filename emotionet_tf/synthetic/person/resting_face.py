"""How faces differ at rest in what AUs move: low or high brows, drooping mouth corners, narrow eyes.

An AU is a change from a person's own neutral face. Where all neutral faces have one brow height, a network learns to
read AU 4 off the height of the brows, and finds it on every real face whose brows are low.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

RESTING_SHAPES: Mapping[str, float] = {
    "face/browDown*": 0.45,
    "face/browInnerUp": 0.4,
    "face/browOuterUp*": 0.35,
    "face/eyeWide*": 0.25,
    "face/eyeSquint*": 0.45,
    "face/cheekSquint*": 0.3,
    "face/noseSneer*": 0.15,
    "face/mouthSmile*": 0.15,
    "face/mouthFrown*": 0.4,
    "face/mouthPress*": 0.3,
    "face/mouthRollLower": 0.2,
    "face/mouthShrugLower": 0.25,
    "face/mouthPucker": 0.15,
    "face/mouthStretch*": 0.15,
}
"""Largest weight of each shape on a face at rest; our choice, at most about a third of what the shape's AU shows at
full intensity."""


def sample_resting_face(rng: np.random.Generator) -> dict[str, float]:
    """Draws a person's resting shapes: most of them faint, a few clear."""
    shares = rng.beta(0.6, 1.6, len(RESTING_SHAPES))
    return {
        name: float(share * most) for (name, most), share in zip(RESTING_SHAPES.items(), shares, strict=True)
    }
