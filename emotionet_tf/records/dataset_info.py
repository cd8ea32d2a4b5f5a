"""`dataset.json` and `labels.json`: what a folder of records, or of label shards, holds.

The file is written last, so that a folder with one is whole.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from emotionet_tf.action_units import ACTION_UNITS, FRAMINGS
from emotionet_tf.au_sets import EMOTIONET
from emotionet_tf.errors import UserError
from emotionet_tf.json_fields import check_field_types
from emotionet_tf.storage import files
from emotionet_tf.storage.paths import as_path

DATASET_FILE = "dataset.json"
LABELS_FILE = "labels.json"
ROWS_FILE = "rows.csv"
"""All usable rows of a dataset with their labels, with and without a face."""
REJECTED_FILE = "rejected.csv"
"""Rows that became no record, with their reasons."""

_Entry = TypeVar("_Entry")


class DamagedShardError(UserError):
    """A shard does not have the length that it was written with."""


@dataclass(frozen=True)
class Shard:
    """One TFRecord file of a folder.

    Attributes:
      file: Its name there; a whole path where it lies in another folder.
      num_examples: Its records.
      num_bytes: Its length.
      sha256: Checksum of its content.
    """

    file: str
    num_examples: int
    num_bytes: int
    sha256: str


@dataclass(frozen=True)
class DatasetInfo:
    """A dataset's records: the same examples, in the same shards and order, once per view.

    Attributes:
      name: The dataset's name, e.g. "opt-train".
      views: Per view the shards, in order.
      num_examples: Records of each view: rows with a face.
      num_rows: Rows of the label lists that belong to this dataset: records + without face + rejected.
      num_without_face: Rows in whose photo no face was found; they are in `rows.csv`, and in `rejected.csv` with
        their lines.
      num_rejected: Rows that could not be used; they are only in `rejected.csv`.
      crop_size_px: Side of the stored crops.
      known: Per AU name the number of records with a known label.
      positives: Per AU name the number of known records with label 1.
      mean_angles: Mean pitch, yaw, roll in radians over the records where they are known; 0 where none is.
      order_sha256: Checksum of the example ids in their order, shard by shard.
      settings: What the folder was made from and how.
      versions: Versions of the packages that made it.
      classes: Names of the classes, in the order of the records' `class_index`; empty where records have no class.
      class_counts: Records of each class.
      framing: What placed the faces in the crops, one of `FRAMINGS`.
      au_set: The name of the records' AU set, as of `au_sets.AU_SETS`.
      aus: The AUs of the set: the columns of the records' labels.
      intensities: Per AU name the number of records with a known intensity; empty where records have none.
    """

    name: str
    views: Mapping[str, tuple[Shard, ...]]
    num_examples: int
    num_rows: int
    num_without_face: int
    num_rejected: int
    crop_size_px: int
    known: Mapping[str, float]
    positives: Mapping[str, float]
    mean_angles: tuple[float, float, float]
    order_sha256: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    class_counts: tuple[int, ...] = ()
    framing: str = FRAMINGS[0]
    au_set: str = EMOTIONET
    aus: tuple[int, ...] = ACTION_UNITS
    intensities: Mapping[str, float] = field(default_factory=dict)

    def shards_of(self, view: str) -> tuple[Shard, ...]:
        """Returns a view's shards; raises UserError naming the views there are."""
        if view not in self.views:
            raise UserError(f"dataset {self.name} has no view '{view}'; it has {', '.join(self.views)}")
        return self.views[view]

    @property
    def checksum(self) -> str:
        """Checksum of everything that the shards of all views hold."""
        return _checksum([shard for shards in self.views.values() for shard in shards])


@dataclass(frozen=True)
class LabelInfo:
    """Label shards: other labels for the examples of a dataset, with its shard numbers and order.

    Attributes:
      dataset: Name of the dataset whose examples are labelled.
      order_sha256: That dataset's `order_sha256`.
      teacher: What the labels come from, e.g. a model's folder.
      is_soft: Whether labels are probabilities; otherwise they are 0 or 1.
      shards: The shards, in order.
      num_examples: Rows in all shards.
      known: Per AU name the number of known labels.
      positives: Per AU name the sum of the known labels.
      versions: Versions of the packages that made them.
      aus: The columns of the labels.
    """

    dataset: str
    order_sha256: str
    teacher: str
    is_soft: bool
    shards: tuple[Shard, ...]
    num_examples: int
    known: Mapping[str, float]
    positives: Mapping[str, float]
    versions: Mapping[str, str] = field(default_factory=dict)
    aus: tuple[int, ...] = ACTION_UNITS

    @property
    def checksum(self) -> str:
        """Checksum of everything that the shards hold."""
        return _checksum(self.shards)


