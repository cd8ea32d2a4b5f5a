"""The parts of a dataset as records folders: written where they are missing, kept where they are as wanted."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from emotionet_tf import files
from emotionet_tf.data import dataset_info
from emotionet_tf.data.crop_files import expected_crop_size, read_crops
from emotionet_tf.data.dataset_info import DatasetInfo
from emotionet_tf.data.labelled_faces import JoinedRows, LabelledFace, RejectedRow, reason_counts
from emotionet_tf.data.shard_checksums import damaged_shards
from emotionet_tf.data.splits import Split, shard_and_rank
from emotionet_tf.errors import UserError
from emotionet_tf.faces.face_rows import NO_FACE, UNREADABLE
from emotionet_tf.faces.face_table import FACE_TABLE_NAME, FaceRow, read_face_table
from emotionet_tf.label_lists.plain_csv import write_plain_csv
from emotionet_tf.paths import as_path
from emotionet_tf.progress import CountLine

ROWS_FILE = "rows.csv"
REJECTED_FILE = "rejected.csv"
PHOTOS_SETTING = "photos"
"""The setting that is a checksum of the rows that have a photo, of the photos' lengths, and of what OpenFace's files
say of them, part by part and shard by shard."""
_DECIDES_PHOTOS = frozenset({"labels", "val_fraction", "seed", "split_by", "num_shards"})
# Settings that change that checksum though no photo did.
_CHECKSUM = re.compile("[0-9a-f]{64}")
_NUM_NAMED = 3
_ROWS_PER_SHARD = 2048
# Of an automatic number of shards; about 40 MB a view.


def automatic_shards(num_rows: int) -> int:
    """Returns the number of shards of so many rows with a photo, whether or not a face is found in it."""
    return max(1, -(-num_rows // _ROWS_PER_SHARD))


@dataclass(frozen=True)
class PartsConfig:
    """What records of every kind are made with.

    Attributes:
      faces_dir: Output folder of `align_faces`: the face table and the crops.
      dataset: The dataset's name; its records folder is `output_dir/dataset`.
      output_dir: Folder of the datasets.
      split: Its division into training and validation part.
      num_shards: TFRecord files of each dataset and view; 0 is one for each 2048 photos.
    """

    faces_dir: str
    dataset: str
    output_dir: str
    split: Split
    num_shards: int


def read_faces(config: PartsConfig) -> list[FaceRow]:
    """Returns the face table, once the configuration is seen to make sense.

    Raises:
      UserError: If a value is none of the valid ones, a part's folder is something else, or the table is at fault.
    """
    check_parts(config.dataset, config.output_dir, config.split, config.num_shards)
    return read_face_table(as_path(config.faces_dir) / FACE_TABLE_NAME)


def print_unused(config: PartsConfig, faces: Sequence[FaceRow], joined: JoinedRows, what: str) -> None:
    """Says how many photos of the face table no list names, and what is to know of the lists."""
    for remark in joined.remarks:
        print(remark)
    num_unused = sum(face.face_index == 0 for face in faces) - len(joined.rows)
    if num_unused:
        table = as_path(config.faces_dir) / FACE_TABLE_NAME
        print(f"{num_unused} photos of {table} have no {what} and are left out")


def write_parts(
    config: PartsConfig,
    faces: Sequence[FaceRow],
    joined: JoinedRows,
    part_of: Callable[[str, str], str],
    inputs: Mapping[str, Any],
    classes: tuple[str, ...] = (),
) -> list[DatasetInfo]:
    """Writes a records folder for each part of a dataset; a folder that is already there as wanted is kept.

    A folder holds a TFRecord shard per number and view, `rows.csv` (labels of all usable rows, with and without a
    face), `rejected.csv` (rows that became no record, those without a face too), and `dataset.json`. It is a function
    of the inputs, not of their rows' order.

    Args:
      config: The dataset and its parts.
      faces: The face table.
      joined: The rows of all parts.
      part_of: The part that an example id and a photo's relative path belong to, rejected ones too.
      inputs: What else decides the records, such as checksums of the lists.
      classes: The classes' names, where records have one.
    Raises:
      UserError: If a part would hold no record.
    """
    settings = _settings(config, inputs)
    crop_size_px = expected_crop_size(as_path(config.faces_dir), faces)
    infos = []
    for part in config.split.parts(config.dataset):
        folder = as_path(config.output_dir) / part
        rows = JoinedRows(
            [row for row in joined.rows if part_of(row.label.example_id, row.face.photo) == part],
            [row for row in joined.rejected if part_of(row.example_id, row.photo) == part],
        )
        info = existing_part(folder, settings)
        if info and _some_crops_are_mended(folder, info, rows, as_path(config.faces_dir)):
            print(f"{folder} is made anew: there are crops that could not be used before")
            info = None
        if info:
            print(f"{folder} is up to date")
        else:
            info = _write_part(folder, rows, config, settings, crop_size_px, classes)
        print_summary(info, folder)
        infos.append(info)
    return infos


def check_parts(dataset: str, output_dir: str, split: Split, num_shards: int) -> None:
    """Raises UserError if a value is none of the valid ones, or a part's folder is something else."""
    if num_shards < 0:
        raise UserError(f"num_shards is 1 or more, or 0 for an automatic number, got {num_shards}")
    if not re.fullmatch(r"[^./\\\s][^/\\]*", dataset):
        raise UserError(
            f"dataset '{dataset}' is no folder's name; expected one without / and \\, not starting with a dot"
        )
    for part in split.parts(dataset):
        files.check_replaceable(as_path(output_dir) / part, dataset_info.DATASET_FILE, "records folder")


