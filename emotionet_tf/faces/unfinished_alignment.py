"""What a run of alignment leaves behind, so that the next one resumes: its settings, the photos' versions, and of an
unfinished run the tables of each batch.

Rows are written before the versions of their photos: a kill between costs a second look, and never hides a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emotionet_tf.faces.table import FACE_TABLE_NAME, FaceRow, read_face_table, write_face_table
from emotionet_tf.photos.versions import PhotoVersion, read_versions, write_versions
from emotionet_tf.storage.files import read_json_or_nothing
from emotionet_tf.storage.paths import remove_tree

SETTINGS_NAME = "align.json"
VERSIONS_NAME = "photos.tsv"
"""Not among the tables that decide records, `*.csv`: a copied photo has another time and is the same."""
_BATCHES_NAME = "parts"


def settings_before(folder: Path) -> dict[str, Any]:
    """Returns the settings that an earlier run has left in a folder; none where there are none to be read."""
    settings = read_json_or_nothing(folder / SETTINGS_NAME).get("settings")
    return settings if isinstance(settings, dict) else {}


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


def finished_versions(folder: Path) -> dict[str, PhotoVersion]:
    """Returns the versions of the photos that are done, as far as they were written down."""
    whole = folder / VERSIONS_NAME
    batches = sorted((folder / _BATCHES_NAME).glob("part-*.tsv"))
    return read_versions([*([whole] if whole.exists() else []), *batches])


def write_batch(folder: Path, rows: Sequence[FaceRow], versions: Mapping[str, PhotoVersion]) -> None:
    """Writes the rows of a batch of photos, and the photos' versions, beside those of earlier batches."""
    batches = folder / _BATCHES_NAME
    number = max((int(path.stem.split("-")[1]) for path in batches.glob("part-*.csv")), default=-1) + 1
    write_face_table(batches / f"part-{number:06d}.csv", rows)
    write_versions(batches / f"part-{number:06d}.tsv", versions)


def merge_batches(folder: Path, rows: Sequence[FaceRow], versions: Mapping[str, PhotoVersion]) -> None:
    """Writes the whole face table and all photos' versions, and removes the batches' tables."""
    write_face_table(folder / FACE_TABLE_NAME, rows)
    write_versions(folder / VERSIONS_NAME, versions)
    # A killed run may have left a half-written table beside the whole ones.
    remove_tree(folder / _BATCHES_NAME)