def save_dataset_info(directory: str | os.PathLike[str], info: DatasetInfo) -> None:
    """Writes `dataset.json`, the last file: a folder that has it is whole."""
    files.write_json(as_path(directory) / DATASET_FILE, dataclasses.asdict(info))


def save_label_info(directory: str | os.PathLike[str], info: LabelInfo) -> None:
    """Writes `labels.json`, the last file: a folder that has it is whole."""
    files.write_json(as_path(directory) / LABELS_FILE, dataclasses.asdict(info))


def load_dataset_info(directory: str | os.PathLike[str], *, check_shards: bool = True) -> DatasetInfo:
    """Reads a records folder's `dataset.json` and checks that its shards are there in full length.

    Args:
      directory: The folder.
      check_shards: Whether to look at the shards.
    Raises:
      UserError: If it is not a records folder, or a shard is missing, cut off or miscounted.
    """
    content = _load(directory, DATASET_FILE, "records folder", "tfrecords_tools.prepare or write_records")
    path = as_path(directory) / DATASET_FILE
    views = _views(content.get("views", {}), path)
    # Folders from before there were classes, crops by the box, other AU sets, or intensities, lack these entries.
    content = {"framing": FRAMINGS[0], "au_set": EMOTIONET, "aus": ACTION_UNITS, "intensities": {}, **content}
    names = ("mean_angles", "classes", "class_counts", "aus")
    lists = {name: _tuple(content.get(name, ()), name, path) for name in names}
    info = _build(DatasetInfo, {**content, "views": views, **lists}, path)
    for view, shards in info.views.items() if check_shards else ():
        _check_shards(directory, shards, info.num_examples, view)
    return info


def load_labelled_info(folder: str | os.PathLike[str]) -> DatasetInfo:
    """Returns a records folder's description as `load_dataset_info`, of records that have labels to learn or score.

    Raises:
      UserError: Also if none of its records has a known AU.
    """
    info = load_dataset_info(folder)
    if not any(info.known.values()):
        kind = "class records, which pretrain takes" if info.classes else "write_records makes others"
        raise UserError(f"{folder}: none of its records has a known AU; {kind}")
    return info


def load_label_info(directory: str | os.PathLike[str], *, check_shards: bool = True) -> LabelInfo:
    """Reads a label folder's `labels.json` and checks that its shards are there in full length.

    Args:
      directory: The folder.
      check_shards: Whether to look at the shards.
    Raises:
      UserError: If it is not a folder of label shards, or a shard is missing, cut off or miscounted.
    """
    content = _load(directory, LABELS_FILE, "folder of label shards", "emotionet_tf.bin.pseudo_label")
    path = as_path(directory) / LABELS_FILE
    shards = _shards(content.get("shards", ()), path)
    aus = _tuple(content.get("aus", ACTION_UNITS), "aus", path)
    info = _build(LabelInfo, {**content, "shards": shards, "aus": aus}, path)
    if check_shards:
        _check_shards(directory, info.shards, info.num_examples, "labels")
    return info


def shard_path(directory: str | os.PathLike[str], shard: Shard) -> Path:
    """Returns where a folder's shard is."""
    path = as_path(shard.file)
    return path if path.is_absolute() else as_path(directory) / path


def check_labels_fit(labels: LabelInfo, labels_dir: str, dataset: DatasetInfo, records_dir: str) -> None:
    """Raises UserError unless label shards belong to the examples of a dataset, in its shards and order."""
    counts = [shard.num_examples for shard in labels.shards]
    fits = all(counts == [shard.num_examples for shard in shards] for shards in dataset.views.values())
    if not fits or labels.order_sha256 != dataset.order_sha256:
        raise UserError(
            f"{labels_dir}: label shards of dataset {labels.dataset} with {labels.num_examples} examples "
            f"do not fit {records_dir} ({dataset.num_examples} examples); make them again from these records"
        )


def describe_shard(path: str | os.PathLike[str], num_examples: int, *, name: str | None = None) -> Shard:
    """Returns the entry of a shard; `name` is its final file name where `path` is a temporary file."""
    path = as_path(path)
    return Shard(name or path.name, num_examples, path.stat().st_size, files.sha256_of(path))


