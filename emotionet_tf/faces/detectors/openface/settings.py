"""Where OpenFace's files are, and how sure of a face it must be; apart from what reads them, which imports OpenCV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.entry import DetectorSettings
from emotionet_tf.faces.detectors.openface.frames import AUTO, WAYS
from emotionet_tf.storage.paths import as_path


@dataclass(frozen=True)
class OpenFaceSettings(DetectorSettings):
    """Where OpenFace's faces are read, and which of them count.

    Attributes:
      openface_csvs: OpenFace's CSV files, and folders of them.
      openface_frames: How frames are joined with pictures, one of `frames.WAYS`.
      openface_min_confidence: Faces that OpenFace gives a lower confidence do not count. Below the default OpenFace's
        author takes the landmarks for wrong (TadasBaltrusaitis/OpenFace, issue 270). The other detectors have limits of
        their own; one for all would mean little, since what one calls 0.7 is not what another does.
    """

    openface_csvs: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "OpenFace's CSV files of the photos, or folders that hold them, for --detectors=openface; none by "
            "default."
        },
    )
    openface_min_confidence: float = field(
        default=0.7,
        metadata={
            "help": "Faces of which OpenFace is less sure, 0 to 1, count as not found: the next detector is asked, and "
            "if none finds another one, the photo has no face. Default: OpenFace's author takes landmarks below 0.7 "
            "for wrong."
        },
    )

    openface_frames: str = field(
        default=AUTO,
        metadata={
            "help": "How OpenFace's frames of a folder DIR (DIR.csv) are joined with its pictures: number, the last "
            "number in each name; order, the names' order as texts, by which OpenFace numbers a folder (-fdir); auto, "
            "whichever is certain, else an error."
        },
    )

    def __post_init__(self) -> None:
        if self.openface_frames not in WAYS:
            raise UserError(f"openface_frames must be one of {', '.join(WAYS)}, got {self.openface_frames!r}")
        if not 0 <= self.openface_min_confidence <= 1:
            raise UserError(f"openface_min_confidence is {self.openface_min_confidence}, expected 0 to 1")

    def check_use(self, names: Sequence[str]) -> None:
        """Raises UserError unless openface and its files are given together, and the files exist."""
        if "openface" in names and not self.openface_csvs:
            raise UserError(
                "detector openface needs OpenFace's CSV files (--openface_csvs): name them, or folders of them"
            )
        if self.openface_csvs and "openface" not in names:
            raise UserError(
                f"OpenFace's CSV files are for the detector openface, which is not among {', '.join(names)}"
            )
        for path in self.openface_csvs:
            if not as_path(path).exists():
                raise UserError(f"OpenFace CSV {path} is missing")

    def recorded(self) -> dict[str, Any]:
        """Returns the settings, with the files' whole paths."""
        recorded = super().recorded()
        if self.openface_frames == AUTO:
            # As folders have it that were made before there was a choice; what changes with it, checksums tell.
            del recorded["openface_frames"]
        return recorded | {"openface_csvs": [str(as_path(path).resolve()) for path in self.openface_csvs]}
