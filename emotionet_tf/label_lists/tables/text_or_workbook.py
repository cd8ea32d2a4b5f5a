"""A list in a text file or a workbook, recognized by its first row and read as a stream."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.formats.list_format import Columns, ListFormat
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
      format: Its format.
      header: Its columns' names without the blanks and quotes around them; empty where it has none.
      rows: Opens the file and yields the rows behind the header, blank ones too; raises UserError where it is damaged.
      source: The sheet, where several are read; empty for a file that is one list.
    """

    path: str
    format: ListFormat
    header: Sequence[str]
    rows: Callable[[], Iterator[TextRow]]
    source: str = ""

    @cached_property
    def columns(self) -> Columns:
        """Which column holds what; raises UserError if one is missing or unknown."""
        return self.format.columns(source_name(self.path, self.source), self.header)


@dataclass(frozen=True)
class ListTables:
    """A file's lists of one format, of which a workbook may have several.

    Attributes:
      tables: The lists, in the file's order; at least one.
      remark: Which sheets are read where there are several, and which are skipped; empty where there is nothing to say.
    """

    tables: list[ListTable]
    remark: str = ""


def open_tables(path: str | os.PathLike[str], kind: str, formats: Sequence[ListFormat]) -> ListTables:
    """Returns the lists of a file, of which only the first row that is not blank has been read.

    Of a workbook, all sheets are read that have the format of its first list; empty ones are skipped silently.

    Args:
      path: The file.
      kind: What messages call it.
      formats: Those that it may have.
    Raises:
      UserError: If the file is missing, cannot be read, is empty, or is in none of the formats; the message lists them.
    """
    path = os.fspath(path)
    if not is_workbook(first_bytes(path, kind), path):
        return ListTables([_open_text(path, kind, formats)])
    sheets = find_sheets(path)
    found = {sheet.number: _sheet_table(path, sheet, formats) for sheet in sheets}
    tables = {number: table for number, table in found.items() if table}
    if not tables:
        raise UserError(
            f"{path}: no sheet is a {kind}: {'; '.join(map(str, sheets))[:500] or 'it has none'}. "
            f"{_format_choices(kind, formats)}"
        )
    wanted = next(iter(tables.values())).format
    chosen = [sheet for sheet in sheets if sheet.number in tables and tables[sheet.number].format is wanted]
    others = [sheet for sheet in sheets if sheet not in chosen and sheet.first]
    remark = _sheets_remark(path, chosen, others, wanted)
    if len(chosen) == 1:
        return ListTables([tables[chosen[0].number]], remark)
    return ListTables(
        [replace(tables[sheet.number], source=f"sheet '{sheet.title}'") for sheet in chosen], remark
    )


def _format_choices(kind: str, formats: Sequence[ListFormat]) -> str:
    return f"A {kind} must be one of: " + "; ".join(f"{each.name} ({each.looks})" for each in formats)


def _sheets_remark(path: str, chosen: list[Sheet], others: list[Sheet], wanted: ListFormat) -> str:
    remarks = []
    if len(chosen) > 1:
        titles = ", ".join(f"'{sheet.title}'" for sheet in chosen)
        remarks.append(f"sheets {titles} are read")
    if others:
        remarks.append(f"skipped, not of the format '{wanted.name}': " + "; ".join(map(str, others))[:500])
    return f"{path}: {'; '.join(remarks)}" if remarks else ""


def _sheet_table(path: str, sheet: Sheet, formats: Sequence[ListFormat]) -> ListTable | None:
    """Returns a sheet's list; None where the sheet is empty or has none of the formats."""
    if sheet.first is None:
        return None
    number, line = sheet.number, sheet.first.line
    header = [stripped(cell) for cell in sheet.first.cells]
    for each in formats:
        if each.split_line and each.begins(sheet.first.cells):
            return ListTable(path, each, (), lambda: sheet_rows(path, number, line, 0))
        if not each.split_line and each.begins(header):
            return ListTable(path, each, header, lambda: sheet_rows(path, number, line + 1, len(header)))
    return None


def _open_text(path: str, kind: str, formats: Sequence[ListFormat]) -> ListTable:
    lines = read_lines(path)
    first = next((line for line in lines if line.text.strip(" \t,;\"'\ufeff\xa0")), None)
    if first is None:
        raise UserError(f"{path}: the {kind} is empty")
    if first.is_cut:
        raise UserError(f"{path}: not a {kind}: line {first.number}, its first, is {TOO_LONG}")
    for each in formats:
        if (split := each.split_line) and each.begins(split(first.text.rstrip())):
            return ListTable(path, each, (), lambda: _split_rows(read_lines(path), split))
    delimiter = delimiter_of(first.text)
    # The header may take several lines; how many, the next line read tells.
    last = first.number

    def counted() -> Iterator[TextLine]:
        nonlocal last
        for line in chain([first], lines):
            last = line.number
            yield line

    row = next(csv_rows(counted(), delimiter, num_fields=None))
    if row.problem:
        raise UserError(f"{path}, line {row.line}: the header cannot be read: {row.problem}")
    header = [stripped(cell) for cell in row.cells]
    for each in formats:
        if not each.split_line and each.begins(header):
            return ListTable(
                path,
                each,
                header,
                lambda: csv_rows(islice(read_lines(path), last, None), delimiter, len(header)),
            )
    raise UserError(
        f"{path}: not a {kind}; its first row is {', '.join(header)[:500] or 'without names'}. "
        f"{_format_choices(kind, formats)}"
    )


def _split_rows(lines: Iterable[TextLine], split: Callable[[str], list[str]]) -> Iterator[TextRow]:
    """Yields a row for every line of a list without a header, in which quotes have no meaning."""
    for line in lines:
        yield TextRow(line.number, split(line.text), TOO_LONG if line.is_cut else "")