class OrderChecksum:
    """A checksum of ids and shard borders: where it is the same, so are examples, shards and order."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, example_id: str) -> None:
        """Adds the next example of a shard."""
        self._digest.update(f"{example_id}\n".encode())

    def end_shard(self) -> None:
        """Ends a shard."""
        self._digest.update(b"\0")

    def hexdigest(self) -> str:
        """Returns the checksum of what was added so far."""
        return self._digest.hexdigest()


def order_checksum(ids_by_shard: Iterable[Iterable[str]]) -> str:
    """Returns the `OrderChecksum` of the ids of all shards."""
    checksum = OrderChecksum()
    for ids in ids_by_shard:
        for example_id in ids:
            checksum.add(example_id)
        checksum.end_shard()
    return checksum.hexdigest()


def _checksum(shards: Iterable[Shard]) -> str:
    return hashlib.sha256("".join(shard.sha256 for shard in shards).encode()).hexdigest()


def _load(directory: str | os.PathLike[str], name: str, kind: str, maker: str) -> dict[str, Any]:
    path = as_path(directory) / name
    if not path.is_file():
        inside = sorted(str(found.parent) for found in as_path(directory).glob(f"*/{name}"))
        hint = f"; did you mean {' or '.join(inside[:4])}?" if inside else f"; {maker} makes one"
        raise UserError(f"{directory} is not a {kind}: it has no {name}{hint}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise UserError(f"{path} is not readable JSON; make the folder again with {maker}")
    return content


def _build(cls: type[_Entry], content: Mapping[str, Any], path: Path) -> _Entry:
    names = {entry.name for entry in dataclasses.fields(cls)}  # type: ignore[arg-type]
    if set(content) != names:
        unexpected = ", ".join(
            name if name.isprintable() else repr(name) for name in sorted(set(content) ^ names)
        )
        raise UserError(f"{path}: missing or unknown entries: {unexpected}; make the folder again")
    try:
        check_field_types(cls, content)
    except ValueError as error:
        raise UserError(f"{path}: {error}; make the folder again") from error
    return cls(**content)


def _views(content: Any, path: Path) -> dict[str, tuple[Shard, ...]]:
    if not isinstance(content, dict):
        raise UserError(f"{path}: views is no object; make the folder again")
    return {view: _shards(shards, path) for view, shards in content.items()}


def _shards(entries: Any, path: Path) -> tuple[Shard, ...]:
    shards = _tuple(entries, "shards", path)
    if wrong := [entry for entry in shards if not isinstance(entry, dict)]:
        raise UserError(f"{path}: a shard is {str(wrong[0])[:60]!r}, no object; make the folder again")
    built = tuple(_build(Shard, entry, path) for entry in shards)
    if nameless := [shard.file for shard in built if not shard.file.strip() or not shard.file.isprintable()]:
        raise UserError(f"{path}: {nameless[0]!r} is not a shard's file; make the folder again")
    return built


def _tuple(content: Any, name: str, path: Path) -> tuple[Any, ...]:
    if not isinstance(content, list | tuple):
        raise UserError(f"{path}: {name} is no list; make the folder again")
    return tuple(content)


def _check_shards(
    directory: str | os.PathLike[str], shards: tuple[Shard, ...], num_examples: int, view: str
) -> None:
    for shard in shards:
        path = shard_path(directory, shard)
        try:
            size = path.stat().st_size  # of a thousand files on a remote disk: one request each
        except FileNotFoundError as error:
            raise UserError(f"{path}: the shard is missing") from error
        except OSError as error:
            raise UserError(f"{path}: the shard cannot be read: {error.strerror}") from error
        if size != shard.num_bytes:
            if not path.is_file():
                raise UserError(f"{path}: the shard is not a file")
            raise DamagedShardError(
                f"{path}{_first_damage(path)}: the shard has {size} bytes instead of {shard.num_bytes}; it is damaged"
            )
    counted = sum(shard.num_examples for shard in shards)
    if counted != num_examples:
        raise UserError(f"{directory}: the {view} shards hold {counted} examples instead of {num_examples}")


def _first_damage(path: Path) -> str:
    """Returns which record of a shard is the first that cannot be read, for a message."""
    # Brings NumPy, which --help has no use for.
    from emotionet_tf.records.reading.tfrecord_frames import read_frames

    num_records = 0
    for frame in read_frames(path, verify=True):
        if frame.problem:
            return f", record {num_records + 1}, byte {frame.offset}: {frame.problem}"
        num_records += 1
    return f", behind record {num_records}"
