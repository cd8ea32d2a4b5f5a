"""What a cross-validation is made with."""

from __future__ import annotations

from dataclasses import MISSING, dataclass
from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.records.protocols.choice import PROTOCOLS, ProtocolChoice
from emotionet_tf.records.writing.au_records import RecordsConfig
from emotionet_tf.records.writing.dataset_settings import label_files_setting
from emotionet_tf.settings import check_settings, setting


@dataclass(frozen=True, kw_only=True)
class CrossValidation:
    """A cross-validation; what each setting is, its declaration says.

    Attributes:
      training_flags: Flags of `train`, but for those that say what is learnt from and where the model goes.
    Raises:
      UserError: If a value is not valid, or there is no protocol.
    """

    faces_dir: str = setting(MISSING, "Output folder of align_faces: crops and faces.csv.")
    label_files: tuple[str, ...] = label_files_setting()
    reading: LabelReading = setting(LabelReading, "")
    dataset: str = setting(MISSING, "Name of the dataset, such as disfa.")
    output_dir: str = setting(MISSING, "Folder for everything that is made: records, models, scores.")
    parts: ProtocolChoice = setting(ProtocolChoice, "")
    training_flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_settings(self)
        if not self.parts:
            raise UserError(f"--protocol must be given, one of {', '.join(PROTOCOLS)}")

    @property
    def root(self) -> Path:
        """The folder for everything that is made."""
        return Path(self.output_dir)

    def records_config(self) -> RecordsConfig:
        """Returns what the records are made with."""
        return RecordsConfig(
            faces_dir=self.faces_dir,
            label_files=self.label_files,
            reading=self.reading,
            dataset=self.dataset,
            output_dir=str(self.root / "records"),
            parts=self.parts,
        )
