"""A model's tuned thresholds: `thresholds.json` in its folder, with what they were tuned on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.errors import UserError
from emotionet_tf.inference.decisions import HALF
from emotionet_tf.inference.thresholds.soft_thresholding import Tuning, thresholds_content
from emotionet_tf.models.model_folders import network_path
from emotionet_tf.storage.files import sha256_of, write_json
from emotionet_tf.storage.paths import as_path
from emotionet_tf.storage.write_locks import only_writer

THRESHOLDS_FILE = "thresholds.json"


def save_thresholds(
    model_dir: str | os.PathLike[str], which: str | None, tuning: Tuning, tuned_on: Mapping[str, Any]
) -> Path:
    """Writes thresholds into the folder of the model whose predictions they were tuned on, and returns the file."""
    network = network_path(model_dir, which)
    path = as_path(model_dir) / THRESHOLDS_FILE
    marks = {"network": network.name, "network_sha256": sha256_of(network)}
    with only_writer(path):
        write_json(path, {**marks, **thresholds_content(tuning, tuned_on)})
    return path


@dataclass(frozen=True)
class TunedOn:
    """The records that a model's thresholds were tuned on; the checksum says whether they are still the same."""

    records_dir: str
    checksum: str


def read_tuned_on(model_dir: str | os.PathLike[str]) -> TunedOn | None:
    """Returns what the thresholds in a model's folder were tuned on; None where that is not known."""
    try:
        content = json.loads((as_path(model_dir) / THRESHOLDS_FILE).read_text(encoding="utf-8"))["tuned_on"]
        return TunedOn(str(content["records_dir"]), str(content["checksum"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def load_thresholds(
    model_dir: str | os.PathLike[str], which: str | None, aus: Sequence[int], *, enabled: bool = True
) -> np.ndarray:
    """Returns a model's thresholds, [AUs] float64; 0.5 for all where none were tuned.

    Args:
      model_dir: The model's folder.
      which: "best" or "last"; None is the best there is.
      aus: The model's AUs.
      enabled: False for 0.5, whatever was tuned.
    Raises:
      UserError: If the thresholds are damaged, or of another network, such as the last where this is the best.
    """
    path = as_path(model_dir) / THRESHOLDS_FILE
    if not enabled or not path.is_file():
        return np.full(len(aus), HALF)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        thresholds = np.array([float(content["thresholds"][au_name(au)]) for au in aus])
        name, checksum = str(content["network"]), str(content["network_sha256"])
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise UserError(f"{path} is damaged; run tune_thresholds again, or remove it") from error
    if not ((thresholds > 0) & (thresholds <= 1)).all():
        raise UserError(f"{path} has a threshold outside (0, 1]; run tune_thresholds again, or remove it")
    network = network_path(model_dir, which)
    if (name, checksum) != (network.name, sha256_of(network)):
        raise UserError(
            f"{path} was tuned for another {name} than this {network.name}; run tune_thresholds again, or give "
            "--nothresholds"
        )
    return thresholds