def _settings(config: PartsConfig, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what decides the records, with checksums of the faces' tables."""
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


def no_record_error(name: str, num_rows: int, num_without_face: int) -> UserError:
    """Returns the error of a dataset none of whose rows became a record."""
    return UserError(
        f"dataset {name} would hold no record: of its {num_rows} rows {num_without_face} have no face and the others "
        "are rejected"
    )


def write_rejected(folder: Path, rows: Iterable[RejectedRow]) -> None:
    """Writes `rejected.csv`: rows that became no record, in the order that they come in.

    Those without a face, with the reason `NO_FACE`, are in `rows.csv` as well, since they count in every score.
    """
    with (
        files.written_aside(folder / REJECTED_FILE) as aside,
        aside.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "line", "file", "reason"])
        writer.writerows([row.example_id, row.line, row.file, row.reason] for row in rows)


def existing_part(folder: Path, settings: Mapping[str, Any]) -> DatasetInfo | None:
    """Returns a folder's description if it is whole and of the same settings; says so where it is not.

    Of the same settings, all shards are read, at about 1 GB/s from a fast disk: bytes that were overwritten change no
    length.
    """
    files.restore_folder(folder)
    if not (folder / dataset_info.DATASET_FILE).is_file():
        return None
    try:
        info = dataset_info.load_dataset_info(folder)
    except UserError as error:
        print(f"writing anew: {error}")
        return None
    changes = describe_changes(info.settings, settings)
    if changes:
        print(f"{folder} is made anew, and stays as it is until then: {'; '.join(changes)}", flush=True)
    return None if changes or _is_damaged(folder, info) else info


def _is_damaged(folder: Path, info: DatasetInfo) -> bool:
    """Tells whether a shard's bytes are others than those that were written, and says which."""
    shards = [shard for view in info.views.values() for shard in view]
    num_megabytes = sum(shard.num_bytes for shard in shards) / 1e6
    print(f"checking the {len(shards)} shards of {folder}, {num_megabytes:.1f} MB", flush=True)
    damaged = damaged_shards(folder, info)
    if damaged:
        names = ", ".join(shard.file for shard in damaged[:_NUM_NAMED])
        more = f" and {len(damaged) - _NUM_NAMED} more" if len(damaged) > _NUM_NAMED else ""
        print(
            f"{folder} is made anew, and stays as it is until then: {names}{more}: other bytes than were written",
            flush=True,
        )
    return bool(damaged)


