"""What MTCNN looks for; without TensorFlow, so that commands can check it before anything slow is imported."""

from __future__ import annotations

from dataclasses import dataclass, field

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.entry import DetectorSettings

CELL_PX, REFINE_PX, OUTPUT_PX = 12, 24, 48
"""Side of what each of the three networks looks at."""


@dataclass(frozen=True)
class MtcnnSettings(DetectorSettings):
    """What MTCNN looks for; the defaults from `scale_factor` on are the package's.

    Attributes:
      max_side_px: Larger photos are scaled down to this longer side to find faces, but not to place landmarks.
      min_face_px: Smallest face, after that scaling; the package's default.
      large_face_share: Where the largest face is enough, faces from this share of the shorter side up are sought
        first, and smaller ones only in photos without such a face.
      scale_factor: Step of the image pyramid.
      thresholds: Smallest score that passes each of the three networks.
      runtime: What runs the networks, one of `emotionet_tf.runtimes.RUNTIMES`; None is TensorFlow where it is there. It
        decides no result but for rounding.
    """

    max_side_px: int = field(
        default=512,
        metadata={
            "help": "Photos are scaled down to this longer side for mtcnn to find faces (not for landmarks and crops), "
            "in pixels; our default. Raise it to find small faces in large photos."
        },
    )
    min_face_px: int = field(
        default=20,
        metadata={
            "help": "Smallest face that mtcnn seeks, in pixels of the scaled photo; the mtcnn package's default."
        },
    )
    large_face_share: float = 0.2
    scale_factor: float = 0.709
    thresholds: tuple[float, float, float] = (0.6, 0.7, 0.8)
    runtime: str | None = None

    def __post_init__(self) -> None:
        if self.max_side_px < 2 * OUTPUT_PX:
            raise UserError(f"max_side_px is {self.max_side_px}, expected at least {2 * OUTPUT_PX}")
        if self.min_face_px < CELL_PX:
            raise UserError(f"min_face_px is {self.min_face_px}, expected at least {CELL_PX}")
