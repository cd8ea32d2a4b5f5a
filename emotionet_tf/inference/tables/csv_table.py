"""A table of faces as CSV, row by row as they come: the bytes that pandas writes of the same rows, without pandas."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from typing import IO, Any

from emotionet_tf.inference.tables.face_rows import TableHead
from emotionet_tf.inference.videos.frame_rows import frame_columns


class CsvTable:
    """A table that is being written; no row stays in memory.

    Args:
      file: Text, opened without the translation of line ends.
      head: What all rows have in common.
      is_of_videos: Whether rows are of frames.
      with_header: Whether the names come first; otherwise the file has them.
    """

    def __init__(
        self, file: IO[str], head: TableHead, *, is_of_videos: bool, with_header: bool = True
    ) -> None:
        self._same: Mapping[str, Any] = head.same
        names = [*head.columns, *self._same]
        self._names = frame_columns(names) if is_of_videos else names
        self._writer = csv.writer(file, lineterminator="\n")
        if with_header:
            self._writer.writerow(self._names)

    def write(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Writes rows, as `rows_of_photo` or `rows_of_frames` returns them; what one does not have is blank."""
        for row in rows:
            values = {**row, **self._same}
            cells = [values.get(name) for name in self._names]
            self._writer.writerow(["" if cell is None else cell for cell in cells])
