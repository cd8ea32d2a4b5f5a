"""`rows.csv` and `rejected.csv` of a records folder, read as streams and compared with its records."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from emotionet_tf.faces.table import FACE_TABLE_NAME
from emotionet_tf.inspection.verifying_reader import Problem
from emotionet_tf.label_lists.rejection_reasons import NO_FACE, count_kinds
from emotionet_tf.records.dataset_info import REJECTED_FILE, ROWS_FILE, DatasetInfo
from emotionet_tf.storage.paths import as_path

# Ids that are gathered before they become an array.
_CHUNK = 65536


@dataclass(frozen=True, eq=False)
class RecordTables:
    """What the tables say.

    Attributes:
      num_rows: Usable rows, with and without a face.
      found_ids: [n] bytes, the ids of those with a face.
      folders: The folders of the photos; without the photos' root.
      num_rejected: Rows that could not be used.
      num_faceless: Rows without a face that are listed beside the rejected ones.
      reasons: The kinds of reasons why, with counts, the most frequent first.
      detectors: Faces by what found them, the most frequent first; empty where the folder has no face table.
    """

    num_rows: int
    found_ids: np.ndarray
    folders: frozenset[str]
    num_rejected: int
    num_faceless: int
    reasons: tuple[tuple[str, int], ...]
    detectors: tuple[tuple[str, int], ...]


def read_tables(folder: str) -> tuple[RecordTables, list[Problem]]:
    """Reads the tables of a records folder; a missing or invalid one counts as empty and is a problem."""
    problems: list[Problem] = []
    num_rows = 0
    folders: set[str] = set()
    chunks, ids = [np.zeros(0, "S1")], []
    for row_id, path, found in _columns(as_path(folder) / ROWS_FILE, ("id", "path", "found"), problems):
        num_rows += 1
        folders.add(str(PurePosixPath(path).parent))
        if found == "1":
            ids.append(row_id.encode())
        if len(ids) == _CHUNK:
            chunks.append(np.array(ids))
            ids = []
    found_ids = np.concatenate([*chunks, np.array(ids, dtype=None if ids else "S1")])
    listed = [reason for (reason,) in _columns(as_path(folder) / REJECTED_FILE, ("reason",), problems)]
    reasons = [reason for reason in listed if reason != NO_FACE]
    tables = RecordTables(
        num_rows=num_rows,
        found_ids=found_ids,
        folders=frozenset(folders - {"."}),
        num_rejected=len(reasons),
        num_faceless=len(listed) - len(reasons),
        reasons=tuple(count_kinds(reasons)),
        detectors=_detectors(as_path(folder) / FACE_TABLE_NAME, problems),
    )
    return tables, problems


def compare_tables(folder: str, tables: RecordTables, info: DatasetInfo, ids: np.ndarray) -> list[Problem]:
    """Returns where the tables differ from `dataset.json` and from the records.

    Args:
      folder: The records folder.
      tables: Its tables.
      info: Its `dataset.json`.
      ids: [n] bytes, the ids of its records; empty where they could not all be read.
    """
    rows_file, rejected_file = str(as_path(folder) / ROWS_FILE), str(as_path(folder) / REJECTED_FILE)
    problems = []
    expected = info.num_examples + info.num_without_face
    if tables.num_rows != expected:
        problems.append(Problem(rows_file, f"it has {tables.num_rows} rows; dataset.json says {expected}"))
    if tables.num_rejected != info.num_rejected:
        what = f"it has {tables.num_rejected} rows; dataset.json says {info.num_rejected}"
        problems.append(Problem(rejected_file, what))
    # In folders from before the table had them, no row without a face is listed.
    if tables.num_faceless not in (0, info.num_without_face):
        what = f"it has {tables.num_faceless} rows without a face; dataset.json says {info.num_without_face}"
        problems.append(Problem(rejected_file, what))
    if info.num_rows != expected + info.num_rejected:
        what = f"dataset.json: {info.num_rows} rows are not {expected} usable ones + {info.num_rejected} rejected"
        problems.append(Problem(folder, what))
    if len(ids):
        for missing, there, where in (
            (np.setdiff1d(ids, tables.found_ids), "in the records", "not in the table with a face"),
            (np.setdiff1d(tables.found_ids, ids), "in the table with a face", "not in the records"),
        ):
            if len(missing):
                what = f"{len(missing)} ids are {there} and {where}, such as {missing[0].decode()}"
                problems.append(Problem(rows_file, what))
    return problems


def _detectors(path: Path, problems: list[Problem]) -> tuple[tuple[str, int], ...]:
    if not path.is_file():
        return ()  # `write_records` leaves it in the faces' folder
    rows = _columns(path, ("detector", "found"), problems)
    return tuple(Counter(detector for detector, found in rows if found == "1").most_common())


def _columns(path: Path, names: tuple[str, ...], problems: list[Problem]) -> Iterator[list[str]]:
    """Yields some columns of a CSV row by row."""
    if not path.is_file():
        problems.append(Problem(str(path), "the table is missing"))
        return
    with path.open(encoding="utf-8", newline="", errors="replace") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        if not set(names) <= set(header):
            problems.append(Problem(str(path), f"it lacks a column: {', '.join(set(names) - set(header))}"))
            return
        places = [header.index(name) for name in names]
        for row in reader:
            if len(row) == len(header):
                yield [row[place] for place in places]
            else:
                what = f"line {reader.line_num} has {len(row)} columns instead of {len(header)}"
                problems.append(Problem(str(path), what))
