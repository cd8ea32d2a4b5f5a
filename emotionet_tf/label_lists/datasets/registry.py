"""The datasets whose label files the library reads: a new one is a file beside this one, and its entry here."""

from __future__ import annotations

from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.coded_sequences import DatasetFormat
from emotionet_tf.label_lists.datasets.disfa import DISFA

DATASET_FORMATS: tuple[DatasetFormat, ...] = (DISFA,)
"""In the order in which a folder's layout is compared with theirs."""


def find_dataset(path: Path, name: str = "") -> DatasetFormat | None:
    """Returns the format of a dataset's folder or file; None where it is none that is known.

    Args:
      path: The folder or file.
      name: The format's name; empty finds it by the layout.
    Raises:
      UserError: If there is no format of this name, or the folder does not look like it.
    """
    if not name:
        return next((one for one in DATASET_FORMATS if one.recognizes(path)), None)
    named = next((one for one in DATASET_FORMATS if one.name == name), None)
    if named is None:
        known = ", ".join(one.name for one in DATASET_FORMATS)
        raise UserError(f"format '{name}' must be one of {known}")
    if not named.recognizes(path):
        raise UserError(f"{path}: not {named.title}, which is {named.looks}")
    return named
