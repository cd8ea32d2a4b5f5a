"""EmotioNet's two formats, as public readers of the files take them.

- *training list*: tab-separated, no header, 62 fields: photo URL, original URL, AU1 .. AU60.
- *opt list*: CSV with the header `URL`, `URL orig`, `'AU 1'` .. `'AU 60'`, cells in quotes and blanks.

999 means unknown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from emotionet_tf.action_units import ACTION_UNITS, AUTOMATIC_AUS, UNKNOWN
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.columns import Columns, au_columns, identity_columns
from emotionet_tf.label_lists.rows import LabelRow, written_values
from emotionet_tf.label_lists.tables.text_lines import TOO_LONG, TextLine
from emotionet_tf.label_lists.tables.text_rows import TextRow, stripped
from emotionet_tf.storage.files import write_text

_LISTED_AUS = tuple(range(1, 61))
_NUM_FIELDS = 2 + len(_LISTED_AUS)
_BASE_URL = "https://example.invalid/Images"


def is_training_line(line: str) -> bool:
    """Returns whether a list that begins with a line is a training list, which has no header: a URL or values."""
    return is_training_row(_training_cells(line.rstrip()))


def is_training_row(cells: Sequence[str]) -> bool:
    """Returns whether a list whose first row has these cells is a training list."""
    if len(cells) < 3 or cells[0].endswith((",", ";")):
        return False
    return "://" in cells[0] or all(re.fullmatch(r"[\d.]+", stripped(cell)) for cell in cells[2:])


def training_rows(lines: Iterable[TextLine]) -> Iterator[TextRow]:
    """Yields a row for every line of a training list, in which quotes have no meaning."""
    for line in lines:
        yield TextRow(line.number, _training_cells(line.text), TOO_LONG if line.is_cut else "")


def training_columns() -> Columns:
    """Returns a training list's columns, of which the 12 automatic AUs' are labels."""
    # The other AUs' zeros mean "not labelled", not "absent".
    return Columns(_NUM_FIELDS, photo=0, id=None, aus={au: au + 1 for au in AUTOMATIC_AUS})


def opt_columns(path: str, header: list[str]) -> Columns:
    """Returns an opt list's columns; raises UserError unless it has those of all 23 AUs."""
    aus = au_columns(path, header, allowed=_LISTED_AUS)
    missing = [au for au in ACTION_UNITS if au not in aus]
    if missing:
        raise UserError(
            f"{path}: the opt list has no column 'AU {missing[0]}'; it needs the 23 AUs {ACTION_UNITS}"
        )
    return replace(identity_columns(path, header), aus=aus)


def write_training_list(
    path: str | os.PathLike[str], rows: Iterable[LabelRow], *, base_url: str = _BASE_URL
) -> None:
    """Writes rows as a training list; AUs outside the 12 automatic ones are written 0, as in EmotioNet."""
    lines = []
    for row in rows:
        values = written_values(row)
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
        values = written_values(row)
        cells = [str(values.get(au, UNKNOWN)) for au in _LISTED_AUS]
        lines.append(",".join([*(f"'{url}'" for url in _urls(row, base_url)), *cells]) + "\n")
    write_text(path, "".join(lines))


def _training_cells(line: str) -> list[str]:
    """Splits at tabs, between which a URL may be empty or hold blanks; a line without tabs splits at blanks."""
    return line.split("\t") if "\t" in line else line.split()


def _urls(row: LabelRow, base_url: str) -> tuple[str, str]:
    """Returns a row's photo URL and its original URL."""
    url = row.photo if "://" in row.photo else f"{base_url.rstrip('/')}/{row.photo}"
    return url, url
