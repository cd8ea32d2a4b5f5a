"""The splits of a dataset as records folders: a folder that is up to date is kept, any other is written."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from emotionet_tf.console.progress import CountLine
from emotionet_tf.errors import UserError, stop_says
from emotionet_tf.faces.table import FACE_TABLE_NAME, FaceRow, read_face_table
from emotionet_tf.label_lists.rejection_reasons import NO_FACE, RejectedRow
from emotionet_tf.records import dataset_info
from emotionet_tf.records.dataset_info import ROWS_FILE, DatasetInfo
from emotionet_tf.records.split_groups import SplitGroups
from emotionet_tf.records.splits import Split, shard_and_rank
from emotionet_tf.records.writing.crop_files import crop_lengths_checksum, expected_crop_size, read_crops
from emotionet_tf.records.writing.csv_tables import (
    no_record_error,
    print_summary,
    write_tables,
)
from emotionet_tf.records.writing.dataset_settings import DatasetSettings
from emotionet_tf.records.writing.labelled_faces import JoinedRows, LabelledFace
from emotionet_tf.records.writing.up_to_date_folders import CROPS_SETTING, up_to_date_folder
from emotionet_tf.settings import setting
from emotionet_tf.storage import files
from emotionet_tf.storage.paths import as_path
from emotionet_tf.storage.write_locks import only_writer

_ROWS_PER_SHARD = 2048
# Of an automatic number of shards; about 40 MB a view.


def automatic_shards(num_rows: int) -> int:
    """Returns the number of shards of so many rows with a photo, whether or not a face is found in it."""
    return max(1, -(-num_rows // _ROWS_PER_SHARD))


@dataclass(frozen=True, kw_only=True)
class DatasetConfig(DatasetSettings):
    """What records of aligned faces are made with."""

    faces_dir: str = setting(MISSING, "Output folder of tfrecords_tools.align_faces: crops and faces.csv.")


def read_faces(config: DatasetConfig) -> list[FaceRow]:
    """Checks the configuration and returns the face table.

    Raises:
      UserError: If a value or the table is invalid, or a split's folder is something else.
    """
    check_splits(config.dataset, config.output_dir, config.split, config.num_shards)
    return read_face_table(as_path(config.faces_dir) / FACE_TABLE_NAME)


def print_unused(config: DatasetConfig, faces: Sequence[FaceRow], joined: JoinedRows, what: str) -> None:
    """Prints how many photos of the face table no list names."""
    num_unused = sum(face.face_index == 0 for face in faces) - len(joined.rows)
    if num_unused:
        table = as_path(config.faces_dir) / FACE_TABLE_NAME
        print(f"{num_unused} photos of {table} have no {what} and are left out")


def write_splits(
    config: DatasetConfig,
    faces: Sequence[FaceRow],
    joined: JoinedRows,
    split_of: Callable[[str, str, str], str],
    inputs: Mapping[str, Any],
    classes: tuple[str, ...] = (),
    names: Sequence[str] | None = None,
) -> list[DatasetInfo]:
    """Writes a records folder for each split of a dataset; a folder that is up to date is kept.

    A folder holds a TFRecord shard per number and view, `rows.csv` (labels of all usable rows, with and without a
    face), `rejected.csv` (rows that became no record, also those without a face), and `dataset.json`. It depends on the
    inputs, not on the order of their rows.

    Args:
      config: The dataset and its splits.
      faces: The face table.
      joined: The rows of all splits.
      split_of: Returns the split of an example id, a photo's relative path and a person, also of rejected rows.
      inputs: What else decides the records, such as checksums of the lists.
      classes: The classes' names, where records have one.
      names: The splits that `split_of` returns; None for those of the configuration.
    Raises:
      UserError: If a split would hold no record, or another run writes one.
    """
    crops = crop_lengths_checksum(as_path(config.faces_dir), (row.face for row in joined.rows))
    settings = {**_settings(config, inputs), CROPS_SETTING: crops}
    crop_size_px = expected_crop_size(as_path(config.faces_dir), faces)
    if names is None:
        names = config.split.names(config.dataset)
        _check_groups(config, joined, split_of)
    rows_of = {name: JoinedRows([], [], aus=joined.aus) for name in names}
    for row in joined.rows:
        rows_of[split_of(row.label.example_id, row.face.photo, row.label.person)].rows.append(row)
    for bad in joined.rejected:
        rows_of[split_of(bad.example_id, bad.photo, bad.person)].rejected.append(bad)
    infos = []
    for name, rows in rows_of.items():
        folder = as_path(config.output_dir) / name
        with only_writer(folder), stop_says(partial(_kept, folder)):
            info = up_to_date_folder(folder, settings)
            if info and _has_repaired_crops(folder, info, rows, as_path(config.faces_dir)):
                print(f"{folder} is made again: some crops that could not be used before can be used now")
                info = None
            if info:
                print(f"{folder} is up to date")
            else:
                info = _write_split(folder, rows, config, settings, crop_size_px, classes)
        print_summary(info, folder)
        infos.append(info)
    return infos


def _kept(folder: Path) -> str:
    how = "is as it was" if folder.is_dir() else "is not there yet"
    return f"{folder} {how}, the same command writes it whole, and keeps the folders before it"


def _check_groups(
    config: DatasetConfig, joined: JoinedRows, split_of: Callable[[str, str, str], str]
) -> None:
    """Prints what the splits have in common; raises UserError if one would be empty."""
    groups = SplitGroups(config.split, config.dataset)
    for row in joined.rows:
        # A split of photos without a face would hold no record.
        if row.face.found:
            name = split_of(row.label.example_id, row.face.photo, row.label.person)
            groups.add(name, row.label.example_id, row.face.photo, row.label.person)
    groups.check()
    for line in groups.lines():
        print(line)


def check_splits(dataset: str, output_dir: str, split: Split, num_shards: int) -> None:
    """Raises UserError if a value is invalid, or a split's folder is something else."""
    if num_shards < 0:
        raise UserError(f"num_shards must be 1 or more, or 0 for an automatic number, got {num_shards}")
    if not re.fullmatch(r"[^./\\\s][^/\\]*", dataset):
        raise UserError(
            f"dataset '{dataset}' is not a folder's name; expected one without / and \\, not starting with a dot"
        )
    check_folders(output_dir, split.names(dataset))


