"""The tables of a records folder, `rows.csv` and `rejected.csv`, in which every row is accounted for."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.formats.plain_csv import write_plain_csv
from emotionet_tf.label_lists.rejection_reasons import (
    NO_FACE,
    RejectedRow,
    commonest_reasons,
    count_kinds,
)
from emotionet_tf.records.dataset_info import REJECTED_FILE, ROWS_FILE, DatasetInfo
from emotionet_tf.records.writing.labelled_faces import LabelledFace
from emotionet_tf.storage import files


def no_record_error(
    name: str, num_rows: int, num_without_face: int, rejected: Iterable[RejectedRow]
) -> UserError:
    """Returns the error for a dataset without any record."""
    reasons = commonest_reasons(rejected)
    return UserError(
        f"dataset {name} would hold no record: of its {num_rows} rows {num_without_face} have no face and the others "
        f"are rejected{': ' if reasons else ''}{reasons}"
    )


def write_tables(
    folder: Path,
    rows: list[LabelledFace],
    no_records: list[RejectedRow],
    aus: tuple[int, ...] = ACTION_UNITS,
) -> None:
    """Writes `rows.csv`, sorted by id, and `rejected.csv`, sorted by list and line.

    Args:
      folder: The records folder.
      rows: All usable rows, with and without a face.
      no_records: Those that became no record, also those without a face.
      aus: The columns of the rows' labels.
    """
    rows = sorted(rows, key=lambda row: row.label.example_id)
    labels = [replace(row.label, photo=row.face.photo) for row in rows]
    extra: dict[str, list[object]] = {"found": [int(row.face.found) for row in rows]}
    if any(row.class_name for row in labels):
        extra["class"] = [row.class_name for row in labels]
    write_plain_csv(
        folder / ROWS_FILE,
        labels,
        aus=aus,
        with_persons=any(row.person for row in labels),
        with_intensities=any(row.intensities is not None for row in labels),
        extra_columns=extra,
    )
    write_rejected(folder, sorted(no_records, key=lambda row: (row.source, row.line)))


def write_rejected(folder: Path, rows: Iterable[RejectedRow]) -> None:
    """Writes `rejected.csv`: rows that became no record, in the order given."""
    with (
        files.written_aside(folder / REJECTED_FILE) as aside,
        aside.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "line", "file", "reason"])
        writer.writerows([row.example_id, row.line, row.source, row.reason] for row in rows)


def print_summary(info: DatasetInfo, folder: Path) -> None:
    """Prints how many rows became what, and why rows were rejected."""
    print(
        f"{info.name}: {info.num_rows} rows = {info.num_examples} records + {info.num_without_face} without a face "
        f"+ {info.num_rejected} rejected; {len(next(iter(info.views.values())))} shard(s) a view in {folder}"
    )
    if info.classes:
        counts = info.class_counts
        print(f"  {len(counts)} classes of {min(counts)} to {max(counts)} records")
    if info.num_without_face or info.num_rejected:
        total = info.num_without_face + info.num_rejected
        print(
            f"  no record came of {total} rows, without a face or rejected: all are in {folder / REJECTED_FILE}"
        )
    if info.num_rejected:
        with (folder / REJECTED_FILE).open(encoding="utf-8", newline="") as file:
            reasons = count_kinds(row["reason"] for row in csv.DictReader(file) if row["reason"] != NO_FACE)
        listed = "; ".join(f"{count} {reason}" for reason, count in reasons)
        print(f"  rejected: {listed}")
