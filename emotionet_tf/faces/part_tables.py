"""What an unfinished run of alignment leaves behind, so that the next one goes on: settings and part
tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emotionet_tf import files
from emotionet_tf.errors import UserError
from emotionet_tf.faces.face_table import FACE_TABLE_NAME, FaceRow, read_face_table, write_face_table
from emotionet_tf.versions import installed_versions

SETTINGS_NAME = "align.json"
_PARTS_NAME = "parts"


def claim_folder(folder: Path, settings: Mapping[str, Any]) -> None:
    """Writes a run's settings into its folder, with the versions of what ran.

    Raises:
      UserError: If the folder holds the settings of another run; the message has the first difference.
    """
    path = folder / SETTINGS_NAME
    if not path.exists():
        if folder.exists() and not folder.is_dir():
            raise UserError(f"output_dir {folder} is a file, not a folder")
        files.write_json(path, {"settings": dict(settings), "versions": installed_versions()})
        return
    try:
        earlier = json.loads(path.read_text(encoding="utf-8"))["settings"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is damaged; remove it and its folder") from error
    for name, value in settings.items():
        if earlier.get(name) != value:
            raise UserError(
                f"{folder} was made with {name}={earlier.get(name)}, not {value}: choose another output_dir"
            )


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
    for path in (folder / _PARTS_NAME).glob("part-*.csv"):
        path.unlink()
    if (folder / _PARTS_NAME).is_dir():
        (folder / _PARTS_NAME).rmdir()
