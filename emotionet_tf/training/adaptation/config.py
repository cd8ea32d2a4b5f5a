"""The settings of an adaptation to other photos, apart from what imports TensorFlow."""

from __future__ import annotations

from dataclasses import MISSING, dataclass

from emotionet_tf.settings import check_settings, setting


@dataclass(frozen=True, kw_only=True)
class NormAdaptationConfig:
    """An adaptation of a network's batch normalisations.

    Raises:
      UserError: If a value is not valid.
    """

    model_dir: str = setting(MISSING, "The network's folder.")
    records_dir: str = setting(
        MISSING,
        "Records of the photos to adapt to, as write_records makes them; their labels are not looked at.",
    )
    output_dir: str = setting(MISSING, "Folder of the adapted network.")
    which: str | None = setting(
        None, "Model of the folder. Default: best, else last.", choices=("best", "last")
    )
    batch_size: int = setting(
        64, "Images whose means and variances are taken together; our choice.", at_least=2
    )
    num_batches: int | None = setting(
        None, "Batches to take the statistics from. Default: as many as the records fill once.", at_least=1
    )
    seed: int = setting(0, "Decides the order of the records, and which are mirrored.", at_least=0)

    def __post_init__(self) -> None:
        check_settings(self)
