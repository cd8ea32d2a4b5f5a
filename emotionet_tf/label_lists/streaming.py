"""Label lists of any size, read row by row in memory that does not grow with the file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from emotionet_tf.action_units import table_order
from emotionet_tf.au_sets import au_set_of
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.cell_values import CellValues, WrongCells
from emotionet_tf.label_lists.datasets.label_folders import LabelFolder
from emotionet_tf.label_lists.datasets.open_dataset import OpenDataset
from emotionet_tf.label_lists.datasets.reading_settings import DEFAULT_READING, LabelReading
from emotionet_tf.label_lists.datasets.registry import find_dataset
from emotionet_tf.label_lists.formats.header_columns import unread_au_columns
from emotionet_tf.label_lists.formats.registry import CLASS_FORMATS, LABEL_FORMATS
from emotionet_tf.label_lists.rejection_reasons import HEADER_AGAIN, RejectedRow
from emotionet_tf.label_lists.row_parser import RowParser
from emotionet_tf.label_lists.rows import LabelRow, source_name
from emotionet_tf.label_lists.tables.text_or_workbook import ListTables, open_tables
from emotionet_tf.label_lists.tables.text_rows import TextRow, stripped
from emotionet_tf.storage.files import sha256_of
from emotionet_tf.storage.paths import RemotePath, as_path


class OpenLabelList:
    """A label list's rows, read from the file whenever it is iterated over.

    Every row comes as a `LabelRow`, or as a `RejectedRow` with its line and reason. Rows with an id that came before
    come too: to find them, all ids have to be kept (`reading.read_label_list` does).

    Args:
      opened: The file's lists: one, or a workbook's sheets.
      reading: What cells mean where the list does not say it itself.
    Raises:
      UserError: If a threshold of intensities is given to a list that says itself what is present.

    Attributes:
      path: The file.
      format: The name of the list's format.
      labelled_aus: The AUs that the format or the headers label at all, in their order.
      aus: The columns of the rows' labels.
      num_blank_lines: Lines without content, which are not rows, that the last iteration has met.
    """

    def __init__(self, opened: ListTables, reading: LabelReading = DEFAULT_READING) -> None:
        self._tables = opened.tables
        self.path = opened.tables[0].path
        self.format = opened.tables[0].format.name
        self.labelled_aus = table_order(au for table in opened.tables for au in table.columns.aus)
        self.aus = au_set_of(self.labelled_aus)
        self.num_blank_lines = 0
        self._reading = reading
        self._opened_remark = "\n".join(filter(None, (opened.remark, *_unread_remarks(opened))))
        self._remarks: list[str] = []
        if reading.positive_from is not None:
            _check_intensities(opened, reading.positive_from)

    @property
    def remark(self) -> str:
        """What a person should know of the list: its sheets and columns, and what the last iteration has met."""
        return "\n".join(filter(None, (self._opened_remark, *self._remarks)))

    def __iter__(self) -> Iterator[LabelRow | RejectedRow]:
        """Yields the rows in the file's order; raises UserError where the file turns out to be damaged."""
        self.num_blank_lines = 0
        wrong = WrongCells()
        for table in self._tables:
            values = CellValues(table.columns, table.format, self._reading, self.aus)
            parse = RowParser(table.columns, values, wrong, self.path, table.source, self.aus)
            for text_row in table.rows():
                if text_row.is_blank:
                    self.num_blank_lines += 1
                elif _is_header(text_row, table.header):
                    yield RejectedRow(text_row.line, "", HEADER_AGAIN, table.source)
                else:
                    yield parse(text_row)
            wrong.has_known |= values.has_known
            wrong.highest = max(wrong.highest, values.highest)
        self._remarks = [f"{self.path}: {line}" for line in wrong.lines()]
        if wrong and not wrong.has_known:
            raise UserError(f"{self.path}: no label is known: {'; '.join(wrong.lines())}")
        if self._reading.positive_from is not None:
            self._remarks.append(self._threshold_remark(self._reading.positive_from, wrong.highest))

    def _threshold_remark(self, positive_from: float, highest: float) -> str:
        if highest <= 1 < positive_from:
            return (
                f"warning: {self.path}: no cell is above 1, so that --positive_from={positive_from:g} makes every AU "
                "absent; leave it out if the list says what is present"
            )
        return f"{self.path}: cells are intensities; present is what has {positive_from:g} or more (--positive_from)"


