"""Label lists of any size, read row by row in memory that does not grow with the file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.columns import Columns, has_au_column, is_opt_header, names_photos
from emotionet_tf.label_lists.formats.emotionet import opt_columns, training_columns
from emotionet_tf.label_lists.formats.plain_csv import plain_columns
from emotionet_tf.label_lists.rejection_reasons import RejectedRow
from emotionet_tf.label_lists.row_parser import RowParser
from emotionet_tf.label_lists.rows import CLASSES, OPT, PLAIN, TRAINING, LabelRow
from emotionet_tf.label_lists.tables.any_table import ListTable, ListTables, open_tables


class OpenLabelList:
    """A label list's rows, read from the file whenever it is iterated over.

    Every row comes as a `LabelRow`, or as a `RejectedRow` with its line and reason. Rows with an id that came before
    come too: to find them, all ids have to be kept (`reading.read_label_list` does).

    Args:
      opened: The file's lists: one, or a workbook's sheets.
      columns_of: Returns the columns of one of them.

    Attributes:
      path: The file.
      format: `TRAINING`, `OPT`, `PLAIN` or `CLASSES`.
      labelled_aus: The AUs that the format or the headers label at all, in their order.
      num_blank_lines: Lines without content, which are no rows, that the last iteration has come by.
      remark: What a person should know of a workbook's sheets; empty where there is nothing to say.
    """

    def __init__(self, opened: ListTables, columns_of: Callable[[ListTable], Columns]) -> None:
        self._tables = [(table, columns_of(table)) for table in opened.tables]
        self.path = opened.tables[0].path
        self.format = opened.format
        aus = {au for _, columns in self._tables for au in columns.aus}
        self.labelled_aus = tuple(au for au in ACTION_UNITS if au in aus)
        self.num_blank_lines = 0
        self.remark = opened.remark

    def __iter__(self) -> Iterator[LabelRow | RejectedRow]:
        """Yields the rows in the file's order; raises UserError where the file turns out to be damaged."""
        self.num_blank_lines = 0
        for table, columns in self._tables:
            parse = RowParser(columns, table.source)
            for text_row in table.rows():
                if text_row.is_blank:
                    self.num_blank_lines += 1
                else:
                    yield parse(text_row)


def open_label_list(path: str | os.PathLike[str]) -> OpenLabelList:
    """Opens a label list: a training list, an opt list or a plain CSV, as text or as an .xlsx workbook.

    A workbook's sheets of the same format are one list. A row that cannot be used is rejected: wrong number of fields,
    a quote that is not closed, no id, a value that is none of 0, 1 and 999. Only of a workbook more than a row is in
    memory: its different texts.

    Raises:
      UserError: If the file is missing, empty or no label list, or a column is missing or unknown.
    """
    return OpenLabelList(open_tables(path, "label list", _label_format), _label_columns)


def open_class_list(path: str | os.PathLike[str]) -> OpenLabelList:
    """Opens a list of classes: a column `path` or `id` (or both) and a column `class`; others are passed over.

    A row that cannot be used is rejected: wrong number of fields, a quote that is not closed, no id, no class. No row
    has a known AU.

    Raises:
      UserError: If the file is missing, empty or no class list.
    """
    return OpenLabelList(open_tables(path, CLASSES, _class_format), _class_columns)


def _label_format(header: list[str] | None) -> str:
    if header is None:
        return TRAINING
    if is_opt_header(header):
        return OPT
    return PLAIN if names_photos(header) and has_au_column(header) else ""


def _label_columns(table: ListTable) -> Columns:
    if table.header is None:
        return training_columns()
    columns_of = opt_columns if is_opt_header(table.header) else plain_columns
    return columns_of(table.name, table.header)


def _class_format(header: list[str] | None) -> str:
    is_one = header and names_photos(header) and "class" in (name.lower() for name in header)
    return CLASSES if is_one else ""


def _class_columns(table: ListTable) -> Columns:
    header = [name.lower() for name in table.header or ()]
    photo, own_id, class_name = (
        header.index(name) if name in header else None for name in ("path", "id", "class")
    )
    if class_name is None or (photo is None and own_id is None):
        raise UserError(
            f"{table.name}: no class list; it needs a column 'class' and 'path' or 'id', its columns are "
            f"{', '.join(header)[:500] or 'without names'}"
        )
    return Columns(len(header), photo=photo, id=own_id, class_name=class_name)
