"""What every dataset of records is made with, whoever writes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, dataclass
from typing import Any

from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.label_lists.streaming import label_checksum
from emotionet_tf.records.splits import Split
from emotionet_tf.settings import setting


@dataclass(frozen=True, kw_only=True)
class DatasetSettings:
    """A dataset's name and division; its records folder is `output_dir/dataset`."""

    dataset: str = setting(MISSING, "Name of the dataset, such as opt or vggface2.")
    output_dir: str = setting(MISSING, "Folder of the datasets' folders.")
    split: Split = setting(Split, "")
    num_shards: int = setting(
        0,
        "TFRecord files of each split and view. Default 0: one for each 2048 photos, about 40 MB.",
        at_least=0,
    )


def label_files_setting() -> Any:
    """Returns the setting of the label lists, as `expand_label_files` takes them."""
    return setting(
        MISSING,
        "A label list: EmotioNet's training list (dataFile_NNNN.txt), its opt list (.xlsx or CSV), or a plain CSV of "
        "path or id and AU columns; or the folder of a dataset's label files, such as DISFA's. A * in quotes or a "
        "folder stands for several; put commas between more, or repeat.",
        flag="labels",
        is_repeated=True,
    )


def label_inputs(label_files: Iterable[str], reading: LabelReading) -> dict[str, Any]:
    """Returns what of the label lists decides the records: checksums, and the settings that are not the defaults."""
    return {"labels": {file: label_checksum(file, reading) for file in label_files}, **reading.to_dict()}