def check_folders(output_dir: str, names: Iterable[str]) -> None:
    """Raises UserError if a folder that records are to be written to is something else."""
    for name in names:
        files.check_replaceable(as_path(output_dir) / name, dataset_info.DATASET_FILE, "records folder")


def _settings(config: DatasetConfig, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the settings that decide the records, with checksums of the tables of faces."""
    tables = [
        *sorted(as_path(config.faces_dir).glob("*.csv")),
        *sorted(as_path(config.faces_dir).glob("*.json")),
    ]
    return {
        "faces": {path.name: files.sha256_of(path) for path in tables},
        **inputs,
        "val_fraction": config.split.val_fraction,
        "seed": config.split.seed,
        "split_by": config.split.split_by,
        "num_shards": config.num_shards,
    }


def _has_repaired_crops(folder: Path, info: DatasetInfo, joined: JoinedRows, faces_dir: Path) -> bool:
    """Returns whether a row whose crops were rejected has usable crops now."""
    if info.num_rejected == len(joined.rejected) + len(_unreadable(joined.rows)):
        return False
    if not (folder / ROWS_FILE).is_file():
        return True
    with (folder / ROWS_FILE).open(encoding="utf-8", newline="") as file:
        used = {row["id"] for row in csv.DictReader(file)}
    return any(
        not read_crops(faces_dir, row.face).problem_for(info.crop_size_px)
        for row in joined.rows
        if row.face.found and row.label.example_id not in used
    )


def _write_split(
    folder: Path,
    joined: JoinedRows,
    config: DatasetConfig,
    settings: dict[str, Any],
    crop_size_px: int,
    classes: tuple[str, ...],
) -> DatasetInfo:
    from emotionet_tf.records.writing.shard_writer import (
        RecordShardWriter,  # imports TensorFlow, which takes seconds
    )

    name = folder.name
    faces = [row for row in joined.rows if row.face.found]
    by_shard = _rows_by_shard(faces, config.num_shards or automatic_shards(len(joined.rows)))
    with files.folder_written_aside(folder) as aside:
        line = CountLine(f"photos of {name}")
        line(0, len(faces))
        writer = RecordShardWriter(
            aside,
            as_path(config.faces_dir),
            num_shards=len(by_shard),
            crop_size_px=crop_size_px,
            progress=lambda done: line(done, len(faces)),
            classes=classes,
            aus=joined.aus,
        )
        for index, rows in enumerate(by_shard):
            writer.write(index, rows)
        if not writer.num_examples:
            num_rows = len(joined.rows) + len(joined.rejected)
            num_faceless = sum(not row.face.found and row.face.why_unreadable is None for row in joined.rows)
            raise no_record_error(
                name, num_rows, num_faceless, joined.rejected + writer.rejected + _unreadable(joined.rows)
            )
        bad = {row.example_id for row in writer.rejected}
        usable = [
            row for row in joined.rows if row.face.why_unreadable is None and row.label.example_id not in bad
        ]
        rejected = joined.rejected + writer.rejected + _unreadable(joined.rows)
        faceless = [row.rejected(NO_FACE) for row in usable if not row.face.found]
        write_tables(aside, usable, rejected + faceless, joined.aus)
        info = writer.describe(name, len(usable), rejected, settings)
        dataset_info.save_dataset_info(aside, info)
    return info


def _rows_by_shard(rows: Iterable[LabelledFace], num_shards: int) -> list[list[LabelledFace]]:
    """Returns the rows of each shard, in their order there."""
    by_shard: list[list[LabelledFace]] = [[] for _ in range(num_shards)]
    ranked = ((*shard_and_rank(row.label.example_id, num_shards), row) for row in rows)
    for shard, _, row in sorted(ranked, key=lambda entry: entry[:2]):
        by_shard[shard].append(row)
    return by_shard


def _unreadable(rows: Iterable[LabelledFace]) -> list[RejectedRow]:
    return [row.rejected(row.face.reason) for row in rows if row.face.why_unreadable is not None]
