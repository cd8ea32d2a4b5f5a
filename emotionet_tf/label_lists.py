"""Label lists: EmotioNet's two formats and a plain CSV, read and written in one place.

A label list says for each photo which AUs are active. The formats, as public readers of the files take them:

- *training list*: tab-separated, no header, 62 fields: photo URL, original URL, AU1 .. AU60.
- *opt list*: CSV with the header `URL`, `URL orig`, `'AU 1'` .. `'AU 60'`, cells in quotes and blanks.
- *plain CSV*: a column `path` or `id` (or both) and one column per labelled AU, `AU01`, `AU1` or `AU 1`.

999, and in the plain CSV an empty cell, means unknown. Past this file a label is a value with a mask.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS, AU_NAMES, AUTOMATIC_AUS, NUM_AUS, UNKNOWN, column_of
from emotionet_tf.errors import UserError
from emotionet_tf.files import write_text

TRAINING, OPT, PLAIN = "training list", "opt list", "plain CSV"

_LISTED_AUS = tuple(range(1, 61))
_NUM_FIELDS = 2 + len(_LISTED_AUS)
_BASE_URL = "https://example.invalid/Images"
_EMOTIONET_STEM = re.compile(r"N_\d+_\d+")
_AU_HEADER = re.compile(r"AU[ _]?0*(\d+)", re.IGNORECASE)


@dataclass(frozen=True, eq=False, slots=True)
class LabelRow:
    """The labels of one photo.

    Attributes:
      example_id: Joins the row with crops and predictions.
      photo: Relative path or URL of the photo.
      labels: [23] float32 in the order of `ACTION_UNITS`; 0 where the mask is 0. Read-only in a row that was read.
      mask: [23] float32, 1 = known.
      line: Line of the file it was read from, 1 = first; 0 for a row that was not read.
    """

    example_id: str
    photo: str
    labels: np.ndarray
    mask: np.ndarray
    line: int = 0


@dataclass(frozen=True)
class Rejected:
    """A row that cannot be used: where it is and why."""

    line: int
    example_id: str
    reason: str


@dataclass(frozen=True, eq=False)
class LabelList:
    """A label list as read: every row of the file is in `rows` or in `rejected`.

    Attributes:
      rows: The usable rows, in the file's order.
      rejected: The others, in the file's order.
      format: `TRAINING`, `OPT` or `PLAIN`.
      labelled_aus: The AUs that the format or the header labels at all, in column order.
      num_blank_lines: Lines without content; they are no rows.
    """

    rows: list[LabelRow]
    rejected: list[Rejected]
    format: str
    labelled_aus: tuple[int, ...]
    num_blank_lines: int = 0

    @property
    def num_rows(self) -> int:
        """Rows of the file, usable or not."""
        return len(self.rows) + len(self.rejected)


def example_id(path_or_url: str) -> str:
    """Returns an id: EmotioNet's `N_\\d+_\\d+` stem, else its relative path (of a URL: the last part)."""
    text = _strip(path_or_url)
    is_url = "://" in text
    path = PurePosixPath((urlsplit(text).path if is_url else text).replace("\\", "/"))
    if _EMOTIONET_STEM.fullmatch(path.stem):
        return path.stem
    return path.name if is_url else str(path) if path.name else ""


def relative_photo_path(url: str) -> str:
    """Returns where a photo lies below the photo folder: a URL's last folder and file; a path as it is."""
    text = _strip(url)
    if "://" not in text:
        return str(PurePosixPath(text.replace("\\", "/")))
    parts = PurePosixPath(urlsplit(text).path).parts
    return "/".join(part for part in parts[-2:] if part != "/")


