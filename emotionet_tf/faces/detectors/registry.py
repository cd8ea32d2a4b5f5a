"""Which face detectors look at photos, and with what settings: plain values, from which any process builds its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.interface import Detector
from emotionet_tf.faces.detectors.mtcnn_settings import MtcnnSettings
from emotionet_tf.storage.paths import as_path

if TYPE_CHECKING:
    from emotionet_tf.faces.detectors.openface_photos import OpenFacePhotos

DETECTORS: Mapping[str, str] = {
    "mtcnn": "nothing more",
    "openface": "OpenFace's CSV files of the photos",
    "mediapipe": "pip install 'emotionet_tf[mesh]'",
    "retinaface": "pip install 'emotionet_tf[retinaface]', and its weights, which download at first use",
}
"""The detectors by name, with what each needs."""

OPENFACE_MIN_CONFIDENCE = 0.7
"""Below it OpenFace's author takes the landmarks for wrong (TadasBaltrusaitis/OpenFace, issue 270).

The other detectors have limits of their own, such as `MtcnnSettings.thresholds` and `MediapipeSettings.min_confidence`;
one for all of them would mean little, since what one calls 0.7 is not what another does.
"""


@dataclass(frozen=True)
class DetectorChoice:
    """The detectors that are asked in turn, the next one about photos in which those before it found no face.

    It holds plain values only and can be pickled: workers build their own detectors from it.

    Attributes:
      names: Names of `DETECTORS`, in their order, each once.
      mtcnn: What MTCNN looks for.
      openface_paths: OpenFace's CSV files, and folders of them; for openface only, which needs them.
      openface_min_confidence: Faces that OpenFace gives a lower confidence are no faces.
    Raises:
      UserError: If a name is unknown, or is there twice, openface and its files are not given together, or the
        confidence is not in [0, 1].
    """

    names: tuple[str, ...] = ("mtcnn",)
    mtcnn: MtcnnSettings = field(default_factory=MtcnnSettings)
    openface_paths: tuple[str, ...] = ()
    openface_min_confidence: float = OPENFACE_MIN_CONFIDENCE

    def __post_init__(self) -> None:
        known = ", ".join(DETECTORS)
        if not self.names:
            raise UserError(f"no detector is named, expected at least one of {known}")
        for number, name in enumerate(self.names):
            if name not in DETECTORS:
                raise UserError(f"detector {name!r} is none of {known}")
            if name in self.names[:number]:
                raise UserError(f"detector {name} is named twice")
        if "openface" in self.names and not self.openface_paths:
            raise UserError(
                "detector openface needs OpenFace's CSV files (--openface_csvs): name them, or folders of them"
            )
        if self.openface_paths and "openface" not in self.names:
            raise UserError(
                f"OpenFace's CSV files are for the detector openface, which is not among {', '.join(self.names)}"
            )
        if not 0 <= self.openface_min_confidence <= 1:
            raise UserError(f"openface_min_confidence is {self.openface_min_confidence}, expected 0 to 1")
        for path in self.openface_paths:
            if not as_path(path).exists():
                raise UserError(f"OpenFace CSV {path} is missing")

    def settings(self) -> dict[str, Any]:
        """Returns what, beside the detectors' names, decides the faces that are found, in JSON's types.

        Settings of detectors that are not asked are left out, so that they cannot differ; those of MTCNN alone are the
        ones that folders have had since before there was a choice.
        """
        settings: dict[str, Any] = {}
        if "mtcnn" in self.names:
            settings |= {"max_side_px": self.mtcnn.max_side_px, "min_face_px": self.mtcnn.min_face_px}
        if "openface" in self.names:
            settings["openface_csvs"] = [str(as_path(path).resolve()) for path in self.openface_paths]
            settings["openface_min_confidence"] = self.openface_min_confidence
        return settings

    def openface_photos(self) -> OpenFacePhotos | None:
        """Returns what OpenFace's files say, for who asks which photos have changed; None where they have no say."""
        if "openface" not in self.names:
            return None
        from emotionet_tf.faces.detectors.openface_photos import OpenFacePhotos

        return OpenFacePhotos(self.openface_paths, self.openface_min_confidence)


def build_detector(choice: DetectorChoice) -> Detector:
    """Returns the detector of a choice: a cascade where there are several names.

    Networks are loaded here, so a choice is what goes to other processes, not what this returns.

    Raises:
      UserError: If a package or file that a detector needs is missing; the message says how to get it.
    """
    builders: dict[str, Callable[[DetectorChoice], Detector]] = {
        "mtcnn": _mtcnn,
        "openface": _openface,
        "mediapipe": _mediapipe,
        "retinaface": _retinaface,
    }
    detectors = [builders[name](choice) for name in choice.names]
    if len(detectors) == 1:
        return detectors[0]
    from emotionet_tf.faces.detectors.cascade import CascadeDetector

    return CascadeDetector(detectors)


def format_counts(names: Sequence[str], counts: Mapping[str, int]) -> str:
    """Returns how many faces each detector found, in the order in which they were asked: "openface 5, mtcnn 2"."""
    return ", ".join(f"{name} {counts.get(name, 0)}" for name in names)


# Each detector's module imports packages that take seconds, or that are not installed where it is not wanted.


def _mtcnn(choice: DetectorChoice) -> Detector:
    from emotionet_tf.faces.detectors.mtcnn import MtcnnDetector

    return MtcnnDetector(choice.mtcnn)


def _openface(choice: DetectorChoice) -> Detector:
    from emotionet_tf.faces.detectors.openface import OpenFaceDetector

    photos = choice.openface_photos()
    assert photos is not None
    return OpenFaceDetector(photos)


def _mediapipe(choice: DetectorChoice) -> Detector:
    from emotionet_tf.faces.detectors.mediapipe import MediapipeDetector

    return MediapipeDetector()


def _retinaface(choice: DetectorChoice) -> Detector:
    from emotionet_tf.faces.detectors.retinaface import RetinafaceDetector

    return RetinafaceDetector()
