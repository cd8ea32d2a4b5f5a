"""What a preparation is told, as plain values that go to other processes."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.faces.crops_and_rows import (
    SETTINGS_BEFORE,
    CropStyle,
    batch_size_setting,
    photos_dir_setting,
)
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
        settings = self.face_settings()
        # As earlier versions named it, where these settings are as theirs.
        named = {
            name: value
            for name, value in settings.items()
            if name not in SETTINGS_BEFORE or value != SETTINGS_BEFORE[name]
        }
        text = json.dumps(named, sort_keys=True)
        return self.work_root / hashlib.sha256(text.encode()).hexdigest()[:12]

    def as_begun(self, settings: Mapping[str, Any]) -> PrepareConfig:
        """Returns the configuration for work that was begun with these settings: what it leaves open is as there."""
        style, detectors = self.style.as_begun(settings), self.detectors.as_begun(settings)
        return replace(self, style=style, detectors=detectors)

    def fits(self, settings: Mapping[str, Any]) -> bool:
        """Returns whether crops that were made with these settings are as this configuration makes them."""
        before, own = {**SETTINGS_BEFORE, **settings}, json.loads(json.dumps(self.face_settings()))
        return all(before.get(name) == value for name, value in own.items())

    def face_settings(self) -> dict[str, Any]:
        """Returns what decides a photo's crops, as `align_faces` has it."""
        return {
            "photos_dir": str(as_path(self.photos_dir).resolve()),
            **self.style.recorded(),
            "detector": ",".join(self.detectors.names),
            **self.detectors.settings(),
        }
