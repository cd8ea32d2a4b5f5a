"""EmotioNet's two formats, as public readers of the files take them.

- *training list*: tab-separated, no header, 62 fields: photo URL, original URL, AU1 .. AU60.
- *opt list*: CSV with the header `URL`, `URL orig`, `'AU 1'` .. `'AU 60'`, cells in quotes and blanks.

999 means unknown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from emotionet_tf.action_units import ACTION_UNITS, AUTOMATIC_AUS, UNKNOWN
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.formats.header_columns import au_columns, original_url_column
from emotionet_tf.label_lists.formats.list_format import Columns, ListFormat
from emotionet_tf.label_lists.rows import LabelRow, written_values
from emotionet_tf.label_lists.tables.text_rows import stripped
from emotionet_tf.storage.files import write_text

_LISTED_AUS = tuple(range(1, 61))
_NUM_FIELDS = 2 + len(_LISTED_AUS)
_BASE_URL = "https://example.invalid/Images"


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
    """Writes rows as an opt list; AUs outside the 23 are written 999."""
    lines = [",".join(["URL", "URL orig", *(f"'AU {au}'" for au in _LISTED_AUS)]) + "\n"]
    for row in rows:
        values = written_values(row)
        cells = [str(values.get(au, UNKNOWN)) for au in _LISTED_AUS]
        lines.append(",".join([*(f"'{url}'" for url in _urls(row, base_url)), *cells]) + "\n")
    write_text(path, "".join(lines))


def _urls(row: LabelRow, base_url: str) -> tuple[str, str]:
    """Returns a row's photo URL and its original URL."""
    url = row.photo if "://" in row.photo else f"{base_url.rstrip('/')}/{row.photo}"
    return url, url


def _begins_training_list(cells: Sequence[str]) -> bool:
    if len(cells) < 3 or cells[0].endswith((",", ";")):
        return False
    return "://" in cells[0] or all(re.fullmatch(r"[\d.]+", stripped(cell)) for cell in cells[2:])


def _split_at_tabs(line: str) -> list[str]:
    """Splits at tabs, between which a URL may be empty or hold blanks; a line without tabs splits at blanks."""
    return line.split("\t") if "\t" in line else line.split()


def _training_columns(_: str, __: Sequence[str]) -> Columns:
    # The other AUs' zeros mean "not labelled", not "absent".
    return Columns(_NUM_FIELDS, photo=0, id=None, aus={au: au + 1 for au in AUTOMATIC_AUS}, original_url=1)


def _begins_opt_list(header: Sequence[str]) -> bool:
    return "URL" in header


def _url_columns(_: str, header: Sequence[str]) -> Columns:
    return Columns(len(header), header.index("URL"), id=None, original_url=original_url_column(header))


def _opt_columns(path: str, header: Sequence[str]) -> Columns:
    listed = au_columns(path, header, _LISTED_AUS.__contains__)
    aus = {au: column for au, column in listed.items() if au in ACTION_UNITS}
    missing = [au for au in ACTION_UNITS if au not in aus]
    if missing:
        raise UserError(
            f"{path}: the opt list has no column 'AU {missing[0]}'; it needs the 23 AUs {ACTION_UNITS}"
        )
    return replace(_url_columns(path, header), aus=aus)


TRAINING_LIST = ListFormat(
    "training list",
    f"no header, {_NUM_FIELDS} fields with tabs between: photo URL, original URL, AU1 to AU60",
    _begins_training_list,
    _training_columns,
    _split_at_tabs,
)
OPT_LIST = ListFormat("opt list", "columns 'URL' and 'AU 1' to 'AU 60'", _begins_opt_list, _opt_columns)
OPT_LIST_OF_URLS = ListFormat(OPT_LIST.name, "a column 'URL'", _begins_opt_list, _url_columns)
