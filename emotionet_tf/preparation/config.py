"""What a preparation is told, as plain values that go to other processes."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.faces.crops_and_rows import CropStyle, batch_size_setting, photos_dir_setting
from emotionet_tf.faces.detectors.choice import DetectorChoice
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.records.writing.dataset_settings import DatasetSettings, label_files_setting
from emotionet_tf.settings import check_settings, setting
from emotionet_tf.storage.paths import RemotePath, as_path


@dataclass(frozen=True, kw_only=True)
class PrepareConfig(DatasetSettings):
    """What to make records of, and how; `output_dir` must not lie inside `photos_dir`.

    Attributes:
      detectors: What finds the faces.
    Raises:
      UserError: If a value is not valid.
    """

    photos_dir: str = photos_dir_setting()
    label_files: tuple[str, ...] = label_files_setting()
    reading: LabelReading = setting(LabelReading, "")
    style: CropStyle = setting(CropStyle, "")
    detectors: DetectorChoice = field(default_factory=DetectorChoice)
    batch_size: int = batch_size_setting()

    def __post_init__(self) -> None:
        check_settings(self)
        if as_path(self.output_dir).resolve().is_relative_to(as_path(self.photos_dir).resolve()):
            raise UserError(f"output_dir {self.output_dir} lies inside photos_dir")

    @property
    def work_root(self) -> Path:
        """The folder that holds what is done until all is."""
        return as_path(self.output_dir) / f".{self.dataset}.work"

    @property
    def log_dir(self) -> Path:
        """The local folder that logs go to while work is done."""
        root = self.work_root
        return Path(tempfile.gettempdir()) if isinstance(root, RemotePath) else root

    @property
    def work_dir(self) -> Path:
        """The folder inside it of these settings of faces and crops: work of other ones is neither mixed nor lost."""
        text = json.dumps(self.face_settings(), sort_keys=True)
        return self.work_root / hashlib.sha256(text.encode()).hexdigest()[:12]

    def face_settings(self) -> dict[str, Any]:
        """Returns what decides a photo's crops, as `align_faces` has it."""
        return {
            "photos_dir": str(as_path(self.photos_dir).resolve()),
            "crop_size_px": self.style.crop_size_px,
            "jpeg_quality": self.style.jpeg_quality,
            "framing": self.style.framing,
            "detector": ",".join(self.detectors.names),
            **self.detectors.settings(),
        }
