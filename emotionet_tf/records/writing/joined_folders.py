"""A records folder without pictures: its `dataset.json` names the shards of other folders beside it, one after another.

Whoever reads records reads it as any other folder, as long as the folders that it points to stay beside it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.records.dataset_info import (
    REJECTED_FILE,
    ROWS_FILE,
    DatasetInfo,
    OrderChecksum,
    load_dataset_info,
    order_checksum,
    save_dataset_info,
)
from emotionet_tf.records.splits import shard_and_rank
from emotionet_tf.storage import files
from emotionet_tf.storage.paths import RemotePath
from emotionet_tf.versions import installed_versions

_JOINED = "joined"
"""The setting that has the checksums of the folders."""


def write_joined_folder(folder: Path, parts: Sequence[Path]) -> DatasetInfo:
    """Writes a folder that holds the records of others with the same AU set; kept if it is up to date.

    Its mean angles are the others', weighted by their records.

    Args:
      folder: Where to write.
      parts: The folders, beside it, of datasets without classes, each with its shards in itself.
    Raises:
      UserError: If a folder's table does not fit its records.
    """
    infos = [load_dataset_info(part) for part in parts]
    settings = {_JOINED: {part.name: _described(part, info) for part, info in zip(parts, infos, strict=True)}}
    files.restore_folder(folder)
    if (known := _known(folder)) and known.settings == settings:
        print(f"{folder} is up to date")
        return known
    order = OrderChecksum()
    for part, info in zip(parts, infos, strict=True):
        _add_ids(order, part, info)
    joined = replace(_joined(folder, parts, infos, order.hexdigest()), settings=settings)
    with files.folder_written_aside(folder) as aside:
        _join_tables(aside / ROWS_FILE, [part / ROWS_FILE for part in parts], sorted_by="id")
        _join_tables(aside / REJECTED_FILE, [part / REJECTED_FILE for part in parts])
        save_dataset_info(aside, joined)
    print(f"{joined.name}: {joined.num_examples} records of {len(parts)} folders, none stored twice")
    return joined


def _described(part: Path, info: DatasetInfo) -> dict[str, str]:
    return {"records": info.checksum, "rows": files.sha256_of(part / ROWS_FILE)}


def _known(folder: Path) -> DatasetInfo | None:
    try:
        return load_dataset_info(folder)
    except UserError:
        return None


def _joined(folder: Path, parts: Sequence[Path], infos: Sequence[DatasetInfo], order: str) -> DatasetInfo:
    def place(part: Path, file: str) -> str:
        # By its neighbour's name, so that the folders can be moved together; a remote path knows no "..".
        return str(part / file) if isinstance(part, RemotePath) else f"../{part.name}/{file}"

    num_examples = [info.num_examples for info in infos]
    angles = np.average([info.mean_angles for info in infos], axis=0, weights=num_examples)
    pitch, yaw, roll = angles.tolist()
    return replace(
        infos[0],
        name=folder.name,
        views={
            view: tuple(
                replace(shard, file=place(part, shard.file))
                for part, info in zip(parts, infos, strict=True)
                for shard in info.shards_of(view)
            )
            for view in infos[0].views
        },
        num_examples=sum(num_examples),
        num_rows=sum(info.num_rows for info in infos),
        num_without_face=sum(info.num_without_face for info in infos),
        num_rejected=sum(info.num_rejected for info in infos),
        known=_sums([info.known for info in infos]),
        positives=_sums([info.positives for info in infos]),
        intensities=_sums([info.intensities for info in infos]),
        mean_angles=(pitch, yaw, roll),
        order_sha256=order,
        versions=installed_versions(),
    )


def _sums(counts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def _add_ids(order: OrderChecksum, part: Path, info: DatasetInfo) -> None:
    """Adds the ids of a folder's records in their order, which its table and their hashes say."""
    num_shards = len(next(iter(info.views.values())))
    shards: list[list[tuple[float, str]]] = [[] for _ in range(num_shards)]
    with (part / ROWS_FILE).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["found"] == "1":
                shard, rank = shard_and_rank(row["id"], num_shards)
                shards[shard].append((rank, row["id"]))
    ids = [[example_id for _, example_id in sorted(shard)] for shard in shards]
    if order_checksum(ids) != info.order_sha256:
        raise UserError(f"{part / ROWS_FILE} does not list the folder's records; write them again")
    for shard_ids in ids:
        for example_id in shard_ids:
            order.add(example_id)
        order.end_shard()


def _join_tables(path: Path, tables: Sequence[Path], sorted_by: str = "") -> None:
    """Writes the rows of several tables as one; a column that one of them lacks is empty there."""
    rows: list[dict[str, str]] = []
    columns: list[str] = []
    for table in tables:
        with table.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            columns = max(columns, list(reader.fieldnames or ()), key=len)
            rows += reader
    if sorted_by:
        rows.sort(key=lambda row: row[sorted_by])
    with files.written_aside(path) as aside, aside.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
