"""What a preparation is told, as plain values that go to other processes."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.faces.crops_and_rows import CropStyle
from emotionet_tf.faces.detectors.choice import DetectorChoice
from emotionet_tf.records.splits import Split
from emotionet_tf.storage.paths import RemotePath, as_path


@dataclass(frozen=True)
class PrepareConfig:
    """What to make records of, and how.

    Attributes:
      photos_dir: Folder of the photos; its subfolders are searched too.
      label_files: Label lists, as `expand_label_files` takes them.
      dataset: The dataset's name; its records folder is `output_dir/dataset`.
      output_dir: Folder of the datasets; not inside `photos_dir`.
      split: How it is divided into training and validation split.
      num_shards: TFRecord files of each dataset and view; 0 is one for each 2048 photos.
      style: How crops are cut and stored.
      detectors: What finds the faces.
      batch_size: Photos that a worker has in memory at a time.
    """

    photos_dir: str
    label_files: tuple[str, ...]
    dataset: str
    output_dir: str
    split: Split = field(default_factory=Split)
    num_shards: int = 0
    style: CropStyle = field(default_factory=CropStyle)
    detectors: DetectorChoice = field(default_factory=DetectorChoice)
    batch_size: int = 32

    def __post_init__(self) -> None:
        if not 1 <= self.batch_size <= 1 << 20:
            raise UserError(f"batch_size is {self.batch_size}, expected 1 to {1 << 20}")
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
