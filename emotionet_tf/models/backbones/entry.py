"""What the registry knows of a family of backbones, and what a backbone's name says of its size; without TensorFlow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

_FACTOR = r"(?:0?\.\d*[1-9]|1(?:\.0*)?)0*"
_DIVISOR = 8


@dataclass(frozen=True)
class BackboneSize:
    """What a backbone's name says.

    Attributes:
      family: A key of the registry.
      width: Factor of the numbers of channels, in (0, 1]; of OwnNet the whole number behind its name.
      depth: Factor of the number of blocks in each stage, in (0, 1].
    """

    family: str
    width: float = 1.0
    depth: float = 1.0


def scaled_channels(channels: int, width: float) -> int:
    """Returns channels times width, rounded to a multiple of 8, at least 8 and never below 90 % of the exact value."""
    exact = channels * width
    rounded = max(_DIVISOR, int(exact + _DIVISOR / 2) // _DIVISOR * _DIVISOR)
    return rounded if rounded >= 0.9 * exact else rounded + _DIVISOR


@dataclass(frozen=True)
class Sizes:
    """The sizes that a family has.

    Attributes:
      ending: What follows the family's name, as a regular expression with the groups `width` and `depth`.
      example: The same as messages show it.
    """

    ending: str = ""
    example: str = ""


ONE_SIZE = Sizes()
ANY_NUMBER = Sizes(r"(?P<width>[1-9]\d*)", "<w>")
NARROWER = Sizes(rf"(?:_x(?P<width>{_FACTOR}))?", "_x<f>")
NARROWER_AND_SHALLOWER = Sizes(rf"(?:_x(?P<width>{_FACTOR})(?:_d(?P<depth>{_FACTOR}))?)?", "_x<f>_d<g>")


@dataclass(frozen=True)
class BackboneEntry:
    """A family of backbones.

    Attributes:
      module: Its file in this folder, or the full name of a module elsewhere, such as "my_package.my_network". The
        function `build` in it takes a `BackboneSize`, the image's side in pixels and the seed of its dropouts, and
        returns a model from images [batch, size, size, 3] in 0..255 to features [batch, channels].
      sizes: The sizes that there are besides the family's own.
      listed: The names that lists of backbones show; the family's own by default.
      imagenet_by: Who publishes ImageNet weights for the family's own size; empty where nobody does. Then the function
        `build_published` in the module takes "imagenet" or None and returns the network with these or fresh weights.
    """

    module: str
    sizes: Sizes = ONE_SIZE
    listed: tuple[str, ...] = ()
    imagenet_by: str = ""

    def import_module(self) -> ModuleType:
        """Imports the file, and with it TensorFlow."""
        return import_module(self.module if "." in self.module else f"{__package__}.{self.module}")

    def parse(self, family: str, name: str) -> BackboneSize | None:
        """Returns what a name says; None where it is not of this family."""
        match = re.fullmatch(re.escape(family) + self.sizes.ending, name)
        factors = {key: float(value) for key, value in match.groupdict().items() if value} if match else {}
        return BackboneSize(family, **factors) if match else None
