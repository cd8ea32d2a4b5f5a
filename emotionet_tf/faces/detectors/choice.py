"""Which detectors look at photos, and with what settings: plain values, from which any process builds its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.entry import DetectorSettings
from emotionet_tf.faces.detectors.openface import photos_of
from emotionet_tf.faces.detectors.registry import DETECTORS

if TYPE_CHECKING:
    from emotionet_tf.faces.detectors.interface import Detector
    from emotionet_tf.faces.detectors.openface.photos import OpenFacePhotos


TURNED_FACES = "turned_faces"
"""The setting of a folder whose faces may lie on their side or upside down."""


@dataclass(frozen=True)
class DetectorChoice:
    """The detectors that are asked in turn, the next one about photos in which those before it found no face.

    It holds plain values only and can be pickled: workers build their own detectors from it.

    Attributes:
      names: Names of `DETECTORS`, in their order, each once.
      settings_of: Settings by the detector's name; the others have their defaults.
      turned_faces: Whether faces that lie on their side or upside down are looked for, too (`turned_faces`). None is
        yes, but for a folder that an earlier version has begun without.
    Raises:
      UserError: If a name is unknown, or is there twice, or settings do not go with the names.
    """

    names: tuple[str, ...] = ("mtcnn",)
    settings_of: Mapping[str, DetectorSettings] = field(default_factory=dict)
    turned_faces: bool | None = None

    def __post_init__(self) -> None:
        known = ", ".join(DETECTORS)
        if not self.names:
            raise UserError(f"no detector is named, expected at least one of {known}")
        for number, name in enumerate(self.names):
            if name not in DETECTORS:
                raise UserError(f"detector {name!r} must be one of {known}")
            if name in self.names[:number]:
                raise UserError(f"detector {name} is named twice")
        for name in DETECTORS:
            self.of(name).check_use(self.names)

    def of(self, name: str) -> DetectorSettings:
        """Returns a detector's settings."""
        return self.settings_of.get(name) or DETECTORS[name].settings()

    def settings(self) -> dict[str, Any]:
        """Returns what, beside the detectors' names, decides the faces that are found, in JSON's types.

        Settings of detectors that are not asked are left out, so that they cannot differ; those of MTCNN alone are the
        ones that folders have had since before there was a choice.
        """
        chosen = [self.of(name).recorded() for name in DETECTORS if name in self.names]
        settings = {key: value for recorded in chosen for key, value in recorded.items()}
        return {**settings, TURNED_FACES: self.finds_turned}

    @property
    def finds_turned(self) -> bool:
        """Whether faces that lie on their side or upside down are looked for."""
        return self.turned_faces is not False

    def as_begun(self, settings: Mapping[str, Any]) -> DetectorChoice:
        """Returns the choice for a folder that was begun with these settings: what it leaves open is as there."""
        if self.turned_faces is not None:
            return self
        return replace(self, turned_faces=bool(settings.get(TURNED_FACES, False)))

    def openface_photos(self) -> OpenFacePhotos | None:
        """Returns what OpenFace's files say, for who asks which photos have changed; None where it is not asked."""
        return photos_of(self.of("openface")) if "openface" in self.names else None


def build_detector(choice: DetectorChoice) -> Detector:
    """Returns the detector of a choice: a cascade where there are several names.

    Networks are loaded here, so a choice is what goes to other processes, not what this returns.

    Raises:
      UserError: If a package or file that a detector needs is missing; the message says how to get it.
    """
    detectors = [_built(choice, name) for name in choice.names]
    if len(detectors) == 1:
        return detectors[0]
    from emotionet_tf.faces.detectors.cascade import CascadeDetector

    return CascadeDetector(detectors)


def _built(choice: DetectorChoice, name: str) -> Detector:
    detector = DETECTORS[name].build(choice.of(name))
    # What OpenFace's files say is the user's word.
    if not choice.finds_turned or name == "openface":
        return detector
    from emotionet_tf.faces.detectors.turned_faces import with_turned_faces

    return with_turned_faces(detector, getattr(choice.of("mtcnn"), "runtime", None))


def format_counts(names: Sequence[str], counts: Mapping[str, int]) -> str:
    """Returns how many faces each detector found, in the order in which they were asked: "openface 5, mtcnn 2"."""
    return ", ".join(f"{name} {counts.get(name, 0)}" for name in names)
