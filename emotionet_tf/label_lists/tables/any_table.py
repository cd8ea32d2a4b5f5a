"""A list of any kind of file, text or spreadsheet, as rows of text that are read as a stream."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.columns import is_opt_header, names_photos
from emotionet_tf.label_lists.formats.emotionet import is_training_line, is_training_row, training_rows
from emotionet_tf.label_lists.rows import source_name
from emotionet_tf.label_lists.tables.csv_rows import csv_rows, delimiter_of
from emotionet_tf.label_lists.tables.text_lines import TOO_LONG, TextLine, first_bytes, read_lines
from emotionet_tf.label_lists.tables.text_rows import TextRow, stripped
from emotionet_tf.label_lists.tables.workbooks import Sheet, find_sheets, is_workbook, sheet_rows


@dataclass(frozen=True)
class ListTable:
    """A list's rows.

    Attributes:
      path: The file.
      header: Its columns' names without the blanks and quotes around them; None for a training list, which has none.
      rows: Opens the file and yields the rows behind the header, blank ones too; raises UserError where it is damaged.
      source: The sheet, where several are read; empty for a file that is one list.
    """

    path: str
    header: list[str] | None
    rows: Callable[[], Iterator[TextRow]]
    source: str = ""

    @property
    def name(self) -> str:
        """The file, and the sheet where several are read."""
        return source_name(self.path, self.source)


@dataclass(frozen=True)
class ListTables:
    """A file's lists of one format, of which a workbook may have several.

    Attributes:
      tables: The lists, in the file's order; at least one.
      format: Theirs.
      remark: Which sheets are read where there are several, and which are passed over; empty where there is nothing
        to say.
    """

    tables: list[ListTable]
    format: str
    remark: str = ""


def open_tables(
    path: str | os.PathLike[str], kind: str, format_of: Callable[[list[str] | None], str]
) -> ListTables:
    """Returns the lists of a file, of which only the first row that is not blank has been read.

    Of a workbook, all sheets are read that have the format of its first list; empty ones are passed over silently.

    Args:
      path: The file.
      kind: What it is called where it is at fault.
      format_of: Returns the format of a list with this header (None for a training list); empty for what is none.
    Raises:
      UserError: If the file is missing, cannot be read, or has no row.
    """
    path = os.fspath(path)
    if not is_workbook(first_bytes(path, kind), path):
        table = _open_text(path, kind)
        return ListTables([table], format_of(table.header))
    sheets = find_sheets(path)
    tables = {
        sheet.number: _sheet_table(path, sheet.number, sheet.first)
        for sheet in sheets
        if sheet.first and _can_begin_list(sheet.first.cells)
    }
    if not tables:
        raise UserError(
            f"{path}: no sheet is a {kind}, with the columns 'URL' (opt list), 'path' or 'id': "
            + ("; ".join(map(str, sheets))[:500] or "it has none")
        )
    formats = {index: format_of(table.header) for index, table in tables.items()}
    wanted = next(filter(None, formats.values()), "")
    # Of sheets that are none, the first one tells the person what it lacks.
    chosen = [index for index in tables if formats[index] == wanted][: None if wanted else 1]
    others = [sheet for sheet in sheets if sheet.number not in chosen and sheet.first]
    remark = _sheets_remark(
        path, [sheet for sheet in sheets if sheet.number in chosen], others, wanted or kind
    )
    if len(chosen) == 1:
        return ListTables([tables[chosen[0]]], wanted, remark)
    return ListTables(
        [replace(tables[index], source=f"sheet '{sheets[index].title}'") for index in chosen], wanted, remark
    )


def _sheets_remark(path: str, chosen: list[Sheet], others: list[Sheet], wanted: str) -> str:
    parts = []
    if len(chosen) > 1:
        titles = ", ".join(f"'{sheet.title}'" for sheet in chosen)
        parts.append(f"sheets {titles} are read")
    if others:
        parts.append(f"passed over as no {wanted}: " + "; ".join(map(str, others))[:500])
    return f"{path}: {'; '.join(parts)}" if parts else ""


def _sheet_table(path: str, index: int, first: TextRow) -> ListTable:
    if is_training_row(first.cells):
        return ListTable(path, None, lambda: sheet_rows(path, index, first.line, 0))
    header = [stripped(cell) for cell in first.cells]
    return ListTable(path, header, lambda: sheet_rows(path, index, first.line + 1, len(header)))


def _can_begin_list(cells: list[str]) -> bool:
    """Returns whether a sheet whose first row has these cells may be a list of any kind."""
    names = {stripped(cell) for cell in cells}
    return is_training_row(cells) or is_opt_header(names) or names_photos(names)


def _open_text(path: str, kind: str) -> ListTable:
    lines = read_lines(path)
    first = next((line for line in lines if line.text.strip(" \t,;\"'\ufeff\xa0")), None)
    if first is None:
        raise UserError(f"{path}: the {kind} is empty")
    if first.is_cut:
        raise UserError(f"{path}: no {kind}: line {first.number}, its first, is {TOO_LONG}")
    if is_training_line(first.text):
        return ListTable(path, None, lambda: training_rows(read_lines(path)))
    delimiter = delimiter_of(first.text)
    # The header may take several lines; how many, the next line read tells.
    last = first.number

    def counted() -> Iterator[TextLine]:
        nonlocal last
        for line in chain([first], lines):
            last = line.number
            yield line

    header = next(csv_rows(counted(), delimiter, num_fields=None))
    if header.problem:
        raise UserError(f"{path}, line {header.line}: the header cannot be read: {header.problem}")
    num_fields = len(header.cells)
    return ListTable(
        path,
        [stripped(cell) for cell in header.cells],
        lambda: csv_rows(islice(read_lines(path), last, None), delimiter, num_fields),
    )
