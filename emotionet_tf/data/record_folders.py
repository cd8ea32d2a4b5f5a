"""Records folders: crops and label lists to sharded TFRecords, one folder a dataset."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from emotionet_tf import files
from emotionet_tf.data import dataset_info
from emotionet_tf.data.crop_files import expected_crop_size, read_crops
from emotionet_tf.data.dataset_info import DatasetInfo
from emotionet_tf.data.labelled_faces import (
    JoinedRows,
    LabelledFace,
    RejectedRow,
    expand_label_files,
    join_labels,
    reason_counts,
)
from emotionet_tf.data.record_shards import RecordShardWriter
from emotionet_tf.data.splits import Split, shard_and_rank
from emotionet_tf.errors import UserError
from emotionet_tf.faces.face_table import FACE_TABLE_NAME, read_face_table
from emotionet_tf.label_lists.plain_csv import write_plain_csv
from emotionet_tf.progress import CountLine

ROWS_FILE = "rows.csv"
REJECTED_FILE = "rejected.csv"
EXAMPLES_PER_SHARD = 2048
"""Of an automatic number of shards; about 40 MB a view."""


@dataclass(frozen=True)
class RecordsConfig:
    """What to make records of.

    Attributes:
      faces_dir: Output folder of `align_faces`: the face table and the crops.
      label_files: Label lists, or `*` patterns of them.
      dataset: The dataset's name; its records folder is `output_dir/dataset`.
      output_dir: Folder of the datasets.
      split: Its division into training and validation part.
      num_shards: TFRecord files of each dataset and view; 0 is one for each 2048 photos.
    """

    faces_dir: str
    label_files: tuple[str, ...]
    dataset: str
    output_dir: str
    split: Split = field(default_factory=Split)
    num_shards: int = 0


def write_records(config: RecordsConfig) -> list[DatasetInfo]:
    """Writes a records folder for each part of a dataset; a folder that is already there as wanted is kept.

    A folder holds a TFRecord shard per number and view, `rows.csv` (labels of all usable rows, with and without a
    face), `rejected.csv`, and `dataset.json`. It is a function of the inputs, not of their rows' order.

    Raises:
      UserError: If an input is at fault, a part would hold no record, or the output folder is something else.
    """
    _check(config)
    table = Path(config.faces_dir) / FACE_TABLE_NAME
    faces = read_face_table(table)
    label_files = expand_label_files(config.label_files)
    joined = join_labels(label_files, faces, config.faces_dir)
    settings = _settings(config, label_files)
    num_unused = sum(face.face_index == 0 for face in faces) - len(joined.rows)
    if num_unused:
        print(f"{num_unused} photos of {table} have no labels and are left out")
    crop_size_px = expected_crop_size(Path(config.faces_dir), faces)
    infos = []
    for part in config.split.parts(config.dataset):
        folder = Path(config.output_dir) / part
        rows = _rows_of_part(joined, config, part)
        info = _existing(folder, settings)
        if info and _some_crops_are_mended(folder, info, rows, Path(config.faces_dir)):
            print(f"{folder}: writing anew, for crops that could not be used before")
            info = None
        if info:
            print(f"{folder} is up to date")
        else:
            info = _write_part(folder, rows, config, settings, crop_size_px)
        _print_summary(info, folder)
        infos.append(info)
    return infos


def _check(config: RecordsConfig) -> None:
    if config.num_shards < 0:
        raise UserError(f"num_shards is 1 or more, or 0 for an automatic number, got {config.num_shards}")
    if not re.fullmatch(r"[^./\\\s][^/\\]*", config.dataset):
        raise UserError(
            f"dataset '{config.dataset}' is no folder's name; expected one without / and \\, not starting with a dot"
        )
    for part in config.split.parts(config.dataset):
        files.check_replaceable(Path(config.output_dir) / part, dataset_info.DATASET_FILE, "records folder")


def _settings(config: RecordsConfig, label_files: list[str]) -> dict[str, Any]:
    """Returns what decides the records, with checksums of the inputs."""
    inputs = [*sorted(Path(config.faces_dir).glob("*.csv")), *sorted(Path(config.faces_dir).glob("*.json"))]
    return {
        "faces": {path.name: files.sha256_of(path) for path in inputs},
        "labels": {file: files.sha256_of(file) for file in label_files},
        "val_fraction": config.split.val_fraction,
        "seed": config.split.seed,
        "split_by": config.split.split_by,
        "num_shards": config.num_shards,
    }


def _existing(folder: Path, settings: dict[str, Any]) -> DatasetInfo | None:
    """Returns a folder's description if it is whole and of the same settings."""
    files.restore_folder(folder)
    if not (folder / dataset_info.DATASET_FILE).is_file():
        return None
    try:
        info = dataset_info.load_dataset_info(folder)
    except UserError as error:
        print(f"writing anew: {error}")
        return None
    changed = [name for name in settings if info.settings.get(name) != settings[name]]
    if changed:
        print(f"{folder}: writing anew, changed: {', '.join(changed)}")
    return None if changed else info


