"""Which face detectors look at photos, and with what settings: plain values, from which any process builds its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detection import Detector
from emotionet_tf.faces.mtcnn_settings import MtcnnSettings

DETECTORS: Mapping[str, str] = {
    "mtcnn": "nothing more",
    "openface": "OpenFace's CSV files of the photos",
    "mediapipe": "pip install 'emotionet_tf[mesh]'",
    "retinaface": "pip install 'emotionet_tf[retinaface]', and its weights, which download at first use",
}
"""The detectors by name, with what each needs."""


@dataclass(frozen=True)
class DetectorChoice:
    """The detectors that are asked in turn, the next one about photos in which those before it found no face.

    It holds plain values only and can be pickled: workers build their own detectors from it.

    Attributes:
      names: Names of `DETECTORS`, in their order, each once.
      mtcnn: What MTCNN looks for.
      openface_paths: OpenFace's CSV files, and folders of them; for openface only, which needs them.
    Raises:
      UserError: If a name is unknown, or is there twice, or openface and its files are not given together.
    """

    names: tuple[str, ...] = ("mtcnn",)
    mtcnn: MtcnnSettings = field(default_factory=MtcnnSettings)
    openface_paths: tuple[str, ...] = ()

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
        for path in self.openface_paths:
            if not os.path.exists(path):
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
            settings["openface_csvs"] = [str(Path(path).resolve()) for path in self.openface_paths]
        return settings


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
    from emotionet_tf.faces.cascade import CascadeDetector

    return CascadeDetector(detectors)


def format_counts(names: Sequence[str], counts: Mapping[str, int]) -> str:
    """Returns how many faces each detector found, in the order in which they were asked: "openface 5, mtcnn 2"."""
    return ", ".join(f"{name} {counts.get(name, 0)}" for name in names)


# Each detector's module imports packages that take seconds, or that are not installed where it is not wanted.


def _mtcnn(choice: DetectorChoice) -> Detector:
    from emotionet_tf.faces.mtcnn_detector import MtcnnDetector

    return MtcnnDetector(choice.mtcnn)


def _openface(choice: DetectorChoice) -> Detector:
    from emotionet_tf.faces.openface_detector import OpenFaceDetector

    return OpenFaceDetector(choice.openface_paths)


def _mediapipe(choice: DetectorChoice) -> Detector:
    from emotionet_tf.faces.mediapipe_detector import MediapipeDetector

    return MediapipeDetector()


def _retinaface(choice: DetectorChoice) -> Detector:
    from emotionet_tf.faces.retinaface_detector import RetinafaceDetector

    return RetinafaceDetector()
