"""Repairing a dataset: copies of damaged shards, with a good record of the shard in place of every broken one.

The number of records and the places of the good ones stay the same, and with them a stream's order. A copy depends on
the shards and the list of broken records alone. Undamaged shards are not copied: the `dataset.json` of the repaired
dataset points to them.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from emotionet_tf.errors import UserError
from emotionet_tf.records import dataset_info
from emotionet_tf.records.checking.broken_records import (
    HOW_TO_REPAIR,
    BrokenRecord,
    RecordFolder,
    read_damaged,
)
from emotionet_tf.records.dataset_info import DatasetInfo, LabelInfo, Shard
from emotionet_tf.records.reading.shard_reader import ShardSet
from emotionet_tf.storage import files
from emotionet_tf.storage.paths import as_path, remove_tree

REPAIRED_FOLDER = "repaired_records"
"""Of a run's folder."""
LIST_FILE = "broken_records.csv"
_LABELS = "labels"
_COLUMNS = ("shard", "record", "byte", "problem", "replaced_by")


@dataclass(frozen=True)
class ReplacedRecord:
    """A broken record, and the place, from 0, of the record of its shard that is read instead."""

    broken: BrokenRecord
    replaced_by: int


class Repairs:
    """The repaired datasets of a run, a folder each.

    Args:
      parent: Where they are.
    """

    def __init__(self, parent: Path) -> None:
        self.parent = parent

    def replaced(self, folder: RecordFolder) -> list[ReplacedRecord]:
        """Returns which records of a dataset are replaced; none where there is no repaired copy of it."""
        path = self._path(folder)
        files.restore_folder(path)
        return _read_list(path / LIST_FILE) if (path / LIST_FILE).is_file() else []

    def opened(self, folder: RecordFolder) -> RecordFolder:
        """Returns the repaired copy of a dataset, or, where there is none, the dataset."""
        if not self.replaced(folder):
            return folder
        path = self._path(folder)
        labels_dir = str(path / _LABELS) if folder.labels_dir else None
        return replace(folder, records_dir=str(path), labels_dir=labels_dir)

    def write(self, folder: RecordFolder, broken: Iterable[BrokenRecord]) -> None:
        """Writes the repaired copy of a dataset; records that were replaced before stay replaced.

        A record and its row of the label shard are replaced together, as `replacements` says.

        Raises:
          UserError: If a damaged shard has no good record at all, or cannot be read.
        """
        broken = {*broken, *(record.broken for record in self.replaced(folder))}
        info, labels = _infos(folder)
        # Absolute paths, because the copy is another folder.
        shards = [_elsewhere(folder.records_dir, info.shards_of(folder.view))]
        if labels is not None:
            assert folder.labels_dir is not None
            shards.append(_elsewhere(folder.labels_dir, labels.shards))
        with files.folder_written_aside(self._path(folder)) as aside:
            places = [aside, aside / _LABELS][: len(shards)]
            for place in places:
                place.mkdir(exist_ok=True)
            _write_list(aside / LIST_FILE, _repair(folder.open(check_shards=False), broken, shards, places))
            if labels is not None:
                dataset_info.save_label_info(aside / _LABELS, replace(labels, shards=tuple(shards[1])))
            dataset_info.save_dataset_info(aside, replace(info, views={folder.view: tuple(shards[0])}))

    def keep_only(self, folders: Iterable[RecordFolder]) -> None:
        """Removes the copies of all other datasets: they were written for a call with other settings."""
        kept = {self._path(folder) for folder in folders}
        for path in self.parent.glob("*"):
            if path not in kept:
                remove_tree(path)

    def count(self) -> int:
        """Returns how many records are replaced, in all datasets."""
        lists = self.parent.glob(f"*/{LIST_FILE}")
        return len({record.broken for path in lists for record in _read_list(path)})

    def _path(self, folder: RecordFolder) -> Path:
        """Returns the folder of a dataset's copy; it depends on the dataset's content."""
        info, labels = _infos(folder)
        key = [str(as_path(folder.records_dir).resolve()), info.checksum, folder.view]
        if labels is not None:
            key += [str(folder.labels_dir), labels.checksum]
        digest = hashlib.sha256("\n".join(key).encode()).hexdigest()[:8]
        return self.parent / f"{info.name}-{folder.view}-{digest}"


