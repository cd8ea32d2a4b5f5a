"""Reads a label list of any format."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.columns import Columns
from emotionet_tf.label_lists.emotionet_lists import (
    is_training_line,
    opt_columns,
    training_columns,
    training_rows,
)
from emotionet_tf.label_lists.plain_csv import plain_columns
from emotionet_tf.label_lists.row_parser import RowParser
from emotionet_tf.label_lists.rows import (
    CLASSES,
    OPT,
    PLAIN,
    TRAINING,
    LabelList,
    LabelRow,
    Rejected,
    duplicate_reason,
)
from emotionet_tf.label_lists.text_rows import TextRow, csv_rows, read_text, stripped


def read_label_list(path: str | os.PathLike[str]) -> LabelList:
    """Reads a label list of any of the three formats.

    A row that cannot be used (wrong number of fields, no id, a value that is none of 0, 1 and 999, an id that
    came before) is rejected with its line and reason; of several rows with one id the first is kept.

    Raises:
      UserError: If the file is missing, empty or no label list, or a column is missing or unknown.
    """
    text = read_text(path)
    first = next((line for line in io.StringIO(text) if line.strip(" \t\n,;\"'")), None)
    if first is None:
        raise UserError(f"{path}: the label list is empty")
    if is_training_line(first):
        return _collect(training_rows(text), training_columns(), TRAINING)
    text_rows = csv_rows(path, text)
    header = [stripped(cell) for cell in next(text_rows).cells]
    if "URL" in header:
        columns, format_name = opt_columns(path, header), OPT
    else:
        columns, format_name = plain_columns(path, header), PLAIN
    return _collect(text_rows, columns, format_name)


def read_class_list(path: str | os.PathLike[str]) -> LabelList:
    """Reads a CSV of classes: a column `path` or `id` (or both) and a column `class`; others are passed over.

    A row that cannot be used (wrong number of fields, no id, no class, an id that came before) is rejected with its
    line and reason; of several rows with one id the first is kept. No row has a known AU.

    Raises:
      UserError: If the file is missing, empty or no class list.
    """
    text = read_text(path)
    if not text.strip(" \t\n,;\"'"):
        raise UserError(f"{path}: the class list is empty")
    text_rows = csv_rows(path, text)
    header = [stripped(cell).lower() for cell in next(text_rows).cells]
    photo, own_id, class_name = (
        header.index(name) if name in header else None for name in ("path", "id", "class")
    )
    if class_name is None or (photo is None and own_id is None):
        raise UserError(
            f"{path}: no class list; it needs a column 'class' and 'path' or 'id', its columns are {', '.join(header)}"
        )
    return _collect(text_rows, Columns(len(header), photo=photo, id=own_id, class_name=class_name), CLASSES)


def _collect(text_rows: Iterable[TextRow], columns: Columns, format_name: str) -> LabelList:
    rows: list[LabelRow] = []
    rejected: list[Rejected] = []
    seen: dict[str, LabelRow] = {}
    num_blank = 0
    parse = RowParser(columns)
    for text_row in text_rows:
        if not any(map(stripped, text_row.cells)):
            num_blank += 1
            continue
        row = parse(text_row)
        if isinstance(row, LabelRow) and row.example_id in seen:
            row = Rejected(row.line, row.example_id, duplicate_reason(row, seen[row.example_id]))
        if isinstance(row, Rejected):
            rejected.append(row)
        else:
            seen[row.example_id] = row
            rows.append(row)
    return LabelList(rows, rejected, format_name, tuple(columns.aus), num_blank)
