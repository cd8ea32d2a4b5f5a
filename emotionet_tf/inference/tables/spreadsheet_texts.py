"""Texts in CSV files for spreadsheets: a name that a spreadsheet would run as a formula is written so that it does not.

An apostrophe goes in front. A CSV for spreadsheets is known by its byte order mark, and there the apostrophe is taken
away again when the table is read, so that its names still join with others. Source: OWASP, "CSV Injection".
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pandas as pd

from emotionet_tf.storage.paths import as_path

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
"""How a cell begins that is run, or that has been escaped already."""


def escaped(text: str) -> str:
    """Returns a cell's text as a CSV for spreadsheets has it."""
    return f"'{text}" if _FORMULA.match(text) else text


def unescaped(cell: str) -> str:
    """Returns the text that `escaped` made a cell of."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def is_escaped(path: str | os.PathLike[str]) -> bool:
    """Returns whether a CSV is one for spreadsheets; raises OSError where it cannot be read."""
    with as_path(path).open("rb") as file:
        return file.read(len(_BYTE_ORDER_MARK)) == _BYTE_ORDER_MARK


def escaped_table(table: pd.DataFrame) -> pd.DataFrame:
    """Returns a table with its texts escaped; numbers stay."""
    return _changed(table, escaped)


def unescaped_table(table: pd.DataFrame) -> pd.DataFrame:
    """Returns the table that `escaped_table` changed."""
    return _changed(table, unescaped)


def _changed(table: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    changed = table.copy()
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            changed[name] = table[name].map(lambda cell: change(cell) if isinstance(cell, str) else cell)
    return changed
