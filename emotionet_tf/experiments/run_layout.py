"""Where a reproduction keeps what: one place for those who write it and for the report that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.experiments.runner.placeholders import PACKAGE

CONFIGS_DIR = PACKAGE / "configs"
"""The flagfiles that are shipped with the library, as nodes name them."""

RUN_FILE = "reproduce.json"
"""Paper, scale and data of the run in this folder."""


@dataclass(frozen=True)
class RunLayout:
    """The paths of a reproduction.

    Attributes:
      root: The run's folder.
      records_dir: The folder of the datasets' records: "opt-train", "opt-val", "opt", "train", "val", "test".
    """

    root: Path
    records_dir: Path

    def records(self, dataset: str) -> Path:
        """Returns a dataset's records folder."""
        return self.records_dir / dataset

    def truth(self, dataset: str) -> Path:
        """Returns the label list with one row for every photo of a dataset."""
        return self.records(dataset) / "rows.csv"

    def model(self, row: str, seed: int, group: str) -> Path:
        """Returns a network's folder."""
        return self.root / "models" / row / f"seed{seed}" / group

    @property
    def pretraining(self) -> Path:
        """The folder of the rendered set that stands for ImageNet."""
        return self.root / "pretraining"

    def pretrained(self, backbone: str) -> Path:
        """Returns the folder of a backbone that was trained on it."""
        return self.pretraining / "models" / backbone

    def pseudo_labels(self, teacher: str, seed: int) -> Path:
        """Returns the folder of a teacher's labels for the training set."""
        return self.root / "pseudo_labels" / teacher / f"seed{seed}"

    def predictions(self, row: str, seed: int, dataset: str) -> Path:
        """Returns the prediction file of a row, a fusion or a baseline."""
        return self.root / "predictions" / row / f"seed{seed}" / f"{dataset}.csv"

    @property
    def state(self) -> Path:
        """The runner's records of what is done, and the commands' logs."""
        return self.root / "state"

    @property
    def report(self) -> Path:
        """The report's folder."""
        return self.root / "report"
