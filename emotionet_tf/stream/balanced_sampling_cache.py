"""A run's balanced samplings, kept in its folder, because computing one reads all records of a source."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emotionet_tf.records.dataset_info import load_dataset_info, load_label_info
from emotionet_tf.storage.files import written_aside
from emotionet_tf.storage.paths import as_path
from emotionet_tf.stream.balanced_sampling import BalancedSampling, balance_source
from emotionet_tf.stream.sources import Source

_ARRAYS = ("rates", "positives", "known", "shares_before")


def kept_or_balanced(
    source: Source, aus: Sequence[int], path: Path, view: str | None = None
) -> BalancedSampling:
    """Returns a source's balanced sampling, from the file if it was made of these records, labels and AUs.

    Args:
      source: The dataset, and where its labels come from.
      aus: The AUs that are learned.
      path: Of `keep_sampling`; need not exist.
      view: Whose records are read; None for any.
    Raises:
      UserError: If a folder of the source is missing or damaged.
    """
    path = as_path(path)
    if path.is_file():
        try:
            with path.open("rb") as file, np.load(file) as kept:
                if str(kept["made_from"]) == _made_from(source, aus):
                    return BalancedSampling(tuple(aus), **{name: kept[name] for name in _ARRAYS})
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            pass  # a damaged file is written again
    return balance_source(source, aus, view)


def keep_sampling(source: Source, sampling: BalancedSampling, path: Path) -> None:
    """Writes a source's balanced sampling, 8 bytes an example, unless there is a file already."""
    path = as_path(path)
    if path.is_file():
        return
    arrays = {name: getattr(sampling, name) for name in _ARRAYS}
    with written_aside(path) as aside, aside.open("wb") as file:
        np.savez(file, made_from=_made_from(source, sampling.aus), **arrays)


def _made_from(source: Source, aus: Sequence[int]) -> str:
    records = load_dataset_info(source.records_dir, check_shards=False).checksum
    labels = load_label_info(source.labels_dir, check_shards=False).checksum if source.labels_dir else "own"
    return f"records {records}, labels {labels}, AUs {list(aus)}"
