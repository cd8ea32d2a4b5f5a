"""The CSV of classes: a column `path` and a column `class`."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable

from emotionet_tf.storage.files import write_text


def write_class_csv(path: str | os.PathLike[str], rows: Iterable[tuple[str, str]]) -> None:
    """Writes photos' paths and classes, as `reading.read_class_list` reads them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["path", "class"])
    writer.writerows(rows)
    write_text(path, text.getvalue())
