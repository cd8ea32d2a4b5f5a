"""The rows of an .xlsx workbook as text, read as a stream; EmotioNet's opt set is distributed as one.

The reader, openpyxl, keeps a workbook's table of different texts in memory, and of each row that it has read a little:
24,600 rows of 62 cells take 40 MB and 15 seconds, a CSV a fraction of a second.
"""

from __future__ import annotations

import contextlib
import os
import warnings
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.tables.text_rows import MAX_ABOVE_HEADER, TextRow
from emotionet_tf.storage.archives import check_archive
from emotionet_tf.storage.paths import as_path

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook

_ZIP_START = b"PK\x03\x04"
_COMPOUND_FILE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAX_ROWS = 1 << 20  # of a sheet, as the format has it
_MAX_OTHER_BYTES = 512 << 20
"""Of what is read as a whole; the texts of a million rows with two URLs take 200 MB."""


def is_workbook(start: bytes, path: str) -> bool:
    """Returns whether a file that begins with these 8 bytes is to be read as an .xlsx workbook.

    Raises:
      UserError: If it is an .xls workbook or an encrypted one, which cannot be read.
    """
    if start.startswith(_COMPOUND_FILE_START):
        raise UserError(
            f"{path}: an .xls workbook or one with a password, which cannot be read; "
            "save it as .xlsx without a password, or as CSV in UTF-8"
        )
    return start.startswith(_ZIP_START)


class Sheet(NamedTuple):
    """A sheet of a workbook: which it is, 0 = first, its name, and its first rows that are not blank."""

    number: int
    title: str
    head: list[TextRow]

    @property
    def first(self) -> TextRow | None:
        """The first row that is not blank; None of an empty sheet."""
        return self.head[0] if self.head else None

    def __str__(self) -> str:
        shown = " | ".join(self.first.cells[:3])[:100] if self.first else "empty"
        return f"'{self.title}': {shown}"


def find_sheets(path: str) -> list[Sheet]:
    """Returns a workbook's sheets, in their order.

    Raises:
      UserError: If openpyxl is missing or the workbook is damaged.
    """
    with _opened(path) as workbook:
        return [
            Sheet(index, sheet.title, list(islice(_filled(_sheet_rows(sheet)), MAX_ABOVE_HEADER + 1)))
            for index, sheet in enumerate(workbook.worksheets)
        ]


def sheet_rows(path: str, sheet_index: int, first_line: int, num_fields: int) -> Iterator[TextRow]:
    """Yields a sheet's rows from a line on, filled with empty cells up to a number of fields.

    Raises:
      UserError: If the workbook is damaged.
    """
    with _opened(path) as workbook:
        for row in _sheet_rows(workbook.worksheets[sheet_index]):
            if row.line >= first_line:
                # Gaps between rows may have a million blank ones: they stay as they are.
                missing = num_fields - len(row.cells) if row.cells else 0
                yield TextRow(row.line, row.cells + [""] * missing)


def _filled(rows: Iterator[TextRow]) -> Iterator[TextRow]:
    return (row for row in rows if not row.is_blank)


@contextlib.contextmanager
def _opened(path: str) -> Iterator[Workbook]:
    """Opens a workbook; whatever goes wrong with it, then or while it is read, becomes a UserError."""
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise UserError(
            f"{path}: reading .xlsx needs openpyxl: pip install 'emotionet_tf[spreadsheets]'; or save it as CSV"
        ) from error
    try:
        with as_path(path).open("rb") as file:
            check_workbook(file, path)
            file.seek(0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about styles that it ignores
                workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            yield workbook
            workbook.close()
    except UserError:
        raise
    except Exception as error:  # openpyxl lets errors of every kind through
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"{path}: not a text file, and no whole .xlsx workbook either ({type(error).__name__}: {reason}); "
            "save it again, or as CSV in UTF-8"
        ) from error


def check_workbook(file: BinaryIO, path: str | os.PathLike[str]) -> None:
    """Raises UserError for a workbook that would unpack to more than any list has, or whose names point elsewhere."""
    with zipfile.ZipFile(file) as archive:
        check_archive(archive, path)
        for member in archive.infolist():
            if "worksheets/" not in member.filename and member.file_size > _MAX_OTHER_BYTES:
                raise UserError(
                    f"{os.fspath(path)}: its file {member.filename} unpacks to {member.file_size:,} bytes, which no "
                    "list of labels or faces has"
                )


def _sheet_rows(sheet: Any) -> Iterator[TextRow]:
    sheet.reset_dimensions()  # some programs write wrong ones
    for number, values in enumerate(sheet.iter_rows(min_row=1, min_col=1, values_only=True), start=1):
        if number > _MAX_ROWS:
            raise ValueError(f"more than {_MAX_ROWS:,} rows")
        cells = [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        yield TextRow(number, cells)


def _text(value: object) -> str:
    """Returns a cell as a CSV has it: numbers without a point where they are whole."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
