"""What the registry knows of a detector, and what its settings offer; without any of the detectors' packages."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from emotionet_tf.errors import UserError

if TYPE_CHECKING:
    from emotionet_tf.faces.detectors.interface import Detector


@dataclass(frozen=True)
class DetectorSettings:
    """What a detector looks for; as it is here, of a detector without settings.

    A field with the metadata `help` is a flag of its name in the commands that find faces, and is recorded under this
    name beside what was found.
    """

    def check_use(self, names: Sequence[str]) -> None:
        """Raises UserError if the settings do not go with the detectors that are asked."""

    def recorded(self) -> dict[str, Any]:
        """Returns what decides the faces that are found, in JSON's types."""
        return {field.name: getattr(self, field.name) for field in flag_fields(type(self))}


def flag_fields(settings: type[DetectorSettings]) -> list[dataclasses.Field[Any]]:
    """Returns the fields that are flags."""
    return [field for field in dataclasses.fields(settings) if "help" in field.metadata]


@dataclass(frozen=True)
class DetectorEntry:
    """A face detector.

    Attributes:
      module: Its file in this folder. The function `build` in it takes the settings and returns a `Detector`.
      help: What the help of --detectors says of it.
      settings: The class of its settings.
      package: The module that it imports from a package that may be missing; empty where there is none.
      install: How to get that package.
    """

    module: str
    help: str = ""
    settings: type[DetectorSettings] = DetectorSettings
    package: str = ""
    install: str = ""

    def build(self, settings: DetectorSettings) -> Detector:
        """Returns the detector; its packages, which take seconds to import or are missing, are imported here."""
        detector: Detector = import_module(f"{__package__}.{self.module}").build(settings)
        return detector

    def check_package(self) -> None:
        """Raises UserError, which says how to get it, if the package is not installed; it is not imported."""
        if self.package and find_spec(self.package) is None:
            name = self.package.replace("_", "-")
            raise UserError(
                f"the detector {self.module} needs {name}, which is not installed: {self.install}"
            )
