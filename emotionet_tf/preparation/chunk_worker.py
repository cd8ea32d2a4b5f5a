"""What a worker does: the photos of a chunk read, looked at, cropped and encoded, its records and face rows written."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf

from emotionet_tf.action_units import VIEWS
from emotionet_tf.errors import UserError
from emotionet_tf.faces.crops_and_rows import crop_jpeg, rows_of
from emotionet_tf.faces.detectors.choice import build_detector
from emotionet_tf.faces.detectors.interface import Face, tell_places
from emotionet_tf.faces.photo_groups import SeenPhoto, detect_in_groups
from emotionet_tf.faces.table import COLUMNS, cells_of, row_of
from emotionet_tf.label_lists.rejection_reasons import NO_FACE, why_unreadable
from emotionet_tf.photos.versions import version_of
from emotionet_tf.preparation.config import PrepareConfig
from emotionet_tf.preparation.planned_rows import PlannedRow, read_rows
from emotionet_tf.preparation.reused_crops import Earlier, read_earlier, table_line, version_cells
from emotionet_tf.preparation.work_files import WorkFiles
from emotionet_tf.records.writing.encoding import encode_row, record_writers
from emotionet_tf.storage import files
from emotionet_tf.storage.paths import as_path

PHOTOS, FACES, FACELESS, UNREADABLE_PHOTOS, NUM_BYTES = (
    "photos", "faces", "photos_without_face", "unreadable_photos", "bytes_of_records",
)  # fmt: skip
"""What a worker counts."""
_REASON = COLUMNS.index("reason")


class ChunkWorker:
    """Prepares chunks; detectors and threads are made once.

    Args:
      config: What is prepared and how.
    """

    def __init__(self, config: PrepareConfig) -> None:
        self._config = config
        self._files = WorkFiles(config.work_dir)
        self._detector = build_detector(config.detectors)
        tell_places(self._detector, lambda photo: as_path(config.photos_dir) / photo)
        self._threads = ThreadPoolExecutor()

    def prepare(self, key: str, check: Callable[[], None] = lambda: None) -> Counter[str]:
        """Writes a chunk's files and returns the counts.

        Args:
          key: The chunk.
          check: Called before each batch of photos; may raise to give up.
        Raises:
          OSError: If the files cannot be written.
        """
        rows = read_rows(self._files.plan / key)
        earlier = read_earlier(self._files, key)
        table: list[list[str]] = []
        counts: Counter[str] = Counter()
        with contextlib.ExitStack() as stack:
            asides = {
                view: stack.enter_context(files.written_aside(self._files.chunk(key, view))) for view in VIEWS
            }
            with record_writers(asides) as writers:
                for start in range(0, len(rows), self._config.batch_size):
                    check()
                    batch = rows[start : start + self._config.batch_size]
                    done = self._prepare_batch(batch, earlier)
                    for row, (cells, records, version) in zip(batch, done, strict=True):
                        table.append(table_line(cells, row, version))
                        for view, record in records.items():
                            writers[view].write(record)
                        counts[FACES] += bool(records)
                        counts[NUM_BYTES] += sum(map(len, records.values()))
                    self._files.note_progress(key, len(table))
        self._files.write_chunk_table(key, table)
        counts[PHOTOS] = len(rows)
        reasons = [line[_REASON] for line in table]
        counts[FACELESS] = reasons.count(NO_FACE)
        counts[UNREADABLE_PHOTOS] = sum(why_unreadable(reason) is not None for reason in reasons)
        return counts

    def _prepare_batch(
        self, rows: list[PlannedRow], earlier: Mapping[str, Earlier]
    ) -> list[tuple[list[str], dict[str, bytes], list[str]]]:
        """Returns each row's cells of the face table, its records by view, none where there is no face, and the cells
        of its photo's version."""
        row_of_photo = {row.photo: row for row in rows}
        done = {
            photo: (earlier[photo].cells, _encoded_again(row, earlier[photo]), earlier[photo].version)
            for photo, row in row_of_photo.items()
            if photo in earlier
        }
        photos_dir = as_path(self._config.photos_dir)
        places = {photo: photos_dir / photo for photo in row_of_photo if photo not in done}
        # Before they are read: a photo that is replaced meanwhile has another version then.
        versions = dict(zip(places, self._threads.map(version_of, places.values()), strict=True))
        for seen in detect_in_groups(places, self._detect, self._threads):
            own_rows = [row_of_photo[photo] for photo in seen]
            prepared = self._threads.map(self._prepare_row, own_rows, seen.values())
            for photo, (cells, records) in zip(seen, prepared, strict=True):
                done[photo] = cells, records, version_cells(versions[photo])
        return [done[row.photo] for row in rows]

    def _detect(self, pixels: list[np.ndarray], names: list[str]) -> list[list[Face]]:
        return self._detector.detect(pixels, names=names)

    def _prepare_row(
        self, row: PlannedRow, seen: SeenPhoto[Face] | str
    ) -> tuple[list[str], dict[str, bytes]]:
        framing = self._config.style.framing
        cells = cells_of(rows_of(row.photo, seen, self._detector.name, framing=framing)[0])
        if isinstance(seen, str) or not seen.faces:
            return cells, {}
        # As the face table has them: records are the same whether or not they are made by way of its file.
        angles = row_of(cells, row.photo).angles
        label = row.label_row()
        return cells, {
            view: encode_row(label, angles, crop_jpeg(seen.pixels, seen.faces[0], view, self._config.style))
            for view in VIEWS
        }


def _encoded_again(row: PlannedRow, earlier: Earlier) -> dict[str, bytes]:
    """Returns a row's records by view, with crops that were cut before."""
    angles = row_of(earlier.cells, row.photo).angles
    records = {}
    for view, place in earlier.places.items():
        with as_path(place.file).open("rb") as file:
            file.seek(place.offset)
            example = tf.train.Example.FromString(file.read(place.num_bytes))
        fields = example.features.feature
        if fields["example_id"].bytes_list.value[:] != [row.example_id.encode()]:
            raise UserError(f"{place.file} is damaged at byte {place.offset}; remove its folder")
        records[view] = encode_row(row.label_row(), angles, fields["image"].bytes_list.value[0])
    return records
