"""The rows of a CSV, read as a stream; a quote that is never closed costs its own line and no other."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain

from emotionet_tf.label_lists.rejection_reasons import QUOTE_NOT_CLOSED
from emotionet_tf.label_lists.tables.text_lines import MAX_LINE_CHARS, TOO_LONG, TextLine
from emotionet_tf.label_lists.tables.text_rows import TextRow

MAX_LINES_PER_ROW = 100
"""Of which the line feeds lie in quoted cells, such as notes."""


def delimiter_of(header: str) -> str:
    """Returns what separates a header's columns: a spreadsheet saves "CSV" with its country's separator."""
    return max(",;\t", key=header.count)


def csv_rows(lines: Iterable[TextLine], delimiter: str, num_fields: int | None) -> Iterator[TextRow]:
    """Yields the rows of a CSV; blank lines are rows of empty cells.

    A quoted cell may hold line feeds. But only what has the right number of fields and quotes in the right places is
    taken as one row of several lines: a quote that somebody forgot would swallow the rows up to the next one.
    What cannot be read has a `problem`, and the next line begins a new row.

    Args:
      lines: The file's lines.
      delimiter: Between the fields.
      num_fields: What a row of several lines must have; None = any number, for the header.
    """
    source = iter(lines)
    ahead: deque[TextLine] = deque()
    while line := ahead.popleft() if ahead else next(source, None):
        if line.is_cut:
            yield TextRow(line.number, _plain_cells(line.text, delimiter), TOO_LONG)
        elif '"' not in line.text:
            yield TextRow(line.number, line.text.split(delimiter))
        else:
            yield _quoted_row(line, source, ahead, delimiter, num_fields)


def _quoted_row(
    line: TextLine,
    source: Iterator[TextLine],
    ahead: deque[TextLine],
    delimiter: str,
    num_fields: int | None,
) -> TextRow:
    """Returns the row that begins with a line that has quotes, and takes its further lines away."""
    try:
        # With a line behind it, a quote that is still open continues there.
        reader = csv.reader([line.text, ""], delimiter=delimiter)
        cells = next(reader)
    except csv.Error as error:
        return TextRow(line.number, _plain_cells(line.text, delimiter), str(error))
    if reader.line_num == 1:
        return TextRow(line.number, cells)
    further = chain([line], _look_ahead(source, ahead))
    reader = csv.reader((f"{each.text}\n" for each in further), delimiter=delimiter, strict=True)
    try:
        cells = next(reader)
    except csv.Error:  # not closed within the lines read, or closed in the middle of a cell
        cells = []
    if not cells or num_fields not in (None, len(cells)):
        is_blank = not line.text.strip(f" \t'\"{delimiter}")
        return TextRow(line.number, _plain_cells(line.text, delimiter), "" if is_blank else QUOTE_NOT_CLOSED)
    for _ in range(reader.line_num - 1):
        ahead.popleft()
    return TextRow(line.number, cells)


def _look_ahead(source: Iterator[TextLine], ahead: deque[TextLine]) -> Iterator[TextLine]:
    """Yields the lines that may belong to a row that has begun; they stay in `ahead`."""
    num_chars = 0
    for index in range(MAX_LINES_PER_ROW - 1):
        if index == len(ahead):
            line = next(source, None)
            if line is None:
                return
            ahead.append(line)
        num_chars += len(ahead[index].text)
        if num_chars > MAX_LINE_CHARS:
            return
        yield ahead[index]


def _plain_cells(text: str, delimiter: str) -> list[str]:
    """Returns the cells of a broken line as far as they tell which photo it was about."""
    return [cell[:1000] for cell in text[:10_000].split(delimiter)]
