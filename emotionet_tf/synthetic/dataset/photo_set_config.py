"""What photos are rendered: how many of which set, and how large."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.settings import check_settings, setting
from emotionet_tf.synthetic.dataset.expression_mixtures import MIXTURES
from emotionet_tf.synthetic.dataset.file_names import CLASS_FILES

_SETS = ("train", "opt", "val", "test", "identity", "expression")
_MIN_SIDE_PX = 64


@dataclass(frozen=True)
class PhotoSetConfig:
    """What to render.

    Attributes:
      output_dir: Folder of the result.
    Raises:
      UserError: If a value is not valid, or there is nothing to render.
    """

    output_dir: Path
    num_train: int = setting(
        2000,
        "Photos with automatic, partly wrong labels of 12 AUs. Default: a few minutes on 2 cores.",
        at_least=0,
    )
    num_opt: int = setting(
        800, "Photos with exact labels of 23 AUs to train on. Default: as --num_train.", at_least=0
    )
    num_val: int = setting(200, "Photos of the validation set. Default: as --num_train.", at_least=0)
    num_test: int = setting(400, "Photos of the test set. Default: as --num_train.", at_least=0)
    seed: int = setting(
        0, "The same seed makes the same labels and landmarks, with any number of workers.", at_least=0
    )
    size_px_min: int = setting(
        256, "Smallest side of a photo in pixels. Default: about EmotioNet's faces.", at_least=_MIN_SIDE_PX
    )
    size_px_max: int = setting(400, "Largest side of a photo in pixels. Default: as --size_px_min.")
    num_workers: int = setting(0, "Processes that render; 0 (the default) is one per core.", at_least=0)
    num_identity: int = setting(
        0,
        "Photos of a set to pre-train face recognition on: 12 to 24 of each person. Default: none.",
        at_least=0,
    )
    num_expression: int = setting(
        0, "Photos of a set to pre-train expression recognition on: eight categories, each person showing every one. "
        "Default: none.",
        at_least=0,
    )  # fmt: skip
    mixture: str = setting(
        "emotionet",
        "What expressions the four sets show: EmotioNet's frequencies, or (everyday) a third of neutral faces, single "
        "AUs, and AUs that people show together. everyday_26 also shows and labels AUs 7, 14 and 23; its lists of "
        "exact labels are plain CSVs, as EmotioNet does not code these. Default: the challenge's stand-in.",
        choices=tuple(MIXTURES),
    )

    def __post_init__(self) -> None:
        check_settings(self)
        if not any(map(self.num_photos, _SETS)):
            raise UserError(f"nothing to render: {', '.join(f'num_{name}' for name in _SETS)} are all 0")
        if self.size_px_min > self.size_px_max:
            raise UserError(f"size_px_min {self.size_px_min} must be at most size_px_max, {self.size_px_max}")
        if self.output_dir.exists() and not self.output_dir.is_dir():
            raise UserError(f"output_dir {self.output_dir} is a file, not a folder")

    def num_photos(self, set_name: str) -> int:
        """Returns how many photos a set has."""
        return int(getattr(self, f"num_{set_name}"))

    def class_sets(self) -> list[str]:
        """Returns the sets with classes that are to be rendered."""
        return [name for name in CLASS_FILES if self.num_photos(name)]
