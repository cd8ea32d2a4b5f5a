"""Photos whose records are there already, in a finished folder or in a stopped run's: their crops are taken from there.

So a changed list, another split or a few photos that came later cost no second look at the others. What decides the
crops has to be the same, and so have a photo's content and what OpenFace's files say of it. Nothing is taken from a
shard that is missing or damaged: its photos are looked at again.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from emotionet_tf.action_units import VIEWS
from emotionet_tf.errors import UserError
from emotionet_tf.faces.table import COLUMNS, FACE_TABLE_NAME, OPENFACE_CSV
from emotionet_tf.photos.versions import PhotoVersion, unchanged_version
from emotionet_tf.preparation.config import PrepareConfig
from emotionet_tf.preparation.external_sort import SortedSpill
from emotionet_tf.preparation.planned_rows import PlannedRow, read_rows
from emotionet_tf.preparation.work_files import WorkFiles
from emotionet_tf.records.checking.checksums import is_as_described
from emotionet_tf.records.dataset_info import DATASET_FILE, DatasetInfo, load_dataset_info, shard_path
from emotionet_tf.records.reading.tfrecord_frames import HEAD_BYTES, read_frames
from emotionet_tf.records.splits import shard_and_rank
from emotionet_tf.storage import files
from emotionet_tf.storage.paths import RemotePath, as_path

_VERSION = ("photo_modified_ns", "photo_checksum")
"""What else a table says of each photo's file: tables that are older do not."""

_FOUND, _ID, _PHOTO = (COLUMNS.index(name) for name in ("found", "example_id", "photo"))


class Place(NamedTuple):
    """Where a record is: a file, and offset and length of the record's data."""

    file: str
    offset: int
    num_bytes: int


Places = list[tuple[str, Place]]
"""A photo's record in each view; none where the photo has no face."""


class Earlier(NamedTuple):
    """A photo as it was seen before: its cells of the face table, its record's place in each view, and its version."""

    cells: list[str]
    places: dict[str, Place]
    version: list[str]


def table_columns(settings: Mapping[str, Any]) -> list[str]:
    """Returns the columns of a prepared folder's face table: those of all, the length of the photo's file in bytes,
    where OpenFace is among the detectors of these settings what its files say of the photo, and its version."""
    return [*COLUMNS, "photo_bytes", *([OPENFACE_CSV] if "openface_csvs" in settings else []), *_VERSION]


def table_line(cells: list[str], row: PlannedRow, version: Iterable[str]) -> list[str]:
    """Returns a photo's line of a prepared face table, which has the column of OpenFace where that has a say."""
    return [*cells, str(row.num_bytes), *([row.openface_csv] if row.openface_csv else []), *version]


def version_cells(version: PhotoVersion) -> list[str]:
    """Returns the cells of a photo's version."""
    return [str(version.modified_ns), version.checksum]


def has_other_content(photos_dir: Path, line: list[str]) -> bool:
    """Returns whether a photo of a prepared face table's line has another content of the same length.

    Another length is in the plan. Remote photos are not asked: each question is a call over the network.
    """
    *_, modified, checksum = line
    if isinstance(photos_dir, RemotePath) or not checksum:
        return False
    before = PhotoVersion(_key(line)[1], int(modified), checksum)
    place = photos_dir / line[_PHOTO]
    return before.num_bytes == _num_bytes(place) and unchanged_version(place, before) is None


def changed_photo(folder: Path, photos_dir: Path, settings: Mapping[str, Any]) -> str:
    """Returns a photo of a prepared folder that has another content of the same length; empty where none has."""
    return next(
        (line[_PHOTO] for line in _table(folder, settings) if has_other_content(photos_dir, line)), ""
    )


def find_earlier(config: PrepareConfig, chunk_keys: Iterable[str]) -> int:
    """Writes down, for chunks that are not done, where their photos' records lie already; returns how many do."""
    work = WorkFiles(config.work_dir)
    names = {config.dataset, f"{config.dataset}-train", f"{config.dataset}-val"}
    folders = [as_path(config.output_dir) / name for name in sorted(names)]
    infos = {folder: info for folder in folders if (info := _usable(folder, config))}
    known = SortedSpill(work.folder)
    photos_dir = as_path(config.photos_dir)
    for line, places in _unfinished_photos(work):
        if not has_other_content(photos_dir, line):
            known.add((*_key(line), 0, line, places))
    for folder, info in infos.items():
        for line, places in _entries(folder, info, work.folder):
            if not has_other_content(photos_dir, line):
                known.add((*_key(line), 0, line, places))
    if not len(known):
        return 0
    for key in chunk_keys:
        if not work.is_chunk_done(key):
            for row in read_rows(work.plan / key):
                known.add((row.photo, row.num_bytes, row.openface_csv, 1, key))
    by_chunk = SortedSpill(work.folder)
    for _, group in groupby(known, key=itemgetter(0, 1, 2)):
        own = list(group)
        if own[0][3] == 0 and own[-1][3] == 1:
            by_chunk.add((own[-1][4], *own[0][4:]))
    for key, group in groupby(by_chunk, key=itemgetter(0)):
        files.write_text(_path(work, key), json.dumps([entry[1:] for entry in group]))
    return len(by_chunk)


