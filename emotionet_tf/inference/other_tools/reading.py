"""Reads a program's predictions: a table, or a folder with a table for each photo or video, as one."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np

from emotionet_tf.errors import UserError
from emotionet_tf.inference.other_tools.registry import recognized
from emotionet_tf.inference.other_tools.tool_format import Cells, ToolFormat
from emotionet_tf.inference.other_tools.tool_table import ScoreColumn, ToolRow, ToolTable
from emotionet_tf.inference.tables.file_formats import read_table
from emotionet_tf.inference.tables.spreadsheet_texts import is_escaped, unescaped
from emotionet_tf.label_lists import rejection_reasons
from emotionet_tf.label_lists.rejection_reasons import RejectedRow
from emotionet_tf.label_lists.tables.csv_table import open_csv_table, whole_cells
from emotionet_tf.label_lists.tables.text_rows import TextRow
from emotionet_tf.storage.paths import as_path

TABLE_ENDINGS = (".csv", ".tsv", ".txt")
"""What the tables in a folder end in, in either case."""
_OF_PANDAS = (".xlsx", ".parquet", ".jsonl")
_NO_ROWS = "it has only a header"


@dataclass(frozen=True)
class _File:
    """A table's file: its name without ending, its columns' names, and its rows as text."""

    path: str
    name: str
    header: Sequence[str]
    rows: Iterator[TextRow]
    has_decimal_comma: bool

    @cached_property
    def columns(self) -> dict[str, int]:
        """Where each column is."""
        return {name: place for place, name in enumerate(self.header)}


@dataclass(frozen=True)
class _Content:
    """What a file had: the format, the columns of scores, the usable rows, the others, and remarks on columns."""

    format: ToolFormat
    columns: list[ScoreColumn]
    rows: list[ToolRow]
    rejected: list[RejectedRow]
    remarks: list[str]


def read_tool_table(path: str | os.PathLike[str], forced: ToolFormat | None = None) -> ToolTable:
    """Reads a program's table, or a folder of them at any depth, which has to be of one program.

    A row that is cut, repeated or damaged is rejected, with its line and reason. In a folder, so is a whole file that
    is not a table; by itself it is an error.

    Args:
      path: A file or folder; a photo or video that only the file's name says is named by its path from there.
      forced: The program; None finds it by the columns.
    Raises:
      UserError: If the path is missing, nothing in it can be used, or it has tables of several programs.
    """
    place = as_path(path)
    rejected: list[RejectedRow] = []
    is_folder = place.is_dir()
    contents = _read_folder(place, forced, rejected) if is_folder else [_read_file(place, place.name, forced)]
    titles = list(dict.fromkeys(content.format.title for content in contents))
    if len(titles) > 1:
        raise UserError(f"{path} has tables of {' and of '.join(titles)}: give them apart")
    columns = list(dict.fromkeys(column for content in contents for column in content.columns))
    rows = [row for content in contents for row in _in_columns(content, columns)]
    rejected += [row for content in contents for row in content.rejected]
    if not rows:
        first = (
            f"; the first of {len(rejected)} is {_place(rejected[0])}: {rejected[0].reason}"
            if rejected
            else ""
        )
        raise UserError(f"{path}: no row of it can be used{first or ': ' + _NO_ROWS}")
    columns, rows = _without_blank_columns(columns, rows)
    rows, remarks = contents[0].format.finish(rows, columns)
    counted = Counter(remark for content in contents for remark in content.remarks)
    return ToolTable(titles[0], tuple(columns), tuple(rows), tuple(rejected), (*counted, *remarks))


def format_rejected(rejected: Sequence[RejectedRow]) -> str:
    """Returns a line that says how many rows of a table were rejected, and which was the first."""
    return rejection_reasons.format_rejected(len(rejected), _place(rejected[0]), rejected[0].reason)


def _place(row: RejectedRow) -> str:
    return f"{row.source}, line {row.line}" if row.line else row.source


def _read_folder(folder: Path, forced: ToolFormat | None, rejected: list[RejectedRow]) -> list[_Content]:
    """Reads the tables of a folder; files that are not one are added to `rejected`."""
    files = sorted(
        file for file in folder.rglob("*") if file.suffix.lower() in TABLE_ENDINGS and file.is_file()
    )
    if not files:
        raise UserError(f"folder {folder} holds no table, no file that ends in {', '.join(TABLE_ENDINGS)}")
    contents: list[_Content] = []
    for file in files:
        try:
            contents.append(_read_file(file, file.relative_to(folder).as_posix(), forced))
        except UserError as error:
            rejected.append(RejectedRow(0, file.name, str(error).removeprefix(f"{file}: "), str(file)))
            continue
        if not contents[-1].rows and not contents[-1].rejected:
            rejected.append(RejectedRow(0, file.name, _NO_ROWS, str(file)))
    if not contents:
        first = f"{_place(rejected[0])}: {rejected[0].reason}"
        raise UserError(f"folder {folder}: none of its {len(files)} files can be used; the first is {first}")
    return contents


def _read_file(path: Path, shown: str, forced: ToolFormat | None) -> _Content:
    file = _open(path, shown)
    known = recognized(file.path, file.header, forced)
    repeated = [name for name, count in Counter(file.header).items() if name and count > 1]
    if repeated:
        raise UserError(f"{file.path}: two columns are called {repeated[0]!r}")
    try:
        columns, remarks = known.columns(file.header)
    except ValueError as error:
        raise UserError(f"{file.path}: {error}") from error
    content = _Content(known, columns, [], [], remarks)
    seen: dict[object, int] = {}
    for text_row in file.rows:
        if text_row.is_blank:
            continue
        try:
            content.rows.append(_row(file, content, text_row, seen))
        except ValueError as error:
            content.rejected.append(RejectedRow(text_row.line, shown, str(error), file.path))
    return content


def _row(file: _File, content: _Content, text: TextRow, seen: dict[object, int]) -> ToolRow:
    """Returns a row; raises ValueError that says why it cannot be used."""
    texts = whole_cells(text, len(file.header))
    _note(seen, hash(tuple(texts)), text.line, "all cells are those of line {}")
    cells = Cells(file.columns, texts, file.has_decimal_comma)
    known = content.format
    row = known.row(cells, file.name, text.line, file.path)
    if known.names_faces:
        _note(
            seen,
            (row.picture, row.sequence, row.frame, row.face),
            text.line,
            "a second row of the face of line {}",
        )
    if not known.has_face(cells):
        return row
    scores = known.scores(cells, content.columns)
    return row if np.isnan(scores).all() else replace(row, scores=scores)


def _note(seen: dict[object, int], key: object, line: int, reason: str) -> None:
    """Notes a row's key; raises ValueError if an earlier line had it."""
    first = seen.setdefault(key, line)
    if first != line:
        raise ValueError(reason.format(first))


