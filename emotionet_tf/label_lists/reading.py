"""Reads label lists of any format into memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace

from emotionet_tf.action_units import table_order
from emotionet_tf.au_sets import common_au_set
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.open_dataset import OpenDataset
from emotionet_tf.label_lists.datasets.reading_settings import DEFAULT_READING, LabelReading
from emotionet_tf.label_lists.joined_rows import RowsOfOneId
from emotionet_tf.label_lists.rejection_reasons import RejectedRow
from emotionet_tf.label_lists.rows import LabelList, LabelRow, source_name
from emotionet_tf.label_lists.streaming import OpenLabelList, open_class_list, open_label_list


def read_label_list(
    path: str | os.PathLike[str],
    reading: LabelReading = DEFAULT_READING,
    pictures: Iterable[str] | None = None,
) -> LabelList:
    """Reads a label list of any of the formats of `streaming.open_label_list`, which see.

    A row that cannot be used (wrong number of fields, no id, a label that is not valid) is rejected with its line and
    reason. Of several rows with one id the first is kept, with the AUs that later ones add; those are rejected, too.

    Raises:
      UserError: If the file is missing, empty or not a label list, or a column is missing or unknown.
    """
    return _collect(open_label_list(path, reading, pictures))


def read_label_lists(
    paths: Sequence[str], reading: LabelReading = DEFAULT_READING, pictures: Iterable[str] | None = None
) -> LabelList:
    """Reads label lists one after the other as if they were one, as `read_label_list` does.

    Its format is the first one's; of several lists, each row's `source` names the file.

    Raises:
      UserError: As `read_label_list` does, or if there is no list.
    """
    if not paths:
        raise UserError("no label list is given")
    if len(paths) == 1:
        return read_label_list(paths[0], reading, pictures)
    opened = [open_label_list(path, reading, pictures) for path in paths]
    aus = common_au_set([one.aus for one in opened])
    rows, rejected = _one_of_each_id(
        replace(row, source=source_name(one.path, row.source)) for one in opened for row in one
    )
    return LabelList(
        [row.in_columns(aus) for row in rows],
        rejected,
        opened[0].format,
        table_order(au for one in opened for au in one.labelled_aus),
        sum(one.num_blank_lines for one in opened),
        "\n".join(one.remark for one in opened if one.remark),
        aus,
    )


def read_class_list(path: str | os.PathLike[str]) -> LabelList:
    """Reads a CSV of classes: a column `path` or `id` (or both) and a column `class`; others are ignored.

    A row that cannot be used (wrong number of fields, no id, no class, an id that came before) is rejected with its
    line and reason; of several rows with one id the first is kept. No row has a known AU.

    Raises:
      UserError: If the file is missing, empty or not a class list.
    """
    return _collect(open_class_list(path))


def _collect(opened: OpenLabelList | OpenDataset) -> LabelList:
    rows, rejected = _one_of_each_id(opened)
    return LabelList(
        rows, rejected, opened.format, opened.labelled_aus, opened.num_blank_lines, opened.remark, opened.aus
    )


def _one_of_each_id(source: Iterable[LabelRow | RejectedRow]) -> tuple[list[LabelRow], list[RejectedRow]]:
    rows: list[LabelRow] = []
    rejected: list[RejectedRow] = []
    places: dict[str, int] = {}
    repeated: dict[str, RowsOfOneId] = {}
    for row in source:
        if isinstance(row, RejectedRow):
            rejected.append(row)
        elif row.example_id not in places:
            places[row.example_id] = len(rows)
            rows.append(row)
        else:
            place = places[row.example_id]
            of_id = repeated.setdefault(row.example_id, RowsOfOneId(rows[place]))
            reason = of_id.add(row)
            rows[place] = of_id.row
            person = row.person or of_id.row.person
            rejected.append(RejectedRow(row.line, row.example_id, reason, row.source, person=person))
    return rows, rejected
