"""The CSV of classes: a column `path` or `id` (or both) and a column `class`; others are ignored."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence

from emotionet_tf.label_lists.formats.header_columns import column_named
from emotionet_tf.label_lists.formats.list_format import Columns, ListFormat
from emotionet_tf.storage.files import write_text


def write_class_csv(path: str | os.PathLike[str], rows: Iterable[tuple[str, str]]) -> None:
    """Writes photos' paths and classes, as `reading.read_class_list` reads them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["path", "class"])
    writer.writerows(rows)
    write_text(path, text.getvalue())


def _begins(header: Sequence[str]) -> bool:
    names = {name.lower() for name in header}
    return "class" in names and not names.isdisjoint(("path", "id"))


def _columns(_: str, header: Sequence[str]) -> Columns:
    photo, own_id, class_name = (column_named(header, name) for name in ("path", "id", "class"))
    return Columns(len(header), photo, own_id, class_name=class_name)


CLASS_LIST = ListFormat("class list", "a CSV with a column 'class', and 'path' or 'id'", _begins, _columns)
