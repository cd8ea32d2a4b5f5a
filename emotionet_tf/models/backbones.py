"""The seven backbones of the two papers, by name. All take images in 0..255 and scale them themselves."""

from __future__ import annotations

import re
from collections.abc import Callable

from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models.dropout import dropout_seed
from emotionet_tf.models.efficientnet import build_efficientnet_b0
from emotionet_tf.models.ownnet import build_ownnet
from emotionet_tf.models.resnet import build_resnet

Builder = Callable[[int, int], keras.Model]
"""Takes the image's side and the seed of the dropouts inside."""

_NAME = "backbone"
_NESTED_NAME = re.compile(rf"{_NAME}(_\d+)?")
_OWNNET = re.compile(r"ownnet([1-9]\d*)")
_FACTOR = r"((?:0?\.\d*[1-9]|1(?:\.0*)?)0*)"
_NARROWER_MOBILENET = re.compile(rf"mobilenet_v3_large_x{_FACTOR}")
_NARROWER_RESNET = re.compile(rf"resnet(18|50|152)_x{_FACTOR}")
_SMALLER_EFFICIENTNET = re.compile(rf"efficientnet_b0_x{_FACTOR}(?:_d{_FACTOR})?")


def _mobilenet_v3_large(image_size_px: int, width: float = 1.0) -> keras.Model:
    return keras.applications.MobileNetV3Large(
        (image_size_px, image_size_px, 3), alpha=width, include_top=False, weights=None, pooling="avg"
    )


_BUILDERS: dict[str, Builder] = {
    "ownnet3": lambda image_size_px, seed: build_ownnet(3, image_size_px),
    "ownnet8": lambda image_size_px, seed: build_ownnet(8, image_size_px),
    "mobilenet_v3_large": lambda image_size_px, seed: _mobilenet_v3_large(image_size_px),
    "efficientnet_b0": build_efficientnet_b0,
    "resnet18": lambda image_size_px, seed: build_resnet(18, image_size_px),
    "resnet50": lambda image_size_px, seed: build_resnet(50, image_size_px),
    "resnet152": lambda image_size_px, seed: build_resnet(152, image_size_px),
}


def list_backbones() -> list[str]:
    """Returns the names that `build_backbone` knows; besides them there are those of other sizes, and sums of them."""
    return list(_BUILDERS)


def backbone_parts(name: str) -> list[str]:
    """Returns the backbones whose features a network concatenates: those between the "+" of a name."""
    return name.split("+")


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
      name: One of `list_backbones()`; or "ownnet<w>" with a whole number w; or, for runs at reduced scale,
        "mobilenet_v3_large_x<f>", "efficientnet_b0_x<f>" or "resnet18_x<f>" (also 50 and 152): f times as many
        channels, f in (0, 1], such as _x0.5; for EfficientNet also "_x<f>_d<g>", with g times as many blocks in each
        stage, rounded up.
      image_size_px: Side of the square input, at least 32.
      seed: Of dropouts inside, which only EfficientNet has.
    Returns:
      A model named "backbone" from images [batch, size, size, 3] in 0..255 to features [batch, channels].
    Raises:
      UserError: If the name is unknown, the message lists the known ones; or if it has several parts.
    """
    if "+" in name:
        raise UserError(f"one backbone is needed here, and {name!r} is {len(backbone_parts(name))}")
    return _named(_build(name, image_size_px, seed), _NAME)


def _named(network: keras.Model, name: str) -> keras.Model:
    return keras.Model(network.input, network.output, name=name)


def _build(name: str, image_size_px: int, seed: int) -> keras.Model:
    if name in _BUILDERS:
        return _BUILDERS[name](image_size_px, seed)
    if ownnet := _OWNNET.fullmatch(name):
        return build_ownnet(int(ownnet.group(1)), image_size_px)
    if narrower := _NARROWER_MOBILENET.fullmatch(name):
        return _mobilenet_v3_large(image_size_px, float(narrower.group(1)))
    if narrower := _NARROWER_RESNET.fullmatch(name):
        return build_resnet(int(narrower.group(1)), image_size_px, float(narrower.group(2)))
    if smaller := _SMALLER_EFFICIENTNET.fullmatch(name):
        return build_efficientnet_b0(
            image_size_px, seed, float(smaller.group(1)), float(smaller.group(2) or 1)
        )
    raise UserError(
        f"backbone {name!r} is none of {', '.join(list_backbones())}, nor ownnet<w> of any width w, nor "
        "mobilenet_v3_large_x<f>, resnet<18, 50 or 152>_x<f>, efficientnet_b0_x<f> or efficientnet_b0_x<f>_d<g> with "
        "factors f of the width and g of the depth above 0 and up to 1, nor several of these with '+' between them"
    )
