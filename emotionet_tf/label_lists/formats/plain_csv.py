"""The plain CSV: a column `path` or `id` (or both) and one column per labelled AU, `AU01`, `AU1` or `AU 1`.

999, -1, nan, NA and an empty cell mean unknown. Columns such as `AU12_intensity` hold intensities from 0 to
5, and a column `person` or `subject` says who is seen.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence

from emotionet_tf.action_units import ACTION_UNITS, UNKNOWN, au_name, intensity_name
from emotionet_tf.label_lists.formats.header_columns import (
    au_columns,
    column_named,
    has_au_column,
    intensity_columns,
    original_url_column,
    person_column,
)
from emotionet_tf.label_lists.formats.list_format import Columns, ListFormat, occurrence
from emotionet_tf.label_lists.rows import LabelRow, written_intensities, written_values
from emotionet_tf.storage.files import written_aside

UNKNOWN_CELLS = frozenset(
    ("", "-1", "-1.0", "nan", "na", "n/a", "#n/a", "<na>", "null", "none", str(UNKNOWN))
)
"""What says unknown and cannot say anything else, in lower case."""
_TRUTH = {"true": 1, "false": 0, "yes": 1, "no": 0, "present": 1, "absent": 0}


def write_plain_csv(
    path: str | os.PathLike[str],
    rows: Iterable[LabelRow],
    *,
    aus: Sequence[int] = ACTION_UNITS,
    with_persons: bool = False,
    with_intensities: bool = False,
    extra_columns: Mapping[str, Iterable[object]] | None = None,
) -> None:
    """Writes rows as a plain CSV with the columns `id`, `path`, and one of each AU, such as `AU01`; 999 = unknown.

    Args:
      path: The file to write.
      rows: Its rows, which need not be in memory at once.
      aus: The AUs that get a column.
      with_persons: Whether there is a column `person`.
      with_intensities: Whether there is a column of each AU's intensity, empty where it is unknown.
      extra_columns: Further columns by name, a value per row; readers of label lists ignore them.
    """
    extra = extra_columns or {}
    with written_aside(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        more = [intensity_name(au) for au in aus] if with_intensities else []
        more += ["person"] if with_persons else []
        writer.writerow(["id", "path", *map(au_name, aus), *more, *extra])
        for row, *further in zip(rows, *extra.values(), strict=True):
            values = written_values(row)
            labels: list[int | str] = [values.get(au, UNKNOWN) for au in aus]
            if with_intensities:
                labels += written_intensities(row, aus)
            if with_persons:
                labels.append(row.person)
            writer.writerow([row.example_id, row.photo, *labels, *further])


def _begins(header: Sequence[str]) -> bool:
    names = {name.lower() for name in header}
    return not names.isdisjoint(("path", "id")) and has_au_column(header)


def _columns(path: str, header: Sequence[str]) -> Columns:
    aus = au_columns(path, header)
    return Columns(
        len(header),
        column_named(header, "path"),
        column_named(header, "id"),
        aus,
        intensities=intensity_columns(path, header, aus),
        person=person_column(header),
    )


def _label_of(cell: str) -> int | None:
    if cell.lower() in UNKNOWN_CELLS:
        return UNKNOWN
    # Spreadsheets write truth values as words, people others, and some countries' write 1,0.
    return _TRUTH.get(cell.lower(), occurrence(cell.replace(",", ".")))


def _names_urls(header: Sequence[str]) -> bool:
    has_id = column_named(header, "id") is not None
    return column_named(header, "path") is not None or (has_id and original_url_column(header) is not None)


def _url_columns(_: str, header: Sequence[str]) -> Columns:
    return Columns(
        len(header),
        column_named(header, "path"),
        column_named(header, "id"),
        original_url=original_url_column(header),
    )


PLAIN_CSV = ListFormat(
    "plain CSV",
    "a column 'path' or 'id', and AU columns such as AU01, AU12 or, of one side, AU12L",
    _begins,
    _columns,
    label_of=_label_of,
    is_own=True,
)
CSV_OF_URLS = ListFormat(
    PLAIN_CSV.name, "a column 'path' with URLs, or 'id' and 'original URL'", _names_urls, _url_columns
)
