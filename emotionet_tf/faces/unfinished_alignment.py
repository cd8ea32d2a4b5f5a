"""What an unfinished run of alignment leaves behind, so that the next one resumes: its settings, and a table of
each batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emotionet_tf.faces.table import FACE_TABLE_NAME, FaceRow, read_face_table, write_face_table
from emotionet_tf.storage.paths import remove_tree

SETTINGS_NAME = "align.json"
_BATCHES_NAME = "parts"


def finished_rows(folder: Path) -> dict[str, list[FaceRow]]:
    """Returns the rows of all photos that are done, by photo."""
    tables = sorted((folder / _BATCHES_NAME).glob("part-*.csv"))
    if (folder / FACE_TABLE_NAME).exists():
        tables.insert(0, folder / FACE_TABLE_NAME)
    rows: dict[str, list[FaceRow]] = {}
    for table in tables:
        of_batch: dict[str, list[FaceRow]] = {}
        for row in read_face_table(table):
            of_batch.setdefault(row.photo, []).append(row)
        rows.update(of_batch)
    return rows


def write_batch(folder: Path, rows: Sequence[FaceRow]) -> None:
    """Writes the rows of a batch of photos beside those of earlier batches."""
    batches = folder / _BATCHES_NAME
    number = max((int(path.stem.split("-")[1]) for path in batches.glob("part-*.csv")), default=-1) + 1
    write_face_table(batches / f"part-{number:06d}.csv", rows)


def merge_batches(folder: Path, rows: Sequence[FaceRow]) -> None:
    """Writes the whole face table and removes the batches' tables."""
    write_face_table(folder / FACE_TABLE_NAME, rows)
    # A killed run may have left a half-written table beside the whole ones.
    remove_tree(folder / _BATCHES_NAME)