def _in_columns(content: _Content, columns: Sequence[ScoreColumn]) -> Iterator[ToolRow]:
    """Yields a file's rows with the scores in the order of all files' columns."""
    if content.columns == list(columns):
        yield from content.rows
        return
    places = [columns.index(column) for column in content.columns]
    for row in content.rows:
        if row.scores is None:
            yield row
        else:
            scores = np.full(len(columns), np.nan)
            scores[places] = row.scores
            yield replace(row, scores=scores)


def _without_blank_columns(
    columns: list[ScoreColumn], rows: list[ToolRow]
) -> tuple[list[ScoreColumn], list[ToolRow]]:
    """Leaves out columns of scores that are blank on all rows with a face, as in a layout of which some is filled."""
    scored = [row.scores for row in rows if row.scores is not None]
    if not scored:
        return columns, rows
    kept = ~np.all([np.isnan(scores) for scores in scored], axis=0)
    if kept.all():
        return columns, rows
    kept_rows = [row if row.scores is None else replace(row, scores=row.scores[kept]) for row in rows]
    return [column for column, is_kept in zip(columns, kept, strict=True) if is_kept], kept_rows


def _open(path: Path, shown: str) -> _File:
    if path.suffix.lower() in _OF_PANDAS:
        return _open_by_pandas(path, shown)
    if not path.exists():
        raise UserError(f"{path}: no such table")
    table = open_csv_table(path)
    rows = table.rows
    if is_escaped(path):
        rows = (row._replace(cells=[unescaped(cell) for cell in row.cells]) for row in rows)
    return _File(str(path), _without_ending(shown), table.header, rows, table.has_decimal_comma)


def _open_by_pandas(path: Path, shown: str) -> _File:
    """Opens a table that `predict` wrote in another format than CSV."""
    try:
        table = read_table(path)
    except ImportError as error:
        raise UserError(f"{path} needs another package: {error}") from error
    except UserError:
        raise
    except Exception as error:  # what a damaged file raises is up to the package that reads it
        raise UserError(f"{path} cannot be read as {path.suffix}: {' '.join(str(error).split())}") from error
    texts = table.astype(object).where(table.notna(), "").astype(str)
    rows = chain.from_iterable(
        [TextRow(line, list(cells))] for line, cells in enumerate(texts.to_numpy().tolist(), start=2)
    )
    return _File(str(path), _without_ending(shown), [str(name) for name in table.columns], rows, False)


def _without_ending(shown: str) -> str:
    return shown[: -len(Path(shown).suffix)] if Path(shown).suffix else shown
