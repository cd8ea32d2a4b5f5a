"""From a row of text to labels with a mask."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emotionet_tf.action_units import NUM_AUS, UNKNOWN, column_of
from emotionet_tf.label_lists.class_names import class_name_problem, clean_class_name
from emotionet_tf.label_lists.columns import Columns
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.rows import LabelRow, Rejected
from emotionet_tf.label_lists.text_rows import TextRow, stripped


class RowParser:
    """Parses the rows of a file; rows with the same values share their arrays, which are read-only.

    The training lists have a million rows but few combinations of 12 labels: arrays of their own took 1.5 GB.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._known: dict[tuple[str, ...], tuple[np.ndarray, np.ndarray]] = {}

    def __call__(self, text_row: TextRow) -> LabelRow | Rejected:
        """Returns a row's labels, or why it cannot be used."""
        cells = text_row.cells
        num_fields = self._columns.num_fields
        # Spreadsheets end some rows with empty cells that the header lacks.
        if len(cells) > num_fields and not any(map(stripped, cells[num_fields:])):
            cells = cells[:num_fields]
        row_id, photo = _identity(cells, self._columns)
        if len(cells) != num_fields:
            return Rejected(text_row.line, row_id, f"{len(cells)} fields instead of {num_fields}")
        if not row_id:
            return Rejected(text_row.line, "", "no id")
        class_name = (
            None if self._columns.class_name is None else clean_class_name(cells[self._columns.class_name])
        )
        if problem := class_name_problem(class_name):
            return Rejected(text_row.line, row_id, problem)
        values = tuple(cells[index] for index in self._columns.aus.values())
        if values not in self._known:
            try:
                self._known[values] = self._arrays(values)
            except ValueError as error:
                return Rejected(text_row.line, row_id, str(error))
        return LabelRow(row_id, photo, *self._known[values], text_row.line, class_name or "")

    def _arrays(self, values: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Returns labels and mask; raises ValueError for a value that is none of the valid ones."""
        labels = np.zeros(NUM_AUS, np.float32)
        mask = np.zeros(NUM_AUS, np.float32)
        for au, cell in zip(self._columns.aus, map(stripped, values), strict=True):
            value = _value(cell, self._columns.blank_is_unknown)
            if value is None:
                raise ValueError(f"AU {au} is '{cell}', none of 0, 1, {UNKNOWN}")
            if value != UNKNOWN:
                labels[column_of(au)] = value
                mask[column_of(au)] = 1
        labels.flags.writeable = mask.flags.writeable = False
        return labels, mask


def _identity(cells: Sequence[str], columns: Columns) -> tuple[str, str]:
    """Returns a row's id and photo; each stands in for the other where a file has only one of them."""
    photo = _cell(cells, columns.photo)
    own_id = _cell(cells, columns.id)
    row_id = example_id(own_id or photo) if own_id or photo else ""
    return row_id, photo or own_id


def _cell(cells: Sequence[str], index: int | None) -> str:
    return "" if index is None or index >= len(cells) else stripped(cells[index])


def _value(cell: str, blank_is_unknown: bool) -> int | None:
    """Returns 0, 1 or `UNKNOWN`, or None for anything else."""
    if not cell:
        return UNKNOWN if blank_is_unknown else None
    try:
        number = float(cell)
    except ValueError:
        return None
    return int(number) if number in (0, 1, UNKNOWN) else None