def _some_crops_are_mended(folder: Path, info: DatasetInfo, joined: JoinedRows, faces_dir: Path) -> bool:
    """Tells whether a row whose crops were rejected has usable ones by now."""
    if info.num_rejected == len(joined.rejected):
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


def _rows_of_part(joined: JoinedRows, config: RecordsConfig, part: str) -> JoinedRows:
    split = config.split

    def is_inside(example_id: str, photo: str) -> bool:
        return split.part_of(config.dataset, example_id, photo) == part

    return JoinedRows(
        [row for row in joined.rows if is_inside(row.label.example_id, row.face.photo)],
        [row for row in joined.rejected if is_inside(row.example_id, row.photo)],
    )


def _write_part(
    folder: Path, joined: JoinedRows, config: RecordsConfig, settings: dict[str, Any], crop_size_px: int
) -> DatasetInfo:
    name = folder.name
    faces = [row for row in joined.rows if row.face.found]
    num_shards = config.num_shards or max(1, -(-len(faces) // EXAMPLES_PER_SHARD))
    by_shard: list[list[LabelledFace]] = [[] for _ in range(num_shards)]
    for row in sorted(faces, key=lambda row: shard_and_rank(row.label.example_id, num_shards)):
        by_shard[shard_and_rank(row.label.example_id, num_shards)[0]].append(row)
    with files.folder_written_aside(folder) as aside:
        line = CountLine(f"photos of {name}")
        line(0, len(faces))
        writer = RecordShardWriter(
            aside,
            Path(config.faces_dir),
            num_shards=num_shards,
            crop_size_px=crop_size_px,
            progress=lambda done: line(done, len(faces)),
        )
        for index, rows in enumerate(by_shard):
            writer.write(index, rows)
        if not writer.num_examples:
            raise UserError(
                f"dataset {name} would hold no record: of its {len(joined.rows) + len(joined.rejected)} rows "
                f"{len(joined.rows) - len(faces)} have no face and the others are rejected"
            )
        bad = {row.example_id for row in writer.rejected}
        usable = [row for row in joined.rows if row.label.example_id not in bad]
        rejected = joined.rejected + writer.rejected
        _write_tables(aside, usable, rejected)
        info = writer.describe(name, len(usable), rejected, settings)
        dataset_info.save_dataset_info(aside, info)
    return info


def _write_tables(folder: Path, rows: list[LabelledFace], rejected: list[RejectedRow]) -> None:
    """Writes `rows.csv` and `rejected.csv`, in an order of their own."""
    rows = sorted(rows, key=lambda row: row.label.example_id)
    labels = [replace(row.label, photo=row.face.photo) for row in rows]
    found = [int(row.face.found) for row in rows]
    write_plain_csv(folder / ROWS_FILE, labels, extra_columns={"found": found})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "line", "file", "reason"])
    for row in sorted(rejected, key=lambda row: (row.file, row.line)):
        writer.writerow([row.example_id, row.line, row.file, row.reason])
    files.write_text(folder / REJECTED_FILE, text.getvalue())


def _print_summary(info: DatasetInfo, folder: Path) -> None:
    print(
        f"{info.name}: {info.num_rows} rows = {info.num_examples} records + {info.num_without_face} without a face "
        f"+ {info.num_rejected} rejected; {len(next(iter(info.views.values())))} shard(s) a view in {folder}"
    )
    if info.num_rejected:
        with (folder / REJECTED_FILE).open(encoding="utf-8", newline="") as file:
            reasons = reason_counts(row["reason"] for row in csv.DictReader(file))
        listed = "; ".join(f"{count} {reason}" for reason, count in reasons)
        print(f"  rejected, see {folder / REJECTED_FILE}: {listed}")