def read_label_list(path: str | os.PathLike[str]) -> LabelList:
    """Reads a label list of any of the three formats.

    A row that cannot be used (wrong number of fields, no id, a value that is none of 0, 1 and 999, an id that
    came before) is rejected with its line and reason; of several rows with one id the first is kept.

    Raises:
      UserError: If the file is missing, empty or no label list, or a column is missing or unknown.
    """
    text = _read_text(path)
    first = next((line for line in io.StringIO(text) if line.strip(" \t\n,;\"'")), None)
    if first is None:
        raise UserError(f"{path}: the label list is empty")
    if _is_training_line(first):
        return _collect(_training_records(text), _training_columns(), TRAINING)
    records = _csv_records(path, text)
    header = [_strip(cell) for cell in next(records).cells]
    if "URL" in header:
        columns, format_name = _opt_columns(path, header), OPT
    else:
        columns, format_name = _plain_columns(path, header), PLAIN
    return _collect(records, columns, format_name)


def write_training_list(
    path: str | os.PathLike[str], rows: Iterable[LabelRow], *, base_url: str = _BASE_URL
) -> None:
    """Writes rows as a training list; AUs outside the 12 automatic ones are written 0, as in EmotioNet."""
    lines = []
    for row in rows:
        values = _cells(row)
        automatic = {au: values[au] for au in AUTOMATIC_AUS}
        cells = [str(automatic.get(au, 0)) for au in _LISTED_AUS]
        lines.append("\t".join([*_urls(row, base_url), *cells]) + "\n")
    write_text(path, "".join(lines))


def write_opt_list(
    path: str | os.PathLike[str], rows: Iterable[LabelRow], *, base_url: str = _BASE_URL
) -> None:
    """Writes rows as an opt list; AUs that are none of the 23 are written 999."""
    lines = [",".join(["URL", "URL orig", *(f"'AU {au}'" for au in _LISTED_AUS)]) + "\n"]
    for row in rows:
        values = _cells(row)
        cells = [str(values.get(au, UNKNOWN)) for au in _LISTED_AUS]
        lines.append(",".join([*(f"'{url}'" for url in _urls(row, base_url)), *cells]) + "\n")
    write_text(path, "".join(lines))


def write_plain_csv(
    path: str | os.PathLike[str],
    rows: Sequence[LabelRow],
    *,
    extra_columns: Mapping[str, Sequence[object]] | None = None,
) -> None:
    """Writes rows as a plain CSV with the columns `id`, `path`, `AU01` .. `AU56`; 999 = unknown.

    Args:
      path: The file to write.
      rows: Its rows.
      extra_columns: Further columns by name, a value per row; readers of label lists pass over them.
    """
    extra = extra_columns or {}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "path", *AU_NAMES, *extra])
    for index, row in enumerate(rows):
        values = _cells(row)
        further = [column[index] for column in extra.values()]
        writer.writerow([row.example_id, row.photo, *(values[au] for au in ACTION_UNITS), *further])
    write_text(path, text.getvalue())


def duplicate_reason(row: LabelRow, first: LabelRow) -> str:
    """Returns why a row with the id of an earlier one is rejected."""
    same = np.array_equal(row.labels, first.labels) and np.array_equal(row.mask, first.mask)
    return f"duplicate id, {'same' if same else 'conflicting'} labels as line {first.line}"


@dataclass(frozen=True)
class _Record:
    """One row of a file as text."""

    line: int
    cells: list[str]


@dataclass(frozen=True)
class _Columns:
    """Which column of a file holds what; a file without an id column derives the id from the photo's path."""

    num_fields: int
    photo: int | None
    id: int | None
    aus: Mapping[int, int] = field(default_factory=dict)
    """AU number to column, of the labelled ones among the 23."""
    blank_is_unknown: bool = False


def _read_text(path: str | os.PathLike[str]) -> str:
    if not Path(path).is_file():
        raise UserError(f"{path}: no such label list")
    data = Path(path).read_bytes()
    if b"\0" in data:
        raise UserError(f"{path}: not a text file; save a spreadsheet as CSV in UTF-8 first")
    # A stray byte in one of a million URLs must not cost the file; ids and labels are ASCII.
    return data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")


