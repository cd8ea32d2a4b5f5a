"""Categories of expression, and which AUs a face that shows one moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from emotionet_tf.action_units import EXPRESSION
from emotionet_tf.synthetic.dataset.label_sampling import RESIDUAL_TO
from emotionet_tf.synthetic.person.expression import is_possible

_LID_TIGHTENER = {"face/eyeSquint*": 0.7}
_DIMPLER = {"face/mouthDimple*": 0.8}


@dataclass(frozen=True)
class Emotion:
    """A category of expression.

    Attributes:
      aus: The AUs that every face with it shows.
      sometimes: AUs that some show, with their shares.
      movements: Shapes beyond the 17 AUs, by names that may hold a star, with their largest weights.
      is_one_sided: Whether one half of the face moves alone.
    """

    aus: tuple[int, ...]
    sometimes: Mapping[int, float] = field(default_factory=dict)
    movements: Mapping[str, float] = field(default_factory=dict)
    is_one_sided: bool = False


EMOTIONS: Mapping[str, Emotion] = {
    "neutral": Emotion(()),
    "happiness": Emotion((12, 25), {6: 0.51}),
    "sadness": Emotion((4, 15), {1: 0.60, 6: 0.50, 17: 0.67}),
    "surprise": Emotion((1, 2, 25, 26), {5: 0.66}),
    "fear": Emotion((1, 4, 20, 25), {2: 0.57, 5: 0.63, 26: 0.33}),
    "anger": Emotion((4, 24), {10: 0.26, 17: 0.52}, _LID_TIGHTENER),
    "disgust": Emotion((9, 10, 17), {4: 0.31, 24: 0.26}),
    "contempt": Emotion((12,), {}, _DIMPLER, is_one_sided=True),
}
"""AffectNet's eight categories (Mollahosseini, Hasani, Mahoor 2017).

The six basic emotions are the rows of table 1 of Du, Tao, Martinez, "Compound facial expressions of emotion", PNAS 111
(15), 2014, compared number by number with a public copy of it. Its AUs without a share are those that more than 70 % of
230 persons show, and that every face shows here; its shares, in brackets there, are taken as they are. Of what it
names, this head lacks AU 11 (sadness, 0.26) and AU 23 (anger, 0.29), which are left out; AU 7 (anger) is a shape that
none of the 17 AUs has, and is in no label.

The paper has no contempt. Its AUs 12 and 14 of one side are what is quoted as EMFACS's (Friesen, Ekman 1983), whose
manual is not public and was not read; AU 14 is in no label either."""

BYSTANDERS: tuple[int, ...] = (5, 6, 18, 28, 43)
"""AUs that no category needs; each is shown now and then, with any category that does not rule it out."""

_BYSTANDER_SHARE = 0.04
_INTENSITY = (0.55, 1.0)
_ONE_SIDED_INTENSITY = (0.4, 0.6)
_ONE_SIDED_ASYMMETRY = (0.75, 1.0)


@dataclass(frozen=True)
class ShownEmotion:
    """What one face shows of a category.

    Attributes:
      labels: 0 or 1 for each of the 17 expression AUs.
      intensities: From 0 to 1 for each of them.
      movements: Weights of further shapes.
      asymmetry: By how much the subject's left half moves more; None: as faces do anyway.
    """

    labels: dict[int, int]
    intensities: dict[int, float]
    movements: dict[str, float]
    asymmetry: float | None


def sample_emotion(name: str, rng: np.random.Generator) -> ShownEmotion:
    """Draws how a face shows a category, a key of `EMOTIONS`."""
    emotion = EMOTIONS[name]
    shown = set(emotion.aus)
    for au, share in (*emotion.sometimes.items(), *((au, _BYSTANDER_SHARE) for au in BYSTANDERS)):
        # Drawn before it is judged: one AU more or less leaves the others' numbers alone.
        if rng.random() < share and is_possible(au, shown):
            shown.add(au)
    low, high = _ONE_SIDED_INTENSITY if emotion.is_one_sided else _INTENSITY
    intensities = {}
    for au in EXPRESSION.aus:
        strong, faint = rng.uniform(low, high), RESIDUAL_TO * rng.beta(0.5, 1.5)
        intensities[au] = float(strong if au in shown else faint)
    movements = {shape: float(rng.uniform(0.5, 1) * weight) for shape, weight in emotion.movements.items()}
    asymmetry = None
    if emotion.is_one_sided:
        asymmetry = float(rng.choice([-1, 1]) * rng.uniform(*_ONE_SIDED_ASYMMETRY))
    return ShownEmotion({au: int(au in shown) for au in EXPRESSION.aus}, intensities, movements, asymmetry)