def open_label_list(
    path: str | os.PathLike[str],
    reading: LabelReading = DEFAULT_READING,
    pictures: Iterable[str] | Callable[[], Iterable[str]] | None = None,
) -> OpenLabelList | OpenDataset:
    """Opens a label list in any of the `LABEL_FORMATS`, as text or as an .xlsx workbook, or a dataset's label files.

    A workbook's sheets of the same format are one list. A row that cannot be used is rejected: wrong number of fields,
    a quote that is not closed, no id, in EmotioNet's lists a label that is not valid. In a plain CSV such a cell is
    unknown, and the remark names it. Only of a workbook is more than a row in memory: its different texts.

    Args:
      path: The list, or the folder or file of one of the `DATASET_FORMATS`, which is held in memory.
      reading: How a dataset's files are read, and what a list's cells mean.
      pictures: Relative paths of the pictures that are there, or what lists them, to find a dataset's frames by; None
        where nobody knows.
    Raises:
      UserError: If the file is missing, empty or not in one of the formats, or a column is missing or unknown; while
        rows are read, if cells are intensities without a threshold, or no cell is understood.
    """
    local = as_path(path)
    if not isinstance(local, RemotePath) and (dataset := find_dataset(local, reading.label_format)):
        return OpenDataset(local, dataset, reading, pictures)
    return OpenLabelList(open_tables(path, "label list", LABEL_FORMATS), reading)


def _is_header(row: TextRow, header: Sequence[str]) -> bool:
    """Returns whether a row is the header once more, as in lists that were put one behind the other."""
    return bool(header) and stripped(row.cells[0]) == header[0] and [*map(stripped, row.cells)] == [*header]


def _unread_remarks(opened: ListTables) -> Iterator[str]:
    """Yields which columns of a list's header look like AUs and are not read."""
    for table in opened.tables:
        if table.columns.aus and (names := unread_au_columns(table.header)):
            yield (
                f"warning: {source_name(table.path, table.source)}: not read: {', '.join(names[:20])}; columns of AUs "
                "are named as AU06 or AU6, of one side AU06L, of intensities AU06_intensity"
            )


def _check_intensities(opened: ListTables, positive_from: float) -> None:
    """Raises UserError if a list does not have its intensities in the AUs' own columns."""
    for table in opened.tables:
        if not table.format.is_own or table.columns.intensities:
            has = (
                "has columns of intensities beside it" if table.columns.intensities else "has no intensities"
            )
            raise UserError(
                f"{table.path}: this {table.format.name} says itself what is present, and {has}; leave "
                f"--positive_from={positive_from:g} out"
            )


def label_checksum(path: str | os.PathLike[str], reading: LabelReading = DEFAULT_READING) -> str:
    """Returns a checksum of a label list, or of a dataset's label files with their places."""
    local = as_path(path)
    dataset = None if isinstance(local, RemotePath) else find_dataset(local, reading.label_format)
    if dataset is None or local.is_file():
        return sha256_of(local)
    lines = [f"{file.name} {sha256_of(file.path)}\n" for file in dataset.files(LabelFolder.of(local))]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def open_class_list(path: str | os.PathLike[str]) -> OpenLabelList:
    """Opens a list of classes: a column `path` or `id` (or both) and a column `class`; others are ignored.

    A row that cannot be used is rejected: wrong number of fields, a quote that is not closed, no id, no class. No row
    has a known AU.

    Raises:
      UserError: If the file is missing, empty or not a class list.
    """
    return OpenLabelList(open_tables(path, "class list", CLASS_FORMATS))
