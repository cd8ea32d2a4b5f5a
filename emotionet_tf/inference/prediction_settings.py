"""What decides a prediction: which models, and over photos what is written where. Needs no TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass

from emotionet_tf.errors import UserError
from emotionet_tf.inference.shipped_detectors import DEFAULT_DETECTOR, described, detector_folders
from emotionet_tf.runtimes import RUNTIMES
from emotionet_tf.settings import check_settings, setting

DEFAULT_OUTPUT = "predictions.csv"
"""Where a prediction over photos writes its table if no place is named."""


@dataclass(frozen=True, kw_only=True)
class ModelUse:
    """Which models predict: those of some folders, or a detector that comes with the package.

    Raises:
      UserError: If a value is not valid, or both are given.
    """

    model_dirs: tuple[str, ...] | None = setting(
        None,
        "A model's folder; repeat for more: an AU that several predict gets their mean.",
        flag="model_dir", is_repeated=True,
    )  # fmt: skip
    model: str | None = setting(
        None,
        "Name of a detector that comes with the package, in place of --model_dir. Default of predict, where neither is "
        f"given: {DEFAULT_DETECTOR}.",
    )
    which: str | None = setting(
        None, "Model of the folder. Default: best, else last.", choices=("best", "last")
    )
    use_thresholds: bool = setting(
        True, "Use the models' tuned thresholds, where they have some; otherwise 0.5.", flag="thresholds"
    )

    def __post_init__(self) -> None:
        check_settings(self)
        if self.model_dirs and self.model:
            raise UserError(
                f"give either --model_dir or --model, not both: got --model={self.model} and folders"
            )

    def folders(self, default: str | None = None) -> tuple[str, ...]:
        """Returns the folders of the models that predict.

        Args:
          default: The detector where neither folders nor a name are given; None where one of them must be.
        Raises:
          UserError: If no model is chosen, or no detector of that name comes with the package.
        """
        if self.model_dirs:
            return self.model_dirs
        name = self.model or default
        if name is None:
            raise UserError(
                "--model_dir must be given, or --model for a detector that comes with the package; --help says what "
                "they are"
            )
        return tuple(map(str, detector_folders(name)))

    def remark(self, default: str | None = None) -> str:
        """Returns a line that names the package's detector which predicts; "" where folders do."""
        name = "" if self.model_dirs else self.model or default
        return f"model: {described(name)}" if name else ""


@dataclass(frozen=True, kw_only=True)
class FusedModelUse(ModelUse):
    """Which models predict, and how their predictions become one."""

    mean: str = setting(
        "scores", "Of what several models' predictions of an AU are the mean: scores (Werner et al. 2020), or logits "
        "(SIAT-NTU).",
        choices=("scores", "logits"),
    )  # fmt: skip
    mirror: bool = setting(
        False,
        "Predict each face and its mirror image, with the AUs of the sides swapped, and take the mean: a photo and its "
        "mirror image then get the same scores, but for the landmarks. The networks take twice the time.",
    )


@dataclass(frozen=True, kw_only=True)
class DetectorUse(FusedModelUse):
    """Which models predict photos and videos, and from which score on an AU is declared."""

    threshold: float | None = setting(
        None,
        "Declare every AU from this score on: a lower one, such as .4, misses less, a higher one says less. Default: "
        "the models' tuned thresholds, otherwise 0.5.",
        above=0,
        at_most=1,
    )


@dataclass(frozen=True)
class VideoSettings:
    """How videos are read; a photo has no use for it."""

    every: int = setting(1, "Of videos: predict each so-many-th frame.", at_least=1)
    start: float = setting(0.0, "Of videos: leave out what comes before, in seconds.", at_least=0)
    end: float | None = setting(None, "Of videos: leave out what comes from here on, in seconds.", above=0)
    search_every: int = setting(
        10,
        "Of videos: frames from one search for faces to the next; between them faces are followed. Our choice; 1 "
        "searches every frame.",
        at_least=1,
    )
    smooth: float = setting(
        0.0,
        "Of videos: scores and intensities are each person's means over a window of so many seconds, and decisions are "
        "made from these. Default: every frame by itself.",
        at_least=0,
    )
    camera: int | None = setting(
        None, "Predict a camera of this machine in place of files, until Ctrl-C: 0 is the first.", at_least=0
    )

    def __post_init__(self) -> None:
        check_settings(self)
        if self.end is not None and self.end <= self.start:
            raise UserError(f"--end={self.end:g} must be later than --start={self.start:g}")


@dataclass(frozen=True)
class PredictConfig:
    """A prediction over photos.

    Attributes:
      paths: Photos, videos, and folders that are searched for photos or videos.
      video: How videos are read.
    Raises:
      UserError: If a value is not valid.
    """

    paths: tuple[str, ...]
    output: str | None = setting(
        None,
        "Table to write, .csv, .xlsx, .parquet or .jsonl: a row for each photo's largest face, or for each face; what "
        f"made it is written beside it. Default: {DEFAULT_OUTPUT} in the working directory, unless that is another "
        "file.",
    )
    annotated_dir: str | None = setting(
        None,
        "Also write a picture of each photo with its faces and AUs into this folder, outside the photos' folders.",
    )
    all_faces: bool = setting(
        False, "A row for every face of a photo; by default for the largest, as the challenge has it."
    )
    batch_size: int = setting(16, "Photos at a time; decides speed and memory only.", at_least=1)
    format: str | None = setting(
        None,
        "Whose columns the table has: openface (2.2) or pyfeat (2.1.5), blank where we have no such thing. Default: "
        "ours.",
        choices=("openface", "pyfeat"),
    )
    excel: bool = setting(
        False,
        "Write the CSV for a spreadsheet: with the mark by which Excel knows UTF-8, and an apostrophe before names "
        "that it would run as a formula, as =1.jpg; our commands read the names without it.",
    )
    conditions: str | None = setting(
        None,
        "Also write a summary by condition, with intervals, beside the table: a CSV with columns file and condition, "
        "or 'folder' for the photos' folders.",
    )
    plots_dir: str | None = setting(
        None,
        "Also draw plots into this folder (extra charts): of a video the AUs over time for each person; of photos the "
        "share of faces that show each AU (by --conditions), the strongest examples, and their heat maps.",
    )
    report: str | None = setting(
        None,
        "Also write a page about the results to this .html file (extra charts): shares of each AU, the strongest "
        "examples, a video's AUs over time. It loads nothing from elsewhere.",
    )
    video: VideoSettings = setting(VideoSettings(), "")
    runtime: str | None = setting(
        None,
        "What runs mtcnn and the models: tensorflow, or onnx (extra onnx), which starts at once and takes the "
        "package's detectors and exported .onnx files. Default: tensorflow, but for an .onnx file as --model_dir.",
        choices=RUNTIMES,
    )

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    def table(self) -> str:
        """Where the table is written."""
        return self.output or DEFAULT_OUTPUT
