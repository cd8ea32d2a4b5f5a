"""Reads a label list of any format into memory."""

from __future__ import annotations

import os

from emotionet_tf.label_lists.rows import LabelList, LabelRow, Rejected, duplicate_reason
from emotionet_tf.label_lists.streaming import OpenLabelList, open_class_list, open_label_list


def read_label_list(path: str | os.PathLike[str]) -> LabelList:
    """Reads a label list of any of the formats of `streaming.open_label_list`.

    A row that cannot be used (wrong number of fields, no id, a value that is none of 0, 1 and 999, an id that
    came before) is rejected with its line and reason; of several rows with one id the first is kept.

    Raises:
      UserError: If the file is missing, empty or no label list, or a column is missing or unknown.
    """
    return _collect(open_label_list(path))


def read_class_list(path: str | os.PathLike[str]) -> LabelList:
    """Reads a CSV of classes: a column `path` or `id` (or both) and a column `class`; others are passed over.

    A row that cannot be used (wrong number of fields, no id, no class, an id that came before) is rejected with its
    line and reason; of several rows with one id the first is kept. No row has a known AU.

    Raises:
      UserError: If the file is missing, empty or no class list.
    """
    return _collect(open_class_list(path))


def _collect(source: OpenLabelList) -> LabelList:
    rows: list[LabelRow] = []
    rejected: list[Rejected] = []
    seen: dict[str, LabelRow] = {}
    for row in source:
        if isinstance(row, LabelRow) and row.example_id in seen:
            row = Rejected(row.line, row.example_id, duplicate_reason(row, seen[row.example_id]))
        if isinstance(row, Rejected):
            rejected.append(row)
        else:
            seen[row.example_id] = row
            rows.append(row)
    return LabelList(rows, rejected, source.format, source.labelled_aus, source.num_blank_lines)