def describe_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Returns what settings of now were before, where that was something else; of files the names only."""
    now = json.loads(json.dumps(dict(now)))
    changed = [name for name, value in now.items() if name not in before or before[name] != value]
    if PHOTOS_SETTING in changed:
        changed.remove(PHOTOS_SETTING)
        if not _DECIDES_PHOTOS.intersection(changed):
            changed.append(PHOTOS_SETTING)
    has_openface = "openface_csvs" in now
    return [_describe_change(name, before.get(name, "not told"), now[name], has_openface) for name in changed]


def _describe_change(name: str, before: Any, now: Any, has_openface: bool) -> str:
    if isinstance(before, dict) and isinstance(now, dict):
        added, gone = sorted(set(now) - set(before)), sorted(set(before) - set(now))
        other = sorted(file for file in set(now) & set(before) if now[file] != before[file])
        kinds = (("came", added), ("went", gone), ("changed", other))
        return f"{name}: " + ", ".join(f"{' '.join(names)} {what}" for what, names in kinds if names)
    if name == PHOTOS_SETTING:
        openface = ", or OpenFace's files say something else of some" if has_openface else ""
        return f"photos came, went, or were changed{openface}"
    if _CHECKSUM.fullmatch(str(before)) or _CHECKSUM.fullmatch(str(now)):
        return f"{name} changed"
    return f"{name} is {now} and was {before}"


def _some_crops_are_mended(folder: Path, info: DatasetInfo, joined: JoinedRows, faces_dir: Path) -> bool:
    """Tells whether a row whose crops were rejected has usable ones by now."""
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


def _write_part(
    folder: Path,
    joined: JoinedRows,
    config: PartsConfig,
    settings: dict[str, Any],
    crop_size_px: int,
    classes: tuple[str, ...],
) -> DatasetInfo:
    from emotionet_tf.data.record_shards import RecordShardWriter  # imports TensorFlow, which takes seconds

    name = folder.name
    faces = [row for row in joined.rows if row.face.found]
    num_shards = config.num_shards or automatic_shards(len(joined.rows))
    by_shard: list[list[LabelledFace]] = [[] for _ in range(num_shards)]
    for row in sorted(faces, key=lambda row: shard_and_rank(row.label.example_id, num_shards)):
        by_shard[shard_and_rank(row.label.example_id, num_shards)[0]].append(row)
    with files.folder_written_aside(folder) as aside:
        line = CountLine(f"photos of {name}")
        line(0, len(faces))
        writer = RecordShardWriter(
            aside,
            as_path(config.faces_dir),
            num_shards=num_shards,
            crop_size_px=crop_size_px,
            progress=lambda done: line(done, len(faces)),
            classes=classes,
        )
        for index, rows in enumerate(by_shard):
            writer.write(index, rows)
        if not writer.num_examples:
            num_rows = len(joined.rows) + len(joined.rejected)
            num_faceless = sum(not row.face.found and not is_unreadable(row.face) for row in joined.rows)
            raise no_record_error(name, num_rows, num_faceless)
        bad = {row.example_id for row in writer.rejected}
        usable = [
            row for row in joined.rows if not is_unreadable(row.face) and row.label.example_id not in bad
        ]
        rejected = joined.rejected + writer.rejected + _unreadable(joined.rows)
        faceless = [row.rejected(NO_FACE) for row in usable if not row.face.found]
        _write_tables(aside, usable, rejected + faceless)
        info = writer.describe(name, len(usable), rejected, settings)
        dataset_info.save_dataset_info(aside, info)
    return info


def is_unreadable(face: FaceRow) -> bool:
    """Tells whether a photo could not be read; its row is rejected, not one without a face."""
    return not face.found and face.reason.startswith(UNREADABLE)


def _unreadable(rows: Iterable[LabelledFace]) -> list[RejectedRow]:
    return [row.rejected(row.face.reason) for row in rows if is_unreadable(row.face)]


def _write_tables(folder: Path, rows: list[LabelledFace], no_records: list[RejectedRow]) -> None:
    """Writes `rows.csv` and `rejected.csv`, in an order of their own."""
    rows = sorted(rows, key=lambda row: row.label.example_id)
    labels = [replace(row.label, photo=row.face.photo) for row in rows]
    extra: dict[str, list[object]] = {"found": [int(row.face.found) for row in rows]}
    if any(row.class_name for row in labels):
        extra["class"] = [row.class_name for row in labels]
    write_plain_csv(folder / ROWS_FILE, labels, extra_columns=extra)
    write_rejected(folder, sorted(no_records, key=lambda row: (row.file, row.line)))


def print_summary(info: DatasetInfo, folder: Path) -> None:
    """Prints how many rows became what, and why rows were rejected."""
    print(
        f"{info.name}: {info.num_rows} rows = {info.num_examples} records + {info.num_without_face} without a face "
        f"+ {info.num_rejected} rejected; {len(next(iter(info.views.values())))} shard(s) a view in {folder}"
    )
    if info.classes:
        counts = info.class_counts
        print(f"  {len(counts)} classes of {min(counts)} to {max(counts)} records")
    if info.num_without_face or info.num_rejected:
        total = info.num_without_face + info.num_rejected
        print(
            f"  no record came of {total} rows, without a face or rejected: all are in {folder / REJECTED_FILE}"
        )
    if info.num_rejected:
        with (folder / REJECTED_FILE).open(encoding="utf-8", newline="") as file:
            reasons = reason_counts(row["reason"] for row in csv.DictReader(file) if row["reason"] != NO_FACE)
        listed = "; ".join(f"{count} {reason}" for reason, count in reasons)
        print(f"  rejected: {listed}")