def _strip(cell: str) -> str:
    return cell.strip(" \t\r\n'\"")


def _list(aus: Sequence[int]) -> str:
    return ", ".join(map(str, aus))


def _is_training_line(line: str) -> bool:
    """A training list has no header: its first line already holds a URL or values."""
    cells = _training_cells(line.rstrip())
    if len(cells) < 3 or cells[0].endswith((",", ";")):
        return False
    return "://" in cells[0] or all(re.fullmatch(r"[\d.]+", _strip(cell)) for cell in cells[2:])


def _training_cells(line: str) -> list[str]:
    """Splits at tabs, between which a URL may be empty or hold blanks; a line without tabs splits at blanks."""
    return line.rstrip("\n").split("\t") if "\t" in line else line.split()


def _training_columns() -> _Columns:
    # The other AUs' zeros mean "not labelled", not "absent".
    return _Columns(_NUM_FIELDS, photo=0, id=None, aus={au: au + 1 for au in AUTOMATIC_AUS})


def _opt_columns(path: str | os.PathLike[str], header: list[str]) -> _Columns:
    aus = _au_columns(path, header, allowed=_LISTED_AUS)
    missing = [au for au in ACTION_UNITS if au not in aus]
    if missing:
        raise UserError(
            f"{path}: the opt list has no column 'AU {missing[0]}'; it needs the 23 AUs {ACTION_UNITS}"
        )
    return _Columns(len(header), photo=header.index("URL"), id=None, aus=_of_the_23(aus))


def _plain_columns(path: str | os.PathLike[str], header: list[str]) -> _Columns:
    names = [name.lower() for name in header]
    photo = names.index("path") if "path" in names else None
    id_column = names.index("id") if "id" in names else None
    if photo is None and id_column is None:
        raise UserError(f"{path}: no label list: no column 'URL' (opt list), 'path' or 'id' (plain CSV)")
    aus = _au_columns(path, header, allowed=ACTION_UNITS)
    if not aus:
        raise UserError(f"{path}: no AU column; expected some of {', '.join(AU_NAMES)}")
    return _Columns(len(header), photo=photo, id=id_column, aus=_of_the_23(aus), blank_is_unknown=True)


def _au_columns(path: str | os.PathLike[str], header: list[str], allowed: Sequence[int]) -> dict[int, int]:
    columns: dict[int, int] = {}
    for index, name in enumerate(header):
        match = _AU_HEADER.fullmatch(name)
        if not match:
            continue
        au = int(match.group(1))
        if au not in allowed:
            raise UserError(f"{path}: unknown AU column '{name}'; known are AUs {_list(allowed)}")
        if au in columns:
            raise UserError(f"{path}: two columns for AU {au}")
        columns[au] = index
    return columns


def _of_the_23(columns: Mapping[int, int]) -> dict[int, int]:
    return {au: columns[au] for au in ACTION_UNITS if au in columns}


def _training_records(text: str) -> Iterator[_Record]:
    for number, line in enumerate(io.StringIO(text), start=1):
        yield _Record(number, _training_cells(line))


def _csv_records(path: str | os.PathLike[str], text: str) -> Iterator[_Record]:
    """Yields the rows of a CSV from its header on; later blank lines are rows of empty cells."""
    header = next(line for line in io.StringIO(text) if _strip(line))
    # A spreadsheet saves "CSV" with its country's separator.
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    has_begun = False
    end = 0
    try:
        for cells in reader:
            # A quoted cell may hold line feeds: the row starts on the line after the last one's end.
            start, end = end + 1, reader.line_num
            has_begun = has_begun or any(map(_strip, cells))
            if has_begun:
                yield _Record(start, cells)
    except csv.Error as error:
        raise UserError(f"{path}, line {reader.line_num}: {error}") from error


