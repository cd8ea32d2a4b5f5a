"""A level: an earlier layer of a backbone that a network's heads see, apart from what imports TensorFlow."""

from __future__ import annotations

import re
from dataclasses import dataclass

from emotionet_tf.errors import UserError

_FORM = re.compile(r"([A-Za-z0-9_]+):([1-9]\d?)")


@dataclass(frozen=True)
class Level:
    """An earlier layer of a backbone.

    Attributes:
      layer: Its name; it gives maps.
      window: Side of the squares of places over which the maps are averaged.
    """

    layer: str
    window: int

    @classmethod
    def from_text(cls, text: str) -> Level:
        """Returns the level of a text such as "relu4:2"; raises UserError where there is none."""
        if found := _FORM.fullmatch(text):
            return cls(found[1], int(found[2]))
        raise UserError(
            f"a level must be LAYER:WINDOW, such as relu4:2, with a window from 1 to 99, got {text!r}"
        )
