"""Training on records of which some are broken: the run names them, and resumes without them where it may."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from tensorflow import keras

from emotionet_tf.errors import StoppedError, UserError
from emotionet_tf.records.checking.broken_records import (
    HOW_TO_REPAIR,
    BrokenRecord,
    RecordFolder,
    describe_broken,
    find_broken_records,
)
from emotionet_tf.records.checking.repair import LIST_FILE, REPAIRED_FOLDER, Repairs, ReplacedRecord
from emotionet_tf.records.fields import CLASS_FIELDS
from emotionet_tf.storage.paths import as_path
from emotionet_tf.training.device_choice import read_cluster
from emotionet_tf.training.pretrain_config import PretrainConfig
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.train_config import TrainConfig

_NUM_PRINTED = 10

_Config = TypeVar("_Config", TrainConfig, PretrainConfig)


class RecordRecovery(Generic[_Config]):
    """What a run does about broken records: names them, or has good ones in their place and resumes.

    Up to `options.max_bad_records` broken records, of training and validation data together, are replaced by good ones
    of their shard: in copies of the damaged shards in the run's folder. Every later call reads the copies as well, even
    once the shards are repaired, so that the run ends with the same bits wherever it met the records. A list is
    beside them.

    Args:
      config: The run.
      options: How it is carried out.
    """

    def __init__(self, config: _Config, options: RunOptions):
        self._config: _Config = config
        self._options = options
        self._cluster = read_cluster(os.environ)
        # Workers meet broken records at different times: each has copies of its own, which are the same.
        own = "" if self._cluster.is_chief else f"_of_worker_{self._cluster.index}"
        self._repairs = Repairs(as_path(config.output_dir) / f"{REPAIRED_FOLDER}{own}")
        self._folders = record_folders(config)

    def readable_config(self) -> _Config:
        """Returns the configuration that reads the copies of the shards that were damaged, and says so.

        Raises:
          UserError: If more records were replaced than may be.
        """
        replaced = self._replaced()
        self._refuse_too_many([record.broken for record in replaced])
        if replaced:
            num_shards = len({record.broken.file for record in replaced})
            print(
                f"{len(replaced)} broken record{'s' * (len(replaced) > 1)} of {num_shards} "
                f"shard{'s' * (num_shards > 1)} replaced by their neighbours: see {LIST_FILE} in "
                f"{self._repairs.parent}/*"
            )
        return _reading(self._config, {folder: self._repairs.opened(folder) for folder in self._folders})

    def replace_broken_records(self, error: Exception) -> None:
        """Finds the broken records and has good ones in their place, so that the run can be resumed.

        Args:
          error: What training ended with; raised again if no broken record explains it.
        Raises:
          UserError: If more records are broken than may be replaced; the newest checkpoint stays as it is.
          StoppedError: If the run's several workers have to start again, to read the copies.
        """
        print(f"\nstopped by {type(error).__name__}: looking for broken records", flush=True)
        broken = find_broken_records(self._folders)
        found = list(dict.fromkeys(record for records in broken.values() for record in records))
        known = {(record.broken.file, record.broken.index) for record in self._replaced()}
        if all((record.file, record.index) in known for record in found):
            raise error
        for record in found[:_NUM_PRINTED]:
            print(record)
        self._refuse_too_many(found, error)
        self._repairs.keep_only(self._folders)
        for folder, records in broken.items():
            if records:
                self._repairs.write(folder, records)
        if self._cluster.num_workers > 1:
            raise StoppedError("broken records are replaced; the same command on all workers resumes the run")
        # Else the second network's layers would have other names than an undisturbed run's.
        keras.backend.clear_session()

    def _replaced(self) -> list[ReplacedRecord]:
        # Two sources may share a folder.
        return list(
            dict.fromkeys(record for folder in self._folders for record in self._repairs.replaced(folder))
        )

    def _refuse_too_many(self, broken: Sequence[BrokenRecord], cause: Exception | None = None) -> None:
        if len(broken) > self._options.max_bad_records:
            raise UserError(
                f"{describe_broken(broken)}; {HOW_TO_REPAIR}, and the same command resumes; or let good records of "
                f"the shard replace them: --max_bad_records={len(broken)}"
            ) from cause


def record_folders(config: TrainConfig | PretrainConfig) -> list[RecordFolder]:
    """Returns the datasets that a run reads."""
    if isinstance(config, PretrainConfig):
        return [
            RecordFolder(records_dir, config.view, fields=CLASS_FIELDS)
            for records_dir in (config.records_dir, config.val_records_dir)
            if records_dir
        ]
    view = config.view or config.au_group.view
    folders = [RecordFolder(source.records_dir, view, source.labels_dir) for source in config.sources]
    if config.val_records_dir:
        folders.append(RecordFolder(config.val_records_dir, view))
    return list(dict.fromkeys(folders))


def _reading(config: _Config, folder_of: Mapping[RecordFolder, RecordFolder]) -> _Config:
    """Returns a run's configuration with other folders to read."""
    places = {
        (folder.records_dir, folder.labels_dir): (read.records_dir, read.labels_dir)
        for folder, read in folder_of.items()
    }
    changes: dict[str, Any] = {}
    if config.val_records_dir:
        changes["val_records_dir"] = places[config.val_records_dir, None][0]
    if isinstance(config, PretrainConfig):
        changes["records_dir"] = places[config.records_dir, None][0]
    else:
        changes["sources"] = tuple(
            dataclasses.replace(source, records_dir=records_dir, labels_dir=labels_dir)
            for source in config.sources
            for records_dir, labels_dir in [places[source.records_dir, source.labels_dir]]
        )
    return dataclasses.replace(config, **changes)
