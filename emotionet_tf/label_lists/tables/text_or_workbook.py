"""A list in a text file or a workbook, recognized by its first row and read as a stream."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import islice

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.formats.list_format import Columns, ListFormat
from emotionet_tf.label_lists.rows import source_name
from emotionet_tf.label_lists.tables.csv_rows import csv_rows, delimiter_of
from emotionet_tf.label_lists.tables.text_lines import TOO_LONG, TextLine, first_bytes, read_lines
from emotionet_tf.label_lists.tables.text_rows import (
    MAX_ABOVE_HEADER,
    TextRow,
    are_titles,
    stripped,
    titles_remark,
)
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
      titles: The rows above the header.
    """

    path: str
    format: ListFormat
    header: Sequence[str]
    rows: Callable[[], Iterator[TextRow]]
    source: str = ""
    titles: Sequence[TextRow] = ()

    @cached_property
    def columns(self) -> Columns:
        """Which column holds what; raises UserError if one is missing or unknown."""
        return self.format.columns(source_name(self.path, self.source), self.header)


@dataclass(frozen=True)
class ListTables:
    """A file's lists of one format, of which a workbook may have several.

    Attributes:
      tables: The lists, in the file's order; at least one.
      remark: Which sheets are read where there are several, which are skipped, and what stands above headers; empty
        where there is nothing to say.
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
        table = _open_text(path, kind, formats)
        return ListTables([table], titles_remark(path, table.titles))
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
    titles = (
        titles_remark(f"{path}, sheet '{sheet.title}'", tables[sheet.number].titles) for sheet in chosen
    )
    remark = "\n".join(filter(None, (remark, *titles)))
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
    number = sheet.number
    for each in formats:
        if each.split_line and each.begins(sheet.first.cells):
            return ListTable(path, each, (), partial(sheet_rows, path, number, sheet.first.line, 0))
    for index, row in enumerate(sheet.head):
        header = [stripped(cell) for cell in row.cells]
        for each in formats:
            if not each.split_line and each.begins(header) and are_titles(sheet.head[:index], header):
                rows = partial(sheet_rows, path, number, row.line + 1, len(header))
                return ListTable(path, each, header, rows, titles=sheet.head[:index])
    return None


def _open_text(path: str, kind: str, formats: Sequence[ListFormat]) -> ListTable:
    head = list(islice(filter(_has_content, read_lines(path)), MAX_ABOVE_HEADER + 1))
    if not head:
        raise UserError(f"{path}: the {kind} is empty")
    first = next((line for line in head if not line.text.lstrip("\ufeff ").startswith("#")), head[0])
    if first.is_cut:
        raise UserError(f"{path}: not a {kind}: line {first.number}, its first, is {TOO_LONG}")
    for each in formats:
        if (split := each.split_line) and each.begins(split(first.text.rstrip())):
            return ListTable(path, each, (), lambda: _split_rows(read_lines(path), split))
    for index, line in enumerate(head):
        header, last, delimiter = _header_at(path, line)
        titles = [TextRow(one.number, one.text.split(delimiter)) for one in head[:index]]
        for each in formats:
            if not each.split_line and each.begins(header) and are_titles(titles, header):
                rows = partial(_rows_below, path, last, delimiter, len(header))
                return ListTable(path, each, header, rows, titles=titles)
    shown = ", ".join(_header_at(path, first)[0])
    raise UserError(
        f"{path}: not a {kind}; its first row is {shown[:500] or 'without names'}. {_format_choices(kind, formats)}"
    )


def _has_content(line: TextLine) -> bool:
    return bool(line.text.strip(" \t,;\"'\ufeff\xa0"))


def _header_at(path: str, line: TextLine) -> tuple[list[str], int, str]:
    """Returns the names of a header that begins at a line, its last line's number, and what separates its columns.

    Raises:
      UserError: If a quote is wrong.
    """
    delimiter = delimiter_of(line.text)
    # The header may take several lines; how many, the next line read tells.
    last = line.number

    def counted() -> Iterator[TextLine]:
        nonlocal last
        for each in islice(read_lines(path), line.number - 1, None):
            last = each.number
            yield each

    row = next(csv_rows(counted(), delimiter, num_fields=None))
    if row.problem:
        raise UserError(f"{path}, line {row.line}: the header cannot be read: {row.problem}")
    return [stripped(cell) for cell in row.cells], last, delimiter


def _rows_below(path: str, last: int, delimiter: str, num_fields: int) -> Iterator[TextRow]:
    return csv_rows(islice(read_lines(path), last, None), delimiter, num_fields)


def _split_rows(lines: Iterable[TextLine], split: Callable[[str], list[str]]) -> Iterator[TextRow]:
    """Yields a row for every line of a list without a header, in which quotes have no meaning."""
    for line in lines:
        yield TextRow(line.number, split(line.text), TOO_LONG if line.is_cut else "")
