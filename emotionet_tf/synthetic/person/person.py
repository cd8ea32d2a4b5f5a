"""A person ready to be photographed: whatever all of their photos share, computed once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotionet_tf.synthetic.person import wrinkles
from emotionet_tf.synthetic.person.appearance import Appearance, sample_appearance
from emotionet_tf.synthetic.person.hair import (
    HairStyle,
    Strands,
    grow_beard,
    grow_hair,
    sample_style,
    scalp_cover,
)
from emotionet_tf.synthetic.person.head import Head
from emotionet_tf.synthetic.person.identity import Identity, identity_points, sample_identity
from emotionet_tf.synthetic.person.skin import Skin, paint_skin


@dataclass(frozen=True)
class Body:
    """A person's shape and how their face rests; this is all that landmarks depend on.

    Attributes:
      identity: Who it is.
      points: [V + J, 3] float32, unturned and neutral.
      resting_shapes: Weights of shapes that this face shows at rest, such as low brows.
    """

    identity: Identity
    points: np.ndarray
    resting_shapes: dict[str, float]


@dataclass(frozen=True)
class Person:
    """A body with its surface.

    Attributes:
      body: The shape.
      appearance: Colours.
      skin: The painted face map.
      style: Of the hair.
      hair: Strands of the scalp.
      beard: Strands of the beard.
      scalp: [V] float32, where the hair's ground shows.
      resting_folds: [N] strengths of the folds at rest.
      liveliness: [N] factors of the folds.
    """

    body: Body
    appearance: Appearance
    skin: Skin
    style: HairStyle
    hair: Strands
    beard: Strands
    scalp: np.ndarray
    resting_folds: np.ndarray
    liveliness: np.ndarray


def make_body(head: Head, number: int, rng: np.random.Generator) -> Body:
    """Draws a person's shape."""
    identity = sample_identity(number, head, rng)
    # Low or high brows and narrow eyes at rest are no AUs; without them AU 4 would be "any low brow".
    brows = float(np.clip(rng.normal(0.05 if identity.masculinity > 0.5 else -0.06, 0.13), -0.25, 0.35))
    resting = {
        "face/browDownLeft": max(0.0, brows),
        "face/browDownRight": max(0.0, brows),
        "face/browInnerUp": max(0.0, -brows),
        "face/eyeSquintLeft": 0.25 * float(rng.beta(0.6, 1.6)),
        "face/mouthShrugUpper": 0.1 * float(rng.uniform(0, 1)),
    }
    resting["face/eyeSquintRight"] = resting["face/eyeSquintLeft"]
    return Body(identity, identity_points(head, identity), resting)


def make_person(head: Head, body: Body, rng: np.random.Generator) -> Person:
    """Paints and grows a person's surface; about a fifth of a second, so it is done once per person."""
    identity = body.identity
    appearance = sample_appearance(identity, rng)
    style = sample_style(identity.masculinity, identity.age, rng)
    return Person(
        body=body,
        appearance=appearance,
        skin=paint_skin(identity, appearance, rng),
        style=style,
        hair=grow_hair(head, body.points, style, rng),
        beard=grow_beard(head, body.points, appearance.beard, appearance.beard_length, rng),
        scalp=scalp_cover(head, style) if style.name != "bald" else np.zeros(len(head.vertices), np.float32),
        resting_folds=wrinkles.sample_resting(identity.age, rng),
        liveliness=rng.uniform(0.5, 1.4, len(wrinkles.NAMES)).astype(np.float32),
    )
