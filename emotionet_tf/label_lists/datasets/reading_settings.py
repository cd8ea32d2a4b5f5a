"""How label files of datasets and label lists are read, where they do not say it themselves."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from emotionet_tf.label_lists.datasets.reader_options import ReaderOptions
from emotionet_tf.label_lists.datasets.registry import DATASET_FORMATS
from emotionet_tf.settings import check_settings, setting


@dataclass(frozen=True, kw_only=True)
class LabelReading(ReaderOptions):
    """How label files of datasets and label lists are read; what each setting is, its declaration says.

    Raises:
      UserError: If a value is not valid.
    """

    label_format: str = setting(
        "",
        "The dataset whose label files a folder of --labels has: "
        + ", ".join(one.name for one in DATASET_FORMATS)
        + ". Default: found by the folder's layout.",
        choices=("", *(one.name for one in DATASET_FORMATS)),
    )
    positive_from: float | None = setting(
        None,
        "Lowest intensity, of 1 to 5, that counts as present, of datasets and plain CSVs that code intensities. "
        "Default: the dataset's usual one, such as 2 of DISFA; a plain CSV with cells above 1 is refused without it.",
        above=0,
        at_most=5,
    )
    unknown_codes: tuple[str, ...] = setting(
        (),
        "What else says unknown in cells of label lists, such as 9, with commas between; -1, nan, NA, 999 and an empty "
        "cell always do in a plain CSV. Label files of datasets have codes of their own.",
    )
    frame_offset: int | None = setting(
        None,
        "Number in a picture's name minus its frame's number, which counts from 1: -1 where pictures count from 0. "
        "Default: found by the first and last picture of each video.",
        at_least=-1_000_000,
        at_most=1_000_000,
    )

    def __post_init__(self) -> None:
        check_settings(self)

    def to_dict(self) -> dict[str, Any]:
        """Returns the settings that are not the defaults, as JSON can hold them."""
        defaults = asdict(type(self)())
        return {name: value for name, value in asdict(self).items() if value != defaults[name]}


DEFAULT_READING = LabelReading()
