"""A table of faces summed up by condition: how much of each AU, with intervals."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import pandas as pd

from emotionet_tf.action_units import au_name
from emotionet_tf.errors import UserError
from emotionet_tf.inference.tables.face_rows import decision_name
from emotionet_tf.inference.tables.handed_back import csv_layout
from emotionet_tf.inference.tables.spreadsheet_texts import is_escaped, unescaped
from emotionet_tf.intervals import mean_interval, share_interval
from emotionet_tf.label_lists.name_forms import lookup_in_any_form
from emotionet_tf.label_lists.near_ids import near_ids
from emotionet_tf.storage.paths import as_path

BY_FOLDER = "folder"
"""In place of a file of conditions: a photo belongs to the first folder below the one that was given."""

SUMMARY_ENDING = "_summary"


def summary_path(table: str) -> str:
    """Returns where the summary of a table is written: beside it."""
    path = as_path(table)
    return str(path.with_name(f"{path.name.removesuffix(path.suffix)}{SUMMARY_ENDING}{path.suffix}"))


def read_conditions(path: str) -> dict[str, str]:
    """Returns the conditions of photos by their names in the table.

    Args:
      path: A CSV with columns `file` and `condition`, separated by commas, semicolons or tabs.
    Raises:
      UserError: If it cannot be read, lacks a column, or names a file twice with different conditions.
    """
    try:
        with as_path(path).open("rb"):
            options = csv_layout(path).options
        encoding = options.get("encoding", "utf-8")
        with as_path(path).open(newline="", encoding=encoding) as file:
            reader = csv.DictReader(file, delimiter=options.get("sep", ","))
            header, rows = list(reader.fieldnames or ()), list(reader)
        has_escapes = is_escaped(path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"--conditions {path} cannot be read: {reason}") from error
    for column in ("file", "condition"):
        if column not in header:
            raise UserError(
                f"--conditions {path} has no column {column!r}; its columns are {', '.join(header)}"
            )
    found: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        name, condition = ((row[column] or "").strip() for column in ("file", "condition"))
        name = (unescaped(name) if has_escapes else name).replace("\\", "/")
        if not name or not condition:
            raise UserError(f"--conditions {path}, line {number}: file and condition must not be blank")
        if found.setdefault(name, condition) != condition:
            raise UserError(f"--conditions {path}, line {number}: {name} is already {found[name]}")
    return found


def conditions_of(files: Sequence[str], conditions: str) -> dict[str, str]:
    """Returns each photo's condition; a photo without one is left out.

    Args:
      files: The photos' names in the table.
      conditions: A file as `read_conditions` takes it, or `BY_FOLDER`.
    Raises:
      UserError: If no photo has one, or names of photos nearly agree; as `read_conditions`.
    """
    if conditions == BY_FOLDER:
        parts = {name: PurePosixPath(name).parts for name in files}
        found = {name: own[0] for name, own in parts.items() if len(own) > 1}
        if not found:
            raise UserError("--conditions=folder: no photo lies in a folder below what was given")
        return found
    known = read_conditions(conditions)
    find = lookup_in_any_form(known)
    names = {name: own for name in files if (own := find(name)) is not None}
    found, used = {name: known[own] for name, own in names.items()}, set(names.values())
    near = near_ids(
        [name for name in known if name not in used], [name for name in files if name not in found]
    )
    if not found:
        raise UserError(
            f"--conditions {conditions} names none of the photos: it says {next(iter(known), 'nothing')!r} where the "
            f"table has {files[0]!r}" + (f"; {near}" if near else "")
        )
    if near:
        raise UserError(
            f"--conditions {conditions}: of its names that no photo has, {near}; write them alike"
        )
    return found


def summarize(table: pd.DataFrame, aus: Sequence[int], conditions: Mapping[str, str]) -> pd.DataFrame:
    """Returns a row for each condition and AU.

    Photos and faces are counted apart: a mean is that of the faces which were found. Intervals take faces as
    independent; they are too narrow where persons have several photos.

    Args:
      table: As `face_rows.table_of_rows` returns it.
      aus: The AUs to sum up.
      conditions: By the photos' names in the table.
    """
    of_row = table["file"].map(dict(conditions))
    rows = []
    for condition in sorted(set(conditions.values())):
        own = table[of_row == condition]
        faces = own[own["found"] == 1]
        for au in aus:
            mean, low, high = mean_interval(faces[au_name(au)].to_numpy(float))
            num_present = int(faces[decision_name(au)].sum())
            share, share_low, share_high = share_interval(num_present, len(faces))
            rows.append(
                {
                    "condition": condition,
                    "au": au_name(au),
                    "num_photos": own["file"].nunique(),
                    "num_faces": len(faces),
                    "mean_score": mean,
                    "mean_low": low,
                    "mean_high": high,
                    "num_present": num_present,
                    "share_present": share,
                    "share_low": share_low,
                    "share_high": share_high,
                }
            )
    return pd.DataFrame(rows).round(4)