def replacements(num_examples: int, broken: Iterable[int]) -> list[int]:
    """Returns for each place of a shard the place of the record to read there.

    The n-th of consecutive broken records is replaced by the n-th good one behind them; behind the last record of the
    shard comes its first.

    Raises:
      ValueError: If none is good.
    """
    is_broken = np.zeros(num_examples, bool)
    is_broken[list(broken)] = True
    good = np.flatnonzero(~is_broken)
    if not len(good):
        raise ValueError("no record is good")
    places = np.arange(num_examples)
    last_good = np.maximum.accumulate(np.where(is_broken, -1, places))
    number_in_row = places - last_good - 1
    behind = good[(np.searchsorted(good, places) + number_in_row) % len(good)]
    return np.where(is_broken, behind, places).tolist()


def _infos(folder: RecordFolder) -> tuple[DatasetInfo, LabelInfo | None]:
    info = dataset_info.load_dataset_info(folder.records_dir, check_shards=False)
    if not folder.labels_dir:
        return info, None
    return info, dataset_info.load_label_info(folder.labels_dir, check_shards=False)


def _elsewhere(directory: str, shards: Sequence[Shard]) -> list[Shard]:
    return [replace(shard, file=str(dataset_info.shard_path(directory, shard).resolve())) for shard in shards]


def _repair(
    shard_set: ShardSet, broken: set[BrokenRecord], shards: Sequence[list[Shard]], places: Sequence[Path]
) -> list[ReplacedRecord]:
    """Writes copies of the damaged shards of a dataset.

    Args:
      shard_set: The dataset.
      broken: Its broken records.
      shards: The record shards, and the label shards if there are any; damaged ones are replaced by their copies.
      places: The folders of the copies, of record and of label shards.
    Returns:
      What was replaced.
    """
    replaced = []
    for index, file in enumerate(shard_set.files):
        here = {file, *shard_set.label_files[index : index + 1]}
        of_shard = sorted(
            (record for record in broken if record.file in here),
            key=lambda record: (record.index, record.file),
        )
        if not of_shard:
            continue
        both = read_damaged(shard_set, index)
        bad = {record.index for record in of_shard}
        bad.update(record.index for own in both for record in own.broken)
        if len(bad) == shard_set.counts[index]:
            raise UserError(
                f"{of_shard[0]}; the shard has no good record that could replace others; {HOW_TO_REPAIR}"
            )
        sources = replacements(shard_set.counts[index], bad)
        for records, entries, place in zip(both, shards, places, strict=True):
            path = place / _free_name(place, Path(entries[index].file).name)
            _write_shard(path, [records.data[source] for source in sources])
            entries[index] = dataset_info.describe_shard(path, len(sources))
        replaced += [ReplacedRecord(record, sources[record.index]) for record in of_shard]
    return replaced


def _free_name(place: Path, name: str) -> str:
    """Returns a shard's name that no copy has yet: shards of several folders may have one name."""
    number = 1
    while (place / (name if number == 1 else f"{number}-{name}")).exists():
        number += 1
    return name if number == 1 else f"{number}-{name}"


def _write_shard(path: Path, records: Iterable[bytes | None]) -> None:
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)


def _write_list(path: Path, replaced: Iterable[ReplacedRecord]) -> None:
    """Writes a CSV of replaced records; records are numbered from 1, `byte` is where one begins."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(_COLUMNS)
        for record in replaced:
            broken = record.broken
            offset = "" if broken.offset is None else broken.offset
            table.writerow([broken.file, broken.index + 1, offset, broken.problem, record.replaced_by + 1])


def _read_list(path: Path) -> list[ReplacedRecord]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [_replaced(row) for row in csv.DictReader(file)]
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise UserError(f"{path} is damaged; remove {path.parent}, and it is made again") from error


def _replaced(row: dict[str, str]) -> ReplacedRecord:
    offset = int(row["byte"]) if row["byte"] else None
    broken = BrokenRecord(row["shard"], int(row["record"]) - 1, offset, row["problem"])
    return ReplacedRecord(broken, int(row["replaced_by"]) - 1)
