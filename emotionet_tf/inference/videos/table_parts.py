"""A video's table while it grows: rows in a file of their own, and what a stopped run resumes from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emotionet_tf.inference.tables.csv_table import CsvTable
from emotionet_tf.inference.tables.face_rows import TableHead
from emotionet_tf.storage.files import write_json

_KEPT = ("next_frame", "num_frames", "num_with_face", "num_people", "damage", "is_done", "num_bytes")


@dataclass
class TablePart:
    """The rows of one video.

    Attributes:
      rows: The file with the rows, a CSV.
      state: The file with all else.
      made_by: What the rows depend on; other rows are not resumed.
      next_frame: The first frame that is not done.
      num_frames: How many are done.
      num_with_face: How many of these show a face.
      num_people: How many people were seen.
      damage: Where the video is damaged.
      is_done: Whether the whole video is done.
      tracker: What the tracker's next step depends on; None before the first.
      num_bytes: Length of the rows that were saved.
    """

    rows: Path
    state: Path
    made_by: dict[str, Any]
    next_frame: int = 0
    num_frames: int = 0
    num_with_face: int = 0
    num_people: int = 0
    damage: Sequence[str] = ()
    is_done: bool = False
    tracker: dict[str, Any] | None = None
    num_bytes: int = 0

    @classmethod
    def resumed(cls, rows: Path, made_by: dict[str, Any]) -> TablePart:
        """Returns the part of a run that was stopped where it was made by the same; else an empty one.

        Rows behind the last save are dropped: they are made again.
        """
        made_by = json.loads(json.dumps(made_by))
        part = cls(rows, rows.with_name(rows.name + ".json"), made_by)
        try:
            known = json.loads(part.state.read_text(encoding="utf-8"))
            if known["made_by"] == made_by and rows.stat().st_size >= known["num_bytes"]:
                for name in (*_KEPT, "tracker"):
                    setattr(part, name, known[name])
                os.truncate(rows, part.num_bytes)
                return part
        except (OSError, ValueError, KeyError):
            pass
        rows.parent.mkdir(parents=True, exist_ok=True)
        rows.write_bytes(b"")
        return part

    def append(self, rows: Sequence[Mapping[str, Any]], head: TableHead) -> None:
        """Adds rows, as `rows_of_frames` returns them, to what all of them have in common."""
        is_first = self.rows.stat().st_size == 0
        with self.rows.open("a", newline="", encoding="utf-8") as file:
            table = CsvTable(file, head, is_of_videos=True, with_header=is_first)
            table.write(rows)

    def save(self, tracker: dict[str, Any] | None) -> None:
        """Saves what a resumed run needs."""
        self.tracker, self.num_bytes = tracker, self.rows.stat().st_size
        content = {name: getattr(self, name) for name in (*_KEPT, "tracker")}
        write_json(self.state, {"made_by": self.made_by, **content})

    def remove(self) -> None:
        """Removes both files."""
        self.rows.unlink(missing_ok=True)
        self.state.unlink(missing_ok=True)


def joined(parts: Sequence[TablePart], target: Path) -> None:
    """Writes the rows of parts, one after the other, under the first one's header."""
    with target.open("wb") as out:
        for number, part in enumerate(parts):
            with part.rows.open("rb") as rows:
                header = rows.readline()
                if number == 0:
                    out.write(header)
                while piece := rows.read(1 << 20):
                    out.write(piece)
