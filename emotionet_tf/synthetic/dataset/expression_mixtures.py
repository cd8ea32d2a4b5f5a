"""Which expressions the rendered photos show: EmotioNet's frequencies, or faces as people meet them.

EmotioNet's opt set was chosen for its AUs: hardly a face in it shows none. A network that learns from its frequencies
alone declares three AUs on a neutral face, and what it knows of AUs that come together, such as a smile and raised
cheeks, is what independent draws leave of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from emotionet_tf.action_units import EXPRESSION
from emotionet_tf.synthetic.dataset import label_sampling
from emotionet_tf.synthetic.person.expression import FURTHER_AUS, REQUIRED, RESTING_SHAPES, is_possible

NEUTRAL_SHARE, SINGLE_SHARE = 0.33, 0.25
"""Shares of faces that show nothing, and one AU; the others show one of `COMBINATIONS`. Our choice."""

COMBINATIONS: Mapping[tuple[int, ...], float] = {
    (12,): 3, (6, 12): 4, (12, 25): 3, (6, 12, 25): 5, (6, 12, 25, 26): 2,
    (1, 2): 3, (1, 2, 5): 2, (1, 2, 25, 26): 2, (1, 2, 5, 25, 26): 3,
    (4, 24): 2, (4, 5, 24): 2, (4, 17, 24): 1, (4, 5, 10, 25): 1,
    (4, 25, 26): 1, (4, 10, 25, 26): 1,
    (1, 4): 1, (1, 15): 1, (1, 4, 15): 2, (1, 4, 15, 17): 2, (15, 17): 2, (17, 24): 1,
    (4, 9): 1, (9, 10): 1, (4, 9, 10): 2, (9, 10, 17): 1, (10, 25): 1,
    (1, 2, 4, 5, 20, 25): 2, (1, 4, 20, 25): 1, (20, 25): 1,
    (4, 6, 9, 10, 43): 1, (4, 6, 43): 1, (6, 12, 43): 1, (25, 26): 2, (25, 26, 43): 1,
}  # fmt: skip
"""AUs that come together, with weights that are our choice: smiles, surprise, anger (also shouted), sadness, disgust,
fear, pain, open mouths. Those of the six basic emotions are among `emotions.EMOTIONS`, which names their source; pain's
are Prkachin and Solomon's (2008)."""

_FURTHER_ON_NEUTRAL, _FURTHER_ON_OTHERS = 0.04, 0.06
FURTHER_CHANCES: Mapping[int, Mapping[int, float]] = {
    7: {4: 0.4, 6: 0.25, 9: 0.3},
    14: {12: 0.12, 17: 0.15, 24: 0.15},
    23: {4: 0.25, 17: 0.25},
}
"""How often each of `FURTHER_AUS` comes with an AU, such as 7 and 23 with anger's 4; the largest counts. Our choice,
as are the two shares above: of faces that show nothing else, and of others."""

_COMPANION_SHARE = 0.03
_COMBINED = tuple(COMBINATIONS)
_WEIGHTS = np.array(list(COMBINATIONS.values())) / sum(COMBINATIONS.values())


@dataclass(frozen=True)
class ExpressionMixture:
    """How expressions are drawn.

    Attributes:
      sample: Draws 0 or 1 for each of the 17 expression AUs.
      weakest: Least intensity of an AU that is on.
      residual: Largest intensity of one that is off.
      has_resting_faces: Whether persons differ at rest in what AUs move.
      further_aus: AUs beyond EmotioNet's that are drawn and labelled, too.
    """

    sample: Callable[[np.random.Generator], dict[int, int]]
    weakest: float
    residual: float
    has_resting_faces: bool = False
    further_aus: tuple[int, ...] = ()


def _everyday(rng: np.random.Generator) -> dict[int, int]:
    """Draws nothing, a single AU, or a combination; to the latter two any AU may come that can join them."""
    kind, companions = rng.random(), rng.random(len(EXPRESSION.aus)) < _COMPANION_SHARE
    single = EXPRESSION.aus[rng.integers(len(EXPRESSION.aus))]
    combination = _COMBINED[rng.choice(len(_COMBINED), p=_WEIGHTS)]
    shown: set[int] = set()
    if kind >= NEUTRAL_SHARE:
        shown |= (
            {single, REQUIRED.get(single, single)}
            if kind < NEUTRAL_SHARE + SINGLE_SHARE
            else set(combination)
        )
        shown = _joined(shown, companions)
    return {au: int(au in shown) for au in EXPRESSION.aus}


def _joined(shown: set[int], are_drawn: np.ndarray) -> set[int]:
    """Returns the shown AUs and those of the drawn ones that can join them."""
    joined = set(shown)
    for au, is_drawn in zip(EXPRESSION.aus, are_drawn, strict=True):
        if is_drawn and is_possible(au, joined):
            joined.add(au)
    return joined


def sample_further(
    expression: Mapping[int, int], aus: Sequence[int], rng: np.random.Generator
) -> dict[int, int]:
    """Draws 0 or 1 for AUs beyond EmotioNet's, by the expression that they join.

    Args:
      expression: 0 or 1 for each of the 17 expression AUs.
      aus: Some of `FURTHER_AUS`.
      rng: Random numbers; as many are drawn whatever the expression.
    """
    shown = {au for au, is_on in expression.items() if is_on}
    least = _FURTHER_ON_OTHERS if shown else _FURTHER_ON_NEUTRAL
    for au, draw in zip(aus, rng.random(len(aus)), strict=True):
        chance = max([least, *(chance for other, chance in FURTHER_CHANCES[au].items() if other in shown)])
        if draw < chance and is_possible(au, shown):
            shown.add(au)
    return {au: int(au in shown) for au in aus}


def sample_resting_face(rng: np.random.Generator) -> dict[str, float]:
    """Draws a person's resting shapes: most of them faint, a few clear."""
    shares = rng.beta(0.6, 1.6, len(RESTING_SHAPES))
    return {
        name: float(share * most) for (name, most), share in zip(RESTING_SHAPES.items(), shares, strict=True)
    }


MIXTURES: Mapping[str, ExpressionMixture] = {
    "emotionet": ExpressionMixture(
        label_sampling.sample_expression, label_sampling.ACTIVE_FROM, label_sampling.RESIDUAL_TO
    ),
    "everyday": ExpressionMixture(_everyday, weakest=0.3, residual=0.08, has_resting_faces=True),
    "everyday_26": ExpressionMixture(
        _everyday, weakest=0.3, residual=0.08, has_resting_faces=True, further_aus=FURTHER_AUS
    ),
}
