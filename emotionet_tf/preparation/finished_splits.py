"""A split whose shards are all joined becomes a records folder, as `write_records` makes them."""

from __future__ import annotations

import csv
import itertools
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emotionet_tf.action_units import VIEWS
from emotionet_tf.errors import UserError
from emotionet_tf.faces.head_pose import lies
from emotionet_tf.faces.table import COLUMNS, FACE_TABLE_NAME, FaceRow, row_of
from emotionet_tf.label_lists.formats.plain_csv import write_plain_csv
from emotionet_tf.preparation.config import PrepareConfig
from emotionet_tf.preparation.external_sort import SortedSpill
from emotionet_tf.preparation.plan import PlannedShard, PlannedSplit
from emotionet_tf.preparation.planned_rows import PlannedRow, read_rows
from emotionet_tf.preparation.reused_crops import table_columns
from emotionet_tf.preparation.work_files import WorkFiles
from emotionet_tf.records import dataset_info
from emotionet_tf.records.dataset_info import ROWS_FILE, DatasetInfo, Shard
from emotionet_tf.records.splits import Split
from emotionet_tf.records.writing.csv_tables import no_record_error, write_rejected
from emotionet_tf.records.writing.dataset_counts import RecordCounts
from emotionet_tf.storage import files
from emotionet_tf.storage.paths import RemotePath, as_path

_NUM_LISTED = 10


@dataclass
class FaceCounts:
    """What was seen in the photos of a split.

    Attributes:
      by_detector: Faces by the detector that found them.
      num_lying: Faces that lie on their side or upside down.
      num_unreadable: Photos that cannot be read; their rows are rejected.
      unreadable: Photo and reason of the first of them.
    """

    by_detector: Counter[str] = field(default_factory=Counter)
    num_lying: int = 0
    num_unreadable: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)

    def add(self, face: FaceRow) -> None:
        """Takes a photo's row."""
        if face.found:
            self.by_detector[face.detector] += 1
            self.num_lying += lies(face.roll_radians)
        elif face.why_unreadable is not None:
            self.num_unreadable += 1
            if len(self.unreadable) < _NUM_LISTED:
                self.unreadable.append((face.photo, face.why_unreadable))


def finish_split(
    config: PrepareConfig, split: PlannedSplit, settings: Mapping[str, Any], aus: tuple[int, ...]
) -> tuple[DatasetInfo, FaceCounts]:
    """Writes a split's records folder out of the work folder, which stays as it is.

    Args:
      config: What is prepared and how.
      split: The split; all its shards are joined.
      settings: What `dataset.json` says of the inputs.
      aus: The columns of the rows' labels.
    Returns:
      The folder's description, and what was seen in the photos.
    Raises:
      UserError: If the split has no record.
    """
    work = WorkFiles(config.work_dir)
    seen = _Seen(work, split, aus)
    if not seen.counts.num_examples:
        num_faceless = split.num_rows - seen.faces.num_unreadable
        num_rows = split.num_rows + len(split.rejected)
        raise no_record_error(split.name, num_rows, num_faceless, split.no_record_rows(()))
    folder = as_path(config.output_dir) / split.name
    with files.folder_written_aside(folder) as aside:
        views = {view: _place_shards(work, split, view, aside) for view in VIEWS}
        listed, found = itertools.tee(seen.rows)
        write_plain_csv(
            aside / ROWS_FILE,
            (row.label_row() for row, _ in listed),
            aus=aus,
            with_persons=seen.has_persons,
            with_intensities=seen.has_intensities,
            extra_columns={"found": (int(is_found) for _, is_found in found)},
        )
        write_rejected(aside, split.no_record_rows(seen.no_records))
        _write_faces(aside / FACE_TABLE_NAME, table_columns(settings), (cells for _, cells in seen.cells))
        info = seen.counts.describe(
            split.name,
            views=views,
            num_usable=len(seen.rows),
            num_rejected=len(split.rejected) + seen.faces.num_unreadable,
            crop_size_px=config.style.crop_size_px,
            framing=config.style.framing,
            settings=settings,
        )
        dataset_info.save_dataset_info(aside, info)
    return info, seen.faces


