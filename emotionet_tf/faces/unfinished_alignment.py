"""What an unfinished run of alignment leaves behind, so that the next one goes on: settings and part
tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emotionet_tf.faces.table import FACE_TABLE_NAME, FaceRow, read_face_table, write_face_table
from emotionet_tf.storage.paths import remove_tree

SETTINGS_NAME = "align.json"
_PARTS_NAME = "parts"


def finished_rows(folder: Path) -> dict[str, list[FaceRow]]:
    """Returns the rows of all photos that are done, by photo."""
    tables = sorted((folder / _PARTS_NAME).glob("part-*.csv"))
    if (folder / FACE_TABLE_NAME).exists():
        tables.insert(0, folder / FACE_TABLE_NAME)
    rows: dict[str, list[FaceRow]] = {}
    for table in tables:
        part: dict[str, list[FaceRow]] = {}
        for row in read_face_table(table):
            part.setdefault(row.photo, []).append(row)
        rows.update(part)
    return rows


def write_part(folder: Path, rows: Sequence[FaceRow]) -> None:
    """Writes the rows of a batch of photos beside those of earlier batches."""
    parts = folder / _PARTS_NAME
    number = max((int(path.stem.split("-")[1]) for path in parts.glob("part-*.csv")), default=-1) + 1
    write_face_table(parts / f"part-{number:06d}.csv", rows)


def merge_parts(folder: Path, rows: Sequence[FaceRow]) -> None:
    """Writes the whole face table and removes the part tables."""
    write_face_table(folder / FACE_TABLE_NAME, rows)
    # A killed run may have left a half-written part beside the whole ones.
    remove_tree(folder / _PARTS_NAME)
