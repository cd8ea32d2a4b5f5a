"""Who is in the photo: the shape of the head and everything else that one person's photos share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotionet_tf.synthetic.person.head import Head

# Name, suffixes of the two directions, spread, and whether the shape exists apart for left and right.
# Spreads above about 0.2 together give caricatures, because some sixty shapes add up.
_SHAPES: tuple[tuple[str, str, str, float, bool], ...] = (
    ("head/head-scale-horiz", "-decr", "-incr", 0.16, False),
    ("head/head-scale-vert", "-decr", "-incr", 0.14, False),
    ("head/head-fat", "-decr", "-incr", 0.18, False),
    ("head/head-age", "-decr", "-incr", 0.15, False),
    ("nose/nose-scale-horiz", "-decr", "-incr", 0.2, False),
    ("nose/nose-scale-vert", "-decr", "-incr", 0.18, False),
    ("nose/nose-scale-depth", "-decr", "-incr", 0.18, False),
    ("nose/nose-width1", "-decr", "-incr", 0.18, False),
    ("nose/nose-width3", "-decr", "-incr", 0.18, False),
    ("nose/nose-hump", "-decr", "-incr", 0.2, False),
    ("nose/nose-point", "-down", "-up", 0.2, False),
    ("nose/nose-base", "-down", "-up", 0.16, False),
    ("nose/nose-flaring", "-decr", "-incr", 0.18, False),
    ("nose/nose-volume", "-decr", "-incr", 0.15, False),
    ("nose/nose-trans", "-down", "-up", 0.12, False),
    ("eyes/eye-scale", "-decr", "-incr", 0.16, True),
    ("eyes/eye-trans", "-in", "-out", 0.15, True),
    ("eyes/eye-height2", "-decr", "-incr", 0.18, True),
    ("eyes/eye-corner1", "-down", "-up", 0.18, True),
    ("eyes/eye-corner2", "-down", "-up", 0.18, True),
    ("eyes/eye-bag", "-decr", "-incr", 0.25, True),
    ("eyes/eye-epicanthus", "-in", "-out", 0.18, True),
    ("eyes/eye-eyefold", "-down", "-up", 0.25, True),
    ("eyes/eye-push1", "-in", "-out", 0.12, True),
    ("mouth/mouth-scale-horiz", "-decr", "-incr", 0.2, False),
    ("mouth/mouth-lowerlip-height", "-decr", "-incr", 0.2, False),
    ("mouth/mouth-upperlip-height", "-decr", "-incr", 0.2, False),
    ("mouth/mouth-lowerlip-volume", "-decr", "-incr", 0.2, False),
    ("mouth/mouth-upperlip-volume", "-decr", "-incr", 0.2, False),
    ("mouth/mouth-trans", "-down", "-up", 0.12, False),
    ("mouth/mouth-angles", "-down", "-up", 0.14, False),
    ("mouth/mouth-cupidsbow", "-decr", "-incr", 0.25, False),
    ("mouth/mouth-philtrum-volume", "-decr", "-incr", 0.25, False),
    ("mouth/mouth-laugh-lines", "-in", "-out", 0.25, False),
    ("cheek/cheek-bones", "-decr", "-incr", 0.2, True),
    ("cheek/cheek-volume", "-decr", "-incr", 0.2, True),
    ("cheek/cheek-inner", "-decr", "-incr", 0.16, True),
    ("chin/chin-width", "-decr", "-incr", 0.2, False),
    ("chin/chin-height", "-decr", "-incr", 0.15, False),
    ("chin/chin-prominent", "-decr", "-incr", 0.18, False),
    ("chin/chin-bones", "-decr", "-incr", 0.18, False),
    ("chin/chin-cleft", "-decr", "-incr", 0.2, False),
    ("chin/chin-prognathism", "-decr", "-incr", 0.12, False),
    ("forehead/forehead-scale-vert", "-decr", "-incr", 0.15, False),
    ("forehead/forehead-temple", "-decr", "-incr", 0.18, False),
    ("forehead/forehead-nubian", "-decr", "-incr", 0.12, False),
    ("eyebrows/eyebrows-trans", "-down", "-up", 0.3, False),
    ("eyebrows/eyebrows-angle", "-down", "-up", 0.25, False),
    ("eyebrows/eyebrows-trans", "-backward", "-forward", 0.25, False),
    ("ears/ear-scale", "-decr", "-incr", 0.2, True),
    ("ears/ear-wing", "-decr", "-incr", 0.25, True),
    ("neck/neck-scale-horiz", "-decr", "-incr", 0.15, False),
    ("neck/neck-double", "-decr", "-incr", 0.2, False),
)
_HEAD_FORMS = ("oval", "round", "rectangular", "square", "triangular", "invertedtriangular", "diamond")
_NUM_ASYMMETRIES = 3


@dataclass(frozen=True)
class Identity:
    """One person.

    Attributes:
      number: Unique over the four sets.
      ancestry: Shares of the mesh's African, Asian and Caucasian forms; they sum to 1.
      masculinity: 0 (female form) to 1 (male form).
      age: 0.4 (late teens) to 1 (old).
      weight: 0 to 1.
      muscle: 0 to 1.
      shapes: Weight of each shape of the head by name.
      melanin: 0 (palest) to 1 (darkest).
      texture_seed: Seeds whatever is painted or grown on this person.
    """

    number: int
    ancestry: tuple[float, float, float]
    masculinity: float
    age: float
    weight: float
    muscle: float
    shapes: dict[str, float]
    melanin: float
    texture_seed: int


def sample_identity(number: int, head: Head, rng: np.random.Generator) -> Identity:
    """Draws a person."""
    ancestry = rng.dirichlet([0.45, 0.45, 0.6])
    melanin = float(np.clip(ancestry @ [0.82, 0.36, 0.16] + rng.normal(0, 0.1), 0.02, 1))
    # Beta(0.25, 0.25) keeps nearly everyone near one of the two forms; the middle looks like neither.
    masculinity = float(rng.beta(0.25, 0.25))
    return Identity(
        number=number,
        ancestry=(float(ancestry[0]), float(ancestry[1]), float(ancestry[2])),
        masculinity=masculinity,
        age=float(rng.triangular(0.42, 0.52, 1.0)),
        weight=float(rng.beta(2, 2)),
        muscle=float(rng.uniform(0.3, 0.7)),
        shapes=_sample_shapes(head, masculinity, rng),
        melanin=melanin,
        texture_seed=int(rng.integers(1 << 31)),
    )


def _sample_shapes(head: Head, masculinity: float, rng: np.random.Generator) -> dict[str, float]:
    """Draws the weight of every shape that varies between people."""
    # What the female form lacks to be read as a woman's face: finer jaw, nose and brow, larger eyes, fuller lips.
    femininity = max(0.0, 1 - 2 * masculinity)
    lean = {
        "eyes/eye-scale": 0.3, "nose/nose-scale-horiz": -0.3, "nose/nose-volume": -0.3, "nose/nose-scale-vert": -0.2,
        "nose/nose-hump": -0.2, "chin/chin-width": -0.4, "chin/chin-bones": -0.35, "chin/chin-prominent": -0.15,
        "mouth/mouth-lowerlip-volume": 0.25, "mouth/mouth-upperlip-volume": 0.25, "cheek/cheek-volume": 0.2,
        "eyebrows/eyebrows-angle": 0.2, "neck/neck-scale-horiz": -0.35, "head/head-scale-vert": -0.1,
    }  # fmt: skip
    weights: dict[str, float] = {}
    for name, decrease, increase, spread, is_paired in _SHAPES:
        value = float(np.clip(rng.normal(0, spread), -0.6, 0.6)) + femininity * lean.get(name, 0.0)
        folder, _, stem = name.partition("/")
        if not is_paired:
            weights[f"shape/{name}{increase if value > 0 else decrease}"] = abs(value)
            continue
        for side in ("l", "r"):
            own = value + float(rng.normal(0, 0.03))
            weights[f"shape/{folder}/{side}-{stem}{increase if own > 0 else decrease}"] = abs(own)
    weights[f"shape/head/head-{_HEAD_FORMS[rng.integers(len(_HEAD_FORMS))]}"] = float(rng.uniform(0, 0.45))
    asymmetries = [name for name in head.target_index if name.startswith("shape/asym/")]
    for row in rng.integers(len(asymmetries), size=_NUM_ASYMMETRIES):
        weights[asymmetries[row]] = float(rng.uniform(0, 0.25))
    return weights


def macro_weights(
    ancestry: tuple[float, float, float], masculinity: float, age: float, weight: float, muscle: float
) -> dict[str, float]:
    """Returns the weights of the mesh's base forms, which are products of one share per quality."""
    sexes = {"female": 1 - masculinity, "male": masculinity}
    if age < 0.5:
        ages = {"child": (0.5 - age) / 0.3125, "young": 1 - (0.5 - age) / 0.3125}
    else:
        ages = {"young": 2 - 2 * age, "old": 2 * age - 1}
    builds = {
        f"{m}muscle-{w}weight": muscle_share * weight_share
        for m, muscle_share in _three_way(muscle).items()
        for w, weight_share in _three_way(weight).items()
    }
    weights = {}
    for sex, sex_share in sexes.items():
        for stage, age_share in ages.items():
            for race, share in zip(("african", "asian", "caucasian"), ancestry, strict=True):
                weights[f"macro/{race}-{sex}-{stage}"] = sex_share * age_share * share
            for build, share in builds.items():
                weights[f"macro/universal-{sex}-{stage}-{build}"] = sex_share * age_share * share
    return weights


def _three_way(value: float) -> dict[str, float]:
    return {"min": max(0.0, 1 - 2 * value), "average": 1 - abs(2 * value - 1), "max": max(0.0, 2 * value - 1)}


def identity_points(head: Head, identity: Identity) -> np.ndarray:
    """Returns the person's head at rest with a neutral face: vertices and joints, [V + J, 3] float32."""
    macro = macro_weights(
        identity.ancestry, identity.masculinity, identity.age, identity.weight, identity.muscle
    )
    known = {name: weight for name, weight in (macro | identity.shapes).items() if name in head.target_index}
    return head.rest_points + head.displacement(known)


def mean_points(head: Head) -> np.ndarray:
    """Returns the mean person's head at rest: all qualities in the middle, no other shape, [V + J, 3] float32."""
    weights = macro_weights((1 / 3, 1 / 3, 1 / 3), 0.5, 0.5, 0.5, 0.5)
    return head.rest_points + head.displacement({k: w for k, w in weights.items() if k in head.target_index})
