"""Builds backbones by name. All take images in 0..255 and scale them themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tensorflow import keras

from emotionet_tf.models.backbones.names import parse_backbone, split_backbones
from emotionet_tf.models.backbones.registry import BACKBONES
from emotionet_tf.models.dropout import dropout_seed

_NAME = "backbone"
_NESTED_NAME = re.compile(rf"{_NAME}(_\d+)?")


def build_backbones(name: str, image_size_px: int, *, seed: int = 0) -> list[keras.Model]:
    """Builds the backbones of a name such as "resnet18" or "resnet18+resnet50", with fresh weights.

    Returns:
      A model for each backbone, named "backbone", "backbone_2" and so on, as `build_backbone` returns it.
    Raises:
      UserError: If a name is unknown.
    """
    networks = []
    for number, one in enumerate(split_backbones(name), start=1):
        own_seed = seed if number == 1 else dropout_seed(seed, f"{_NAME}_{number}")
        network = build_backbone(one, image_size_px, seed=own_seed)
        networks.append(network if number == 1 else _named(network, f"{_NAME}_{number}"))
    return networks


def innermost_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yields the layers of a network and of the models inside it, in the order in which these hold them."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from innermost_layers(layer)
        else:
            yield layer


def nested_backbones(model: keras.Model) -> list[keras.Model]:
    """Returns the backbones inside a network, in the order of their numbers, or the network itself where there is none.

    In networks that were saved before backbones had the name "backbone", it is the only model inside.
    """
    nested = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    named = {layer.name: layer for layer in nested if _NESTED_NAME.fullmatch(layer.name)}
    in_order = sorted(named, key=lambda name: int(name.removeprefix(_NAME).lstrip("_") or 1))
    return [named[name] for name in in_order] or nested or [model]


def build_backbone(name: str, image_size_px: int, *, seed: int = 0) -> keras.Model:
    """Builds one backbone with fresh weights, up to and with its global average pooling.

    Args:
      name: As `parse_backbone` takes it.
      image_size_px: Side of the square input, at least 32.
      seed: Of dropouts inside, which only EfficientNet has.
    Returns:
      A model named "backbone" from images [batch, size, size, 3] in 0..255 to features [batch, channels].
    Raises:
      UserError: If the name is unknown, the message lists the known ones; or if it is several with "+" between them.
    """
    size = parse_backbone(name)
    return _named(BACKBONES[size.family].import_module().build(size, image_size_px, seed), _NAME)


def _named(network: keras.Model, name: str) -> keras.Model:
    return keras.Model(network.input, network.output, name=name)
