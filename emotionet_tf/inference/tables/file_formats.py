"""The file formats of tables, chosen by the file's ending."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from emotionet_tf.errors import UserError
from emotionet_tf.inference.tables.spreadsheet_texts import escaped_table, is_escaped, unescaped_table
from emotionet_tf.label_lists.tables.workbooks import check_workbook
from emotionet_tf.storage.files import written_aside
from emotionet_tf.storage.paths import as_path, local_copy

_MOST_EXCEL_ROWS = 1_048_575
_TEXT_COLUMNS: Mapping[Any, type[str]] = {"id": str, "file": str}
"""What is never a number, though photos may be called 001 and 1e5."""

About = Mapping[str, Any]


@dataclass(frozen=True)
class FileFormat:
    """A file format.

    Attributes:
      write: Writes a table, with what made it, to a path.
      read: Reads a table that it wrote.
      needs: The package that writes it, and the extra that brings it; empty for none.
    """

    write: Callable[[pd.DataFrame, About, Path], None]
    read: Callable[[Path], pd.DataFrame]
    needs: tuple[str, str] | None = None


def check_format(path: str, *, for_excel: bool) -> None:
    """Raises UserError unless a table can be written to such a path: its ending, its package, and Excel's mark."""
    ending = _ending(path)
    if ending not in FORMATS:
        raise UserError(f"output {path}: the ending must be one of {', '.join(FORMATS)}, got {ending!r}")
    if for_excel and ending != ".csv":
        raise UserError(f"--excel is for CSV files; {path} is written without")
    needs = FORMATS[ending].needs
    if needs is None:
        return
    package, extra = needs
    try:
        importlib.import_module(package)
    except ImportError as error:
        raise UserError(
            f"output {path} needs {package}: pip install 'emotionet_tf[{extra}]' ({error})"
        ) from error


def write_table(
    table: pd.DataFrame, about: About, path: str | os.PathLike[str], *, for_excel: bool = False
) -> None:
    """Writes a table in one piece, in the format of its path's ending.

    Args:
      table: The table.
      about: What made it; kept in .xlsx as a second sheet, in .parquet as metadata.
      path: Ends like a key of `FORMATS`.
      for_excel: Whether a CSV starts with a byte order mark, without which Excel takes UTF-8 for something else, and
        has an apostrophe before texts that a spreadsheet would run as formulas; plain ones keep names as they are.
    Raises:
      UserError: If the format cannot hold the table.
    """
    with written_aside(path) as aside:
        if for_excel:
            escaped_table(table).to_csv(aside, index=False, encoding="utf-8-sig")
        else:
            FORMATS[_ending(path)].write(table, about, aside)


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Returns a table that `write_table` wrote, names as they were.

    Raises:
      UserError: If it is a workbook that unpacks to more than is expected, or points out of its folder.
    """
    with local_copy(path) as local:
        return FORMATS[_ending(path)].read(Path(local))


def _ending(path: str | os.PathLike[str]) -> str:
    return as_path(path).suffix.lower() or ".csv"


def _write_csv(table: pd.DataFrame, about: About, path: Path) -> None:
    table.to_csv(path, index=False)


def _write_excel(table: pd.DataFrame, about: About, path: Path) -> None:
    if len(table) > _MOST_EXCEL_ROWS:
        raise UserError(
            f"an .xlsx sheet holds {_MOST_EXCEL_ROWS} rows, not {len(table)}; write .csv or .parquet"
        )
    with path.open("wb") as file, pd.ExcelWriter(file, engine="openpyxl") as writer:
        table.to_excel(writer, sheet_name="faces", index=False, freeze_panes=(1, 0))
        notes = pd.DataFrame(
            [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in about.items()],
            columns=["what", "value"],
        )
        notes.to_excel(writer, sheet_name="about", index=False)
        for sheet in writer.sheets.values():
            for row in sheet.iter_rows():
                for cell in row:
                    # A file may be named "=1+1.jpg"; as a formula it would be computed.
                    if cell.data_type == "f":
                        cell.data_type = "s"


def _write_parquet(table: pd.DataFrame, about: About, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = pa.Table.from_pandas(table, preserve_index=False)
    metadata = {**(arrow.schema.metadata or {}), b"emotionet_tf": json.dumps(about).encode()}
    pq.write_table(arrow.replace_schema_metadata(metadata), path)


def _write_json_lines(table: pd.DataFrame, about: About, path: Path) -> None:
    table.to_json(path, orient="records", lines=True, force_ascii=False)


def _read_csv(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, dtype=_TEXT_COLUMNS)
    return unescaped_table(table) if is_escaped(path) else table


def _read_excel(path: Path) -> pd.DataFrame:
    with path.open("rb") as file:
        check_workbook(file, path)
    return pd.read_excel(path, dtype=_TEXT_COLUMNS, engine="openpyxl")


def _read_json_lines(path: Path) -> pd.DataFrame:
    return pd.read_json(path, lines=True, dtype=_TEXT_COLUMNS, convert_dates=False)


FORMATS: Mapping[str, FileFormat] = {
    ".csv": FileFormat(_write_csv, _read_csv),
    ".xlsx": FileFormat(_write_excel, _read_excel, ("openpyxl", "spreadsheets")),
    ".parquet": FileFormat(_write_parquet, pd.read_parquet, ("pyarrow", "parquet")),
    ".jsonl": FileFormat(_write_json_lines, _read_json_lines),
}
"""The formats by their files' ending."""
