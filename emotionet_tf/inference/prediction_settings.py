"""What decides a prediction: which models, and over photos what is written where. Needs no TensorFlow."""

from __future__ import annotations

from dataclasses import MISSING, dataclass

from emotionet_tf.settings import check_settings, setting


@dataclass(frozen=True, kw_only=True)
class ModelUse:
    """Which models predict.

    Raises:
      UserError: If a value is not valid.
    """

    model_dirs: tuple[str, ...] = setting(
        MISSING, "A model's folder; repeat for more: an AU that several predict gets their mean.",
        flag="model_dir", is_repeated=True,
    )  # fmt: skip
    which: str | None = setting(
        None, "Model of the folder. Default: best, else last.", choices=("best", "last")
    )
    use_thresholds: bool = setting(
        True, "Use the models' tuned thresholds, where they have some; otherwise 0.5.", flag="thresholds"
    )

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True, kw_only=True)
class FusedModelUse(ModelUse):
    """Which models predict, and how their predictions become one."""

    mean: str = setting(
        "scores", "Of what several models' predictions of an AU are the mean: scores (Werner et al. 2020), or logits "
        "(SIAT-NTU).",
        choices=("scores", "logits"),
    )  # fmt: skip


@dataclass(frozen=True)
class PredictConfig:
    """A prediction over photos.

    Attributes:
      paths: Photos, and folders that are searched for photos.
    """

    paths: tuple[str, ...]
    output: str = setting(
        MISSING, "Table to write, CSV: a row for each photo's largest face, or for each face."
    )
    annotated_dir: str | None = setting(
        None,
        "Also write a picture of each photo with its faces and AUs into this folder, outside the photos' folders.",
    )
    all_faces: bool = setting(
        False, "A row for every face of a photo; by default for the largest, as the challenge has it."
    )
    batch_size: int = setting(16, "Photos at a time; decides speed and memory only.", at_least=1)
