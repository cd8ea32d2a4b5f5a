"""What MediaPipe looks for, and where its models are; without the package."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.entry import DetectorSettings


@dataclass(frozen=True)
class MediapipeSettings(DetectorSettings):
    """What MediaPipe looks for.

    Attributes:
      mediapipe_model: The file face_landmarker.task; empty for the models in the package where there are some, else for
        the file in the user's cache.
      min_confidence: Least score of a face, for the detector and for the mesh; the package's default.
      tile_from_px: Photos whose shorter side is at least this are also searched in quarters: where the largest face is
        enough, only if there is none in the whole.
    """

    mediapipe_model: str = field(
        default="",
        metadata={
            "help": "The file face_landmarker.task, for --detectors=mediapipe with mediapipe 1.0 and later, whose "
            "package has no models in it. Default: face_landmarker.task in emotionet_tf in your cache folder."
        },
    )
    min_confidence: float = 0.5
    tile_from_px: int = 384

    def __post_init__(self) -> None:
        if not 0 < self.min_confidence < 1:
            raise UserError(f"min_confidence is {self.min_confidence}, expected more than 0 and less than 1")

    def recorded(self) -> dict[str, Any]:
        """Returns nothing: wherever the file lies, it is the same one."""
        return {}
