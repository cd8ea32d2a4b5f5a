"""Tables of scores as people hand them back: saved by a spreadsheet, or in a format of `predict`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from emotionet_tf.errors import UserError
from emotionet_tf.inference.tables.file_formats import read_table
from emotionet_tf.inference.tables.spreadsheet_texts import is_escaped, unescaped_table
from emotionet_tf.label_lists.tables.csv_rows import csv_rows, delimiter_of
from emotionet_tf.label_lists.tables.text_lines import encoding_of, read_lines
from emotionet_tf.storage.paths import local_copy

_STARTS = {".xlsx": b"PK", ".parquet": b"PAR1", ".jsonl": b"{"}
"""How files of the formats begin that are not CSV, by their endings."""


@dataclass(frozen=True)
class CsvLayout:
    """How a CSV is written: its columns' names as they stand there, and what `pandas.read_csv` has to know."""

    header: list[str]
    options: Mapping[str, Any]


def csv_layout(path: str | os.PathLike[str]) -> CsvLayout:
    """Returns how a CSV is written; its columns are separated by commas, semicolons or tabs.

    Countries with semicolons have decimal commas. UTF-16 is known by its mark.

    Raises:
      UserError: If it cannot be read, or is not text.
    """
    first = next((line for line in read_lines(path) if line.text.strip()), None)
    if first is None:
        return CsvLayout([], {})
    delimiter = delimiter_of(first.text)
    header = next(csv_rows([first], delimiter, num_fields=None)).cells
    options = {"sep": delimiter, "decimal": "," if delimiter == ";" else ".", "encoding": encoding_of(path)}
    return CsvLayout(header, options)


def read_handed_back(
    path: str | os.PathLike[str], *, text_column: str, is_number: Callable[[str], bool]
) -> tuple[pd.DataFrame, list[str]]:
    """Returns a table, and its columns' names as they stand in the file, where a name may be there twice.

    Args:
      path: A .csv, .xlsx, .parquet or .jsonl; anything else is read as a CSV.
      text_column: A column that stays text: 001 is an id, and not the number 1.
      is_number: Returns whether a column's empty cells are unknown numbers.
    Raises:
      OSError: If there is no such file, or it cannot be read.
      UserError: If it is damaged.
    """
    with local_copy(path) as local:
        with open(local, "rb") as file:  # which says in the system's words why it cannot
            start = file.read(4)
        ending = Path(local).suffix.lower()
        # By the bytes, too: a CSV under such a name is a CSV.
        if start.startswith(_STARTS.get(ending, b"-")):
            table = _read_by_ending(path, ending)
            if text_column in table:
                table[text_column] = table[text_column].astype(str)
            return table, [str(name) for name in table.columns]
        layout = csv_layout(local)
        _check_widths(path, local, layout)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore", pd.errors.ParserWarning
                )  # of the separators, which hold nothing
                table = pd.read_csv(
                    local,
                    dtype={name: str for name in layout.header if name.strip() == text_column},
                    keep_default_na=False,
                    # Else separators behind the last cell would make the first column an index, and shift all names.
                    index_col=False,
                    na_values={name: [""] for name in layout.header if is_number(name)},
                    **layout.options,
                )
            table = unescaped_table(table) if is_escaped(local) else table
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
            raise UserError(
                f"prediction file {path} is not a CSV table: {' '.join(str(error).split())}"
            ) from error
        names = [str(name) for name in table.columns]
        return table, layout.header if len(layout.header) == len(names) else names


def _check_widths(path: str | os.PathLike[str], local: Path, layout: CsvLayout) -> None:
    """Raises UserError if the first row has more cells than the header has names, such as of decimal commas."""
    rows = (line for line in read_lines(local) if line.text.strip())
    for row in islice(csv_rows(rows, layout.options.get("sep", ","), len(layout.header)), 1, 2):
        if any(cell.strip() for cell in row.cells[len(layout.header) :]):
            raise UserError(
                f"prediction file {path}, line {row.line}: {len(row.cells)} cells below {len(layout.header)} names; "
                "decimal commas need another separator than the comma"
            )


def _read_by_ending(path: str | os.PathLike[str], ending: str) -> pd.DataFrame:
    try:
        return read_table(path)
    except ImportError as error:
        raise UserError(f"prediction file {path} needs another package: {error}") from error
    except Exception as error:  # what a damaged file raises is up to the package that reads it
        raise UserError(f"prediction file {path} cannot be read as {ending}: {error}") from error
