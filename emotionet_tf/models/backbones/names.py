"""The backbones' names, apart from the networks: a configuration is checked without importing TensorFlow."""

from __future__ import annotations

from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones.entry import BackboneSize
from emotionet_tf.models.backbones.registry import BACKBONES


def list_backbones() -> list[str]:
    """Returns the names that `build_backbone` knows; besides them there are those of other sizes, and sums of them."""
    return [name for family, entry in BACKBONES.items() for name in entry.listed or (family,)]


def split_backbones(name: str) -> list[str]:
    """Returns the backbones whose features a network concatenates: those between the "+" of a name."""
    return name.split("+")


def parse_backbone(name: str) -> BackboneSize:
    """Returns which backbone a name stands for.

    Args:
      name: One of `list_backbones()`; or "ownnet<w>" with a whole number w; or, for runs at reduced scale,
        "mobilenet_v3_large_x<f>", "efficientnet_b0_x<f>" or "resnet18_x<f>" (also 50 and 152): f times as many
        channels, f in (0, 1], such as _x0.5; for EfficientNet also "_x<f>_d<g>", with g times as many blocks in each
        stage, rounded up.
    Raises:
      UserError: If the name is unknown, the message lists the known ones; or if it is several with "+" between them.
    """
    if "+" in name:
        raise UserError(f"one backbone is needed here, and {name!r} is {len(split_backbones(name))}")
    for family, entry in BACKBONES.items():
        if size := entry.parse(family, name):
            return size
    others = ", ".join(
        family + entry.sizes.example for family, entry in BACKBONES.items() if entry.sizes.example
    )
    raise UserError(
        f"backbone {name!r} must be one of {', '.join(list_backbones())}; or of another size, {others}, with any whole "
        "number w and factors f of the width and g of the depth above 0 and up to 1; or several of these with '+' "
        "between them"
    )


def imagenet_publisher(name: str) -> str:
    """Returns who publishes a backbone's ImageNet weights; empty where nobody does."""
    return BACKBONES[name].imagenet_by if name in BACKBONES else ""
