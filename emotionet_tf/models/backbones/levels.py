"""What a backbone's earlier layers see, beside its features: small things, where they are, before they are summed up.

A backbone ends in a mean over the image. What its earlier layers see of each place carries further to photos of
another kind, as a linear discriminant of them shows (`refit_heads`).
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones.level import Level


def with_levels(backbone: keras.Model, levels: Sequence[str]) -> keras.Model:
    """Returns a backbone whose features are followed by what some of its layers see, with the same weights.

    Args:
      backbone: As `build_backbone` returns it.
      levels: Texts as `Level.from_text` takes them.
    Returns:
      A model from images to [batch, channels + the levels' places and channels].
    Raises:
      UserError: If it has no such layer, or the layer gives no maps.
    """
    outputs = [backbone.output]
    for number, level in enumerate(map(Level.from_text, levels), start=1):
        maps = _maps_of(backbone, level.layer)
        places = keras.layers.AveragePooling2D(
            level.window, padding="same", name=f"{_layer_name(number)}_places"
        )(maps)
        outputs.append(keras.layers.Flatten(name=_layer_name(number))(places))
    return keras.Model(backbone.input, keras.layers.Concatenate(name="levels")(outputs), name=backbone.name)


def level_sizes(backbone: keras.Model, levels: Sequence[str]) -> list[int]:
    """Returns how many features each level of a backbone has that `with_levels` returned."""
    numbers = range(1, len(levels) + 1)
    return [backbone.get_layer(_layer_name(number)).output.shape[-1] for number in numbers]


def _maps_of(backbone: keras.Model, name: str) -> tf.Tensor:
    maps = {layer.name: layer.output for layer in backbone.layers if len(layer.output.shape) == 4}
    if name not in maps:
        raise UserError(
            f"the backbone has no layer {name!r} with maps; its last ones are {', '.join([*maps][-8:])}"
        )
    return maps[name]


def _layer_name(number: int) -> str:
    return f"level_{number}"
