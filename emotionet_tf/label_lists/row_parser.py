"""From a row of text to labels with a mask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.cell_values import CellValues, RowValues, WrongCells
from emotionet_tf.label_lists.class_names import class_name_problem, clean_class_name
from emotionet_tf.label_lists.formats.list_format import Columns
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.rejection_reasons import (
    LINE_FEED_IN_ID,
    NO_ID,
    RejectedRow,
    long_id,
    wrong_field_count,
)
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.label_lists.tables.text_rows import TextRow, stripped

_MAX_ID_CHARS = 4096
"""As long as the longest path that systems take."""

_MAX_KNOWN = 1 << 14
"""Combinations of values that are kept: a list of 23 AUs may have a new one in every row."""


class RowParser:
    """Parses the rows of a file; rows with the same values share their arrays, which are read-only.

    The training lists have a million rows but few combinations of 12 labels: arrays of their own took 1.5 GB.

    Args:
      columns: Which column holds what.
      values: What the cells say.
      wrong: Counts the cells that are not understood.
      path: What messages call the file.
      source: The sheet or list that rows are of, where there are several.
      aus: The columns of the rows' labels; EmotioNet's 23, or more where the list has others.
    """

    def __init__(
        self,
        columns: Columns,
        values: CellValues,
        wrong: WrongCells,
        path: str = "",
        source: str = "",
        aus: tuple[int, ...] = ACTION_UNITS,
    ) -> None:
        self._columns = columns
        self._values_of = values
        self._wrong = wrong
        self._path = path
        self._aus = aus
        self._source = source
        self._known: dict[tuple[str, ...], RowValues] = {}
        indices = (*columns.aus.values(), *columns.intensities.values())
        # Of one column, itemgetter makes no tuple; of 12 it does so in a quarter of the time.
        self._values: Callable[[list[str]], tuple[str, ...]] = (
            itemgetter(*indices) if len(indices) > 1 else lambda cells: tuple(cells[i] for i in indices)
        )

    def __call__(self, text_row: TextRow) -> LabelRow | RejectedRow:
        """Returns a row's labels, or why it cannot be used; raises UserError where the list is not one of labels."""
        row_id, photo, problem = identity(text_row, self._columns)
        if problem:
            return RejectedRow(text_row.line, row_id, problem, self._source)
        cells = text_row.cells
        class_name = (
            None if self._columns.class_name is None else clean_class_name(cells[self._columns.class_name])
        )
        if problem := class_name_problem(class_name):
            return RejectedRow(text_row.line, row_id, problem, self._source)
        values = self._values(cells)
        found = self._known.get(values)
        if found is None:
            try:
                found = self._values_of(values)
            except UserError as error:
                raise UserError(f"{self._path}, {self._place(text_row)}: {error}") from error
            except ValueError as error:
                return RejectedRow(text_row.line, row_id, str(error), self._source)
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[values] = found
        if found.wrong:
            self._wrong.add(found.wrong, self._place(text_row))
        return LabelRow(
            row_id,
            photo,
            found.labels,
            found.mask,
            text_row.line,
            class_name or "",
            self._source,
            self._aus,
            found.intensities,
            _cell(cells, self._columns.person),
        )

    def _place(self, text_row: TextRow) -> str:
        return f"line {text_row.line}" + (f" of {self._source}" if self._source else "")


def identity(text_row: TextRow, columns: Columns) -> tuple[str, str, str]:
    """Returns a row's id and photo, as far as it has them, and why it cannot be used (empty where it can).

    Id and photo stand in for each other where a file has only one of them.
    """
    cells = text_row.cells
    photo = columns.photo_of(text_row) if columns.photo_of else _cell(cells, columns.photo)
    own_id = _cell(cells, columns.id)
    row_id = example_id(own_id or photo)
    photo = photo or own_id
    if text_row.problem:
        return row_id[:_MAX_ID_CHARS], photo, text_row.problem
    # Spreadsheets end some rows with empty cells that the header lacks.
    num_fields = len(cells)
    if num_fields > columns.num_fields and not any(map(stripped, cells[columns.num_fields :])):
        num_fields = columns.num_fields
    if num_fields != columns.num_fields:
        return row_id[:_MAX_ID_CHARS], photo, wrong_field_count(num_fields, columns.num_fields)
    if not row_id:
        return "", photo, NO_ID
    if len(row_id) > _MAX_ID_CHARS:
        return row_id[:_MAX_ID_CHARS], photo, long_id(len(row_id))
    if "\n" in row_id:
        return row_id, photo, LINE_FEED_IN_ID
    return row_id, photo, ""


def _cell(cells: Sequence[str], index: int | None) -> str:
    return "" if index is None or index >= len(cells) else stripped(cells[index])
