"""The seven backbones of the two papers, by name. All take images in 0..255 and scale them themselves."""

from __future__ import annotations

import re

from tensorflow import keras

from emotionet_tf.models.backbones.efficientnet import build_efficientnet_b0
from emotionet_tf.models.backbones.names import backbone_parts, parse_backbone
from emotionet_tf.models.backbones.ownnet import build_ownnet
from emotionet_tf.models.backbones.resnet import build_resnet
from emotionet_tf.models.dropout import dropout_seed

_NAME = "backbone"
_NESTED_NAME = re.compile(rf"{_NAME}(_\d+)?")


def build_backbones(name: str, image_size_px: int, *, seed: int = 0) -> list[keras.Model]:
    """Builds the backbones of a name such as "resnet18" or "resnet18+resnet50", with fresh weights.

    Returns:
      A model for each part, named "backbone", "backbone_2" and so on, as `build_backbone` returns it.
    Raises:
      UserError: If a part's name is unknown.
    """
    parts = []
    for number, part in enumerate(backbone_parts(name), start=1):
        part_seed = seed if number == 1 else dropout_seed(seed, f"{_NAME}_{number}")
        network = build_backbone(part, image_size_px, seed=part_seed)
        parts.append(network if number == 1 else _named(network, f"{_NAME}_{number}"))
    return parts


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
      UserError: If the name is unknown, the message lists the known ones; or if it has several parts.
    """
    return _named(_build(name, image_size_px, seed), _NAME)


def _named(network: keras.Model, name: str) -> keras.Model:
    return keras.Model(network.input, network.output, name=name)


def _build(name: str, image_size_px: int, seed: int) -> keras.Model:
    size = parse_backbone(name)
    if size.family == "ownnet":
        return build_ownnet(int(size.width), image_size_px)
    if size.family == "mobilenet_v3_large":
        return keras.applications.MobileNetV3Large(
            (image_size_px, image_size_px, 3),
            alpha=size.width,
            include_top=False,
            weights=None,
            pooling="avg",
        )
    if size.family == "efficientnet_b0":
        return build_efficientnet_b0(image_size_px, seed, size.width, size.depth)
    return build_resnet(int(size.family.removeprefix("resnet")), image_size_px, size.width)