def overlapping_folders(config: PrepareConfig) -> Iterator[str]:
    """Yields a line for each records folder of the dataset that is divided otherwise.

    They are never removed: both kinds side by side are what some of the papers' rows need, and a training may read one.
    """
    own = config.split.names(config.dataset)
    for split in (Split(), Split(0.5)):
        for name in split.names(config.dataset):
            folder = as_path(config.output_dir) / name
            if name in own:
                continue
            try:
                val_fraction = dataset_info.load_dataset_info(folder, check_shards=False).settings.get(
                    "val_fraction"
                )
            except UserError:
                continue
            yield (
                f"warning: {folder}, of an earlier run with --val_fraction={val_fraction}, has the same photos as "
                f"{' and '.join(own)}: do not train on one and validate on another; remove it where it is not needed"
            )


class _Seen:
    """What became of a split's rows, gathered from its chunks; sorted on disk, as there may be millions.

    Attributes:
      counts: Of the records.
      faces: Of the photos.
      rows: The usable rows, by id, and whether a face was found.
      no_records: List, line, id and reason of those without a face, and of photos that cannot be read.
      cells: Each photo's cells of the face table, by photo.
      has_persons: Whether a row says who is seen.
      has_intensities: Whether a row has intensities.
    """

    def __init__(self, work: WorkFiles, split: PlannedSplit, aus: tuple[int, ...]) -> None:
        self.counts, self.faces = RecordCounts(aus), FaceCounts()
        self.has_persons = self.has_intensities = False
        self.rows, self.no_records, self.cells = (SortedSpill(work.folder) for _ in range(3))
        for shard in split.shards:
            for row, cells in _done_rows(work, shard):
                self._add(row, cells, row_of(cells[: len(COLUMNS)], f"{work.folder}, photo {row.photo}"))
            self.counts.end_shard()

    def _add(self, row: PlannedRow, cells: list[str], face: FaceRow) -> None:
        self.faces.add(face)
        if face.found:
            self.counts.add(row.label_row(), face.angles)
        else:
            self.no_records.add((row.file, row.line, row.example_id, face.reason))
        if face.why_unreadable is None:
            label = row.label_row()
            self.has_persons |= bool(label.person)
            self.has_intensities |= label.intensities is not None
            self.rows.add((row, face.found))
        self.cells.add((row.photo, cells))


def _write_faces(path: Path, columns: list[str], rows: Iterable[list[str]]) -> None:
    """Writes the face table with more columns, which its readers skip."""
    with files.written_aside(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _done_rows(work: WorkFiles, shard: PlannedShard) -> Iterator[tuple[PlannedRow, list[str]]]:
    """Yields a shard's rows, with their photos' cells of the face table."""
    for chunk in shard.chunks:
        yield from zip(read_rows(work.plan / chunk.key), work.read_chunk_table(chunk.key), strict=True)


def _place_shards(work: WorkFiles, split: PlannedSplit, view: str, folder: Path) -> list[Shard]:
    """Puts a view's shards into the records folder and returns their entries."""
    from emotionet_tf.records.writing.shard_writer import (
        shard_name,  # imports TensorFlow, which takes seconds
    )

    entries = []
    for index, shard in enumerate(split.shards):
        name = shard_name(view, index, len(split.shards))
        source = work.shard(shard.key, view)
        if isinstance(source, RemotePath):
            source.copy_to(folder / name)
            entries.append(work.described_shard(shard.key, view, name))
            continue
        try:
            # A second name costs neither time nor space, and a kill before the end loses nothing.
            os.link(source, folder / name)
        except OSError:
            shutil.copyfile(source, folder / name)
        entries.append(work.described_shard(shard.key, view, name))
    return entries
