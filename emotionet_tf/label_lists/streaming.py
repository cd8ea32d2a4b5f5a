"""Label lists of any size, read row by row in memory that does not grow with the file."""

from __future__ import annotations

import os
from collections.abc import Iterator

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.columns import Columns, is_opt_header
from emotionet_tf.label_lists.emotionet_lists import opt_columns, training_columns
from emotionet_tf.label_lists.list_table import ListTable, open_table
from emotionet_tf.label_lists.plain_csv import plain_columns
from emotionet_tf.label_lists.row_parser import RowParser
from emotionet_tf.label_lists.rows import CLASSES, OPT, PLAIN, TRAINING, LabelRow, Rejected


class OpenLabelList:
    """A label list's rows, read from the file whenever it is iterated over.

    Every row comes as a `LabelRow`, or as `Rejected` with its line and reason. Rows with an id that came before come
    too: to find them, all ids have to be kept (`reading.read_label_list` does).

    Attributes:
      path: The file.
      format: `TRAINING`, `OPT`, `PLAIN` or `CLASSES`.
      labelled_aus: The AUs that the format or the header labels at all, in their order.
      num_blank_lines: Lines without content, which are no rows, that the last iteration has come by.
    """

    def __init__(self, table: ListTable, columns: Columns, format_name: str) -> None:
        self.path = table.path
        self.format = format_name
        self.labelled_aus = tuple(columns.aus)
        self.num_blank_lines = 0
        self._table = table
        self._columns = columns

    def __iter__(self) -> Iterator[LabelRow | Rejected]:
        """Yields the rows in the file's order; raises UserError where the file turns out to be damaged."""
        self.num_blank_lines = 0
        parse = RowParser(self._columns)
        for text_row in self._table.rows():
            if text_row.is_blank:
                self.num_blank_lines += 1
            else:
                yield parse(text_row)


def open_label_list(path: str | os.PathLike[str]) -> OpenLabelList:
    """Opens a label list: a training list, an opt list or a plain CSV, as text or as an .xlsx workbook.

    A row that cannot be used is rejected: wrong number of fields, a quote that is not closed, no id, a value that is
    none of 0, 1 and 999. Only of a workbook more than a row is in memory: its different texts.

    Raises:
      UserError: If the file is missing, empty or no label list, or a column is missing or unknown.
    """
    table = open_table(path)
    if table.header is None:
        return OpenLabelList(table, training_columns(), TRAINING)
    if is_opt_header(table.header):
        return OpenLabelList(table, opt_columns(table.path, table.header), OPT)
    return OpenLabelList(table, plain_columns(table.path, table.header), PLAIN)


def open_class_list(path: str | os.PathLike[str]) -> OpenLabelList:
    """Opens a list of classes: a column `path` or `id` (or both) and a column `class`; others are passed over.

    A row that cannot be used is rejected: wrong number of fields, a quote that is not closed, no id, no class. No row
    has a known AU.

    Raises:
      UserError: If the file is missing, empty or no class list.
    """
    table = open_table(path, "class list")
    header = [name.lower() for name in table.header or ()]
    photo, own_id, class_name = (
        header.index(name) if name in header else None for name in ("path", "id", "class")
    )
    if class_name is None or (photo is None and own_id is None):
        raise UserError(
            f"{path}: no class list; it needs a column 'class' and 'path' or 'id', its columns are "
            f"{', '.join(header)[:500] or 'without names'}"
        )
    columns = Columns(len(header), photo=photo, id=own_id, class_name=class_name)
    return OpenLabelList(table, columns, CLASSES)