def _collect(records: Iterable[_Record], columns: _Columns, format_name: str) -> LabelList:
    rows: list[LabelRow] = []
    rejected: list[Rejected] = []
    seen: dict[str, LabelRow] = {}
    num_blank = 0
    parse = _RowParser(columns)
    for record in records:
        if not any(map(_strip, record.cells)):
            num_blank += 1
            continue
        row = parse(record)
        if isinstance(row, LabelRow) and row.example_id in seen:
            row = Rejected(row.line, row.example_id, duplicate_reason(row, seen[row.example_id]))
        if isinstance(row, Rejected):
            rejected.append(row)
        else:
            seen[row.example_id] = row
            rows.append(row)
    return LabelList(rows, rejected, format_name, tuple(columns.aus), num_blank)


class _RowParser:
    """Parses the rows of a file; rows with the same values share their arrays, which are read-only.

    The training lists have a million rows but few combinations of 12 labels: arrays of their own took 1.5 GB.
    """

    def __init__(self, columns: _Columns) -> None:
        self._columns = columns
        self._known: dict[tuple[str, ...], tuple[np.ndarray, np.ndarray]] = {}

    def __call__(self, record: _Record) -> LabelRow | Rejected:
        cells = record.cells
        num_fields = self._columns.num_fields
        # Spreadsheets end some rows with empty cells that the header lacks.
        if len(cells) > num_fields and not any(map(_strip, cells[num_fields:])):
            cells = cells[:num_fields]
        row_id, photo = _identity(cells, self._columns)
        if len(cells) != num_fields:
            return Rejected(record.line, row_id, f"{len(cells)} fields instead of {num_fields}")
        if not row_id:
            return Rejected(record.line, "", "no id")
        values = tuple(cells[index] for index in self._columns.aus.values())
        if values not in self._known:
            try:
                self._known[values] = self._arrays(values)
            except ValueError as error:
                return Rejected(record.line, row_id, str(error))
        return LabelRow(row_id, photo, *self._known[values], record.line)

    def _arrays(self, values: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Returns labels and mask; raises ValueError for a value that is none of the valid ones."""
        labels = np.zeros(NUM_AUS, np.float32)
        mask = np.zeros(NUM_AUS, np.float32)
        for au, cell in zip(self._columns.aus, map(_strip, values), strict=True):
            value = _value(cell, self._columns.blank_is_unknown)
            if value is None:
                raise ValueError(f"AU {au} is '{cell}', none of 0, 1, {UNKNOWN}")
            if value != UNKNOWN:
                labels[column_of(au)] = value
                mask[column_of(au)] = 1
        labels.flags.writeable = mask.flags.writeable = False
        return labels, mask


def _identity(cells: Sequence[str], columns: _Columns) -> tuple[str, str]:
    """Returns a row's id and photo; each stands in for the other where a file has only one of them."""
    photo = _cell(cells, columns.photo)
    own_id = _cell(cells, columns.id)
    row_id = example_id(own_id or photo) if own_id or photo else ""
    return row_id, photo or own_id


def _cell(cells: Sequence[str], index: int | None) -> str:
    return "" if index is None or index >= len(cells) else _strip(cells[index])


def _value(cell: str, blank_is_unknown: bool) -> int | None:
    """Returns 0, 1 or `UNKNOWN`, or None for anything else."""
    if not cell:
        return UNKNOWN if blank_is_unknown else None
    try:
        number = float(cell)
    except ValueError:
        return None
    return int(number) if number in (0, 1, UNKNOWN) else None


def _cells(row: LabelRow) -> dict[int, int]:
    """Returns a row's values by AU as the files write them."""
    values = zip(ACTION_UNITS, row.labels, row.mask, strict=True)
    return {au: int(label > 0.5) if known else UNKNOWN for au, label, known in values}


def _urls(row: LabelRow, base_url: str) -> tuple[str, str]:
    """Returns a row's photo URL and its original URL."""
    url = row.photo if "://" in row.photo else f"{base_url.rstrip('/')}/{row.photo}"
    return url, url
