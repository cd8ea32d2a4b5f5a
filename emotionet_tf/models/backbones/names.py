"""The backbones' names, apart from the networks: a configuration is checked without importing TensorFlow."""

from __future__ import annotations

import re
from dataclasses import dataclass

from emotionet_tf.errors import UserError

_NAMES = (
    "ownnet3",
    "ownnet8",
    "mobilenet_v3_large",
    "efficientnet_b0",
    "resnet18",
    "resnet50",
    "resnet152",
)
_FACTOR = r"(?:0?\.\d*[1-9]|1(?:\.0*)?)0*"
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?P<family>ownnet)(?P<width>[1-9]\d*)",
        rf"(?P<family>mobilenet_v3_large|resnet18|resnet50|resnet152)(?:_x(?P<width>{_FACTOR}))?",
        rf"(?P<family>efficientnet_b0)(?:_x(?P<width>{_FACTOR})(?:_d(?P<depth>{_FACTOR}))?)?",
    )
)


@dataclass(frozen=True)
class BackboneSize:
    """What a backbone's name says.

    Attributes:
      family: "ownnet", "mobilenet_v3_large", "efficientnet_b0", "resnet18", "resnet50" or "resnet152".
      width: Factor of the numbers of channels, in (0, 1]; of OwnNet the whole number behind its name.
      depth: Factor of the number of blocks in each stage, in (0, 1].
    """

    family: str
    width: float = 1.0
    depth: float = 1.0


def list_backbones() -> list[str]:
    """Returns the names that `build_backbone` knows; besides them there are those of other sizes, and sums of them."""
    return list(_NAMES)


def backbone_parts(name: str) -> list[str]:
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
      UserError: If the name is unknown, the message lists the known ones; or if it has several parts.
    """
    if "+" in name:
        raise UserError(f"one backbone is needed here, and {name!r} is {len(backbone_parts(name))}")
    for form in _FORMS:
        if match := form.fullmatch(name):
            factors = {
                key: float(value) for key, value in match.groupdict().items() if value and key != "family"
            }
            return BackboneSize(match["family"], **factors)
    raise UserError(
        f"backbone {name!r} is none of {', '.join(list_backbones())}, nor ownnet<w> of any width w, nor "
        "mobilenet_v3_large_x<f>, resnet<18, 50 or 152>_x<f>, efficientnet_b0_x<f> or efficientnet_b0_x<f>_d<g> with "
        "factors f of the width and g of the depth above 0 and up to 1, nor several of these with '+' between them"
    )
