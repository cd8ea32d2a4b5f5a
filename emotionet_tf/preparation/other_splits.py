"""Folders of the same dataset, divided otherwise, that lie beside those of a run: their photos overlap."""

from __future__ import annotations

from collections.abc import Iterator

from emotionet_tf.errors import UserError
from emotionet_tf.preparation.config import PrepareConfig
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.records.splits import Split
from emotionet_tf.storage.paths import as_path


def overlapping_folders(config: PrepareConfig) -> Iterator[str]:
    """Yields a line for each records folder of the dataset by another division.

    They are never removed: both kinds side by side are what some of the papers' rows need, and a training may read one.
    """
    own = config.split.names(config.dataset)
    for split in (Split(), Split(0.5)):
        for name in split.names(config.dataset):
            folder = as_path(config.output_dir) / name
            if name in own:
                continue
            try:
                val_fraction = load_dataset_info(folder, check_shards=False).settings.get("val_fraction")
            except UserError:
                continue
            yield (
                f"warning: {folder}, of an earlier run with --val_fraction={val_fraction}, has the same photos as "
                f"{' and '.join(own)}: do not train on one and validate on another; remove it where it is not needed"
            )