def read_earlier(work: WorkFiles, chunk_key: str) -> dict[str, Earlier]:
    """Returns what `find_earlier` wrote for a chunk, by the photo."""
    path = _path(work, chunk_key)
    if not path.is_file():
        return {}
    entries = json.loads(path.read_text(encoding="utf-8"))
    return {
        line[_PHOTO]: Earlier(
            line[: len(COLUMNS)], {view: Place(*place) for view, place in places}, line[-len(_VERSION) :]
        )
        for line, places in entries
    }


def _path(work: WorkFiles, chunk_key: str) -> Path:
    return work.plan / f"{chunk_key}.earlier"


def _usable(folder: Path, config: PrepareConfig) -> DatasetInfo | None:
    """Returns the description of a folder that this command made with the same settings of faces and crops."""
    if not (folder / DATASET_FILE).is_file() or not (folder / FACE_TABLE_NAME).is_file():
        return None
    try:
        info = load_dataset_info(folder, check_shards=False)
    except UserError:
        return None
    return info if config.fits(info.settings) else None


def _entries(folder: Path, info: DatasetInfo, spill_folder: Path) -> Iterator[tuple[list[str], Places]]:
    """Yields the line of the prepared face table and the places of each photo of a folder.

    None where its tables are of other times.
    """
    num_shards = len(info.shards_of(VIEWS[0]))
    found = SortedSpill(spill_folder)
    for line in _table(folder, info.settings):
        if line[_FOUND] == "1":
            found.add((*shard_and_rank(line[_ID], num_shards), line))
        else:
            yield line, []
    for index, rows in groupby(found, key=itemgetter(0)):
        shards = {view: info.shards_of(view)[index] for view in VIEWS}
        if not all(is_as_described(folder, shard) for shard in shards.values()):
            continue
        all_places = _read_places({view: shard_path(folder, shard) for view, shard in shards.items()})
        for (_, _, line), places in zip(rows, all_places, strict=True):
            yield line, places


def _table(folder: Path, settings: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yields the lines of a prepared face table, with blank versions where it is older than these; else none."""
    columns = table_columns(settings)
    with (folder / FACE_TABLE_NAME).open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, None)
        if header in (columns, columns[: -len(_VERSION)]):
            blank = [""] * (len(columns) - len(header or ()))
            yield from (line + blank for line in reader)


def _key(line: list[str]) -> tuple[str, int, str]:
    """Returns photo, length and OpenFace's checksum of a line of a prepared face table."""
    num_bytes, *openface = line[len(COLUMNS) : -len(_VERSION)]
    return line[_PHOTO], int(num_bytes), "".join(openface)


def _num_bytes(place: Path) -> int:
    try:
        return place.stat().st_size
    except OSError:
        return -1


def _unfinished_photos(work: WorkFiles) -> Iterator[tuple[list[str], Places]]:
    """Yields the row of a prepared face table and the places of each photo that is done, but in no planned chunk."""
    planned = {path.name for path in work.plan.iterdir()}
    joined: set[str] = set()
    for path in work.done("shards"):
        chunk_keys = json.loads(path.read_text(encoding="utf-8"))["chunks"]
        joined.update(chunk_keys)
        if not planned.issuperset(chunk_keys):
            yield from _done_photos(work, chunk_keys, {view: work.shard(path.stem, view) for view in VIEWS})
    for path in work.done("chunks"):
        key = path.stem
        if key not in planned and key not in joined and work.is_chunk_done(key):
            yield from _done_photos(work, [key], {view: work.chunk(key, view) for view in VIEWS})


def _done_photos(
    work: WorkFiles, chunk_keys: list[str], paths: dict[str, Path]
) -> Iterator[tuple[list[str], Places]]:
    if not all(
        path.is_file() for path in (*paths.values(), *(work.chunk(key, "json") for key in chunk_keys))
    ):
        return
    places = _read_places(paths)
    for key in chunk_keys:
        for line in work.read_chunk_table(key):
            yield line, next(places) if line[_FOUND] == "1" else []


def _read_places(paths: Mapping[str, Path]) -> Iterator[Places]:
    """Yields the places of each record of TFRecord files that hold the same rows, one a view."""
    frames = zip(*(read_frames(path, verify=False) for path in paths.values()), strict=True)
    for own in frames:
        yield [
            (view, Place(str(path), frame.offset + HEAD_BYTES, len(frame.data)))
            for (view, path), frame in zip(paths.items(), own, strict=True)
        ]
