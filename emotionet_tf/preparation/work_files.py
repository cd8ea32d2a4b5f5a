"""The work folder of a preparation: what is done until all is, every file whole or not there.

settings.json      what decides the crops
plan/KEY           the rows of a chunk
chunks/KEY.VIEW    its records of a view, KEY.json its rows of the face table, written last; KEY.count, rows done so far
shards/KEY.VIEW    a shard's records, joined from its chunks', which are removed then; KEY.json, written last
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.action_units import VIEWS
from emotionet_tf.faces.table import COLUMNS
from emotionet_tf.records.dataset_info import Shard
from emotionet_tf.storage import files

_PIECE_BYTES = 1 << 20
_FOUND = COLUMNS.index("found")


@dataclass(frozen=True)
class WorkFiles:
    """Names and states of the work folder's files; plain values that go to workers.

    Attributes:
      folder: The work folder.
    """

    folder: Path

    @property
    def settings(self) -> Path:
        """What decides the crops."""
        return self.folder / "settings.json"

    @property
    def plan(self) -> Path:
        """The folder of the chunks' rows."""
        return self.folder / "plan"

    @property
    def chunks(self) -> Path:
        """The folder of what is done of the chunks."""
        return self.folder / "chunks"

    def chunk(self, key: str, kind: str) -> Path:
        """The records of a chunk's view, or "json", its rows of the face table."""
        return self.chunks / f"{key}.{kind}"

    def shard(self, key: str, kind: str) -> Path:
        """The records of a shard's view, or "json", what is known about them."""
        return self.folder / "shards" / f"{key}.{kind}"

    def done(self, kind: str) -> list[Path]:
        """Returns the files that say that "chunks" or "shards" are done, named by their keys."""
        return sorted(path for path in (self.folder / kind).glob("*.json") if not path.name.startswith("."))

    def is_chunk_done(self, key: str) -> bool:
        """Says whether all files of a chunk are there."""
        return all(self.chunk(key, kind).is_file() for kind in ("json", *VIEWS))

    def is_shard_done(self, key: str, chunk_keys: Sequence[str]) -> bool:
        """Says whether a shard's records and its chunks' rows of the face table are there."""
        paths = [self.shard(key, kind) for kind in ("json", *VIEWS)]
        return all(path.is_file() for path in (*paths, *(self.chunk(own, "json") for own in chunk_keys)))

    def note_progress(self, key: str, num_rows: int) -> None:
        """Notes how many rows of a chunk are done, for who watches."""
        self.chunk(key, "count").write_text(str(num_rows))

    def progress_of(self, key: str) -> int:
        """Returns what was noted of a chunk that is under way; 0 where there is no note."""
        try:
            return int(self.chunk(key, "count").read_text())
        except (OSError, ValueError):  # it has just ended, or the note is being written
            return 0

    def forget_progress(self) -> None:
        """Removes all notes."""
        for path in self.chunks.glob("*.count"):
            path.unlink(missing_ok=True)

    def write_chunk_table(self, key: str, faces: list[list[str]]) -> None:
        """Writes a chunk's rows of the prepared face table, cell by cell, which says that the chunk is done."""
        files.write_text(self.chunk(key, "json"), json.dumps(faces))
        self.chunk(key, "count").unlink(missing_ok=True)

    def read_chunk_table(self, key: str) -> list[list[str]]:
        """Returns what `write_chunk_table` wrote."""
        return json.loads(self.chunk(key, "json").read_text(encoding="utf-8"))

    def join_shard(self, key: str, chunk_keys: Sequence[str]) -> None:
        """Makes a shard of its chunks, whose records are removed; leaves one that is done as it is."""
        if not self.is_shard_done(key, chunk_keys):
            tables = map(self.read_chunk_table, chunk_keys)
            num_examples = sum(cells[_FOUND] == "1" for table in tables for cells in table)
            content = {view: self._join_view(key, chunk_keys, view) for view in VIEWS}
            files.write_json(
                self.shard(key, "json"),
                {"num_examples": num_examples, "views": content, "chunks": list(chunk_keys)},
            )
        for chunk_key in chunk_keys:
            for view in VIEWS:
                self.chunk(chunk_key, view).unlink(missing_ok=True)

    def described_shard(self, key: str, view: str, name: str) -> Shard:
        """Returns the entry of a joined shard, with the file name that it will have."""
        content = json.loads(self.shard(key, "json").read_text(encoding="utf-8"))
        return Shard(name, content["num_examples"], *content["views"][view])

    def _join_view(self, key: str, chunk_keys: Sequence[str], view: str) -> tuple[int, str]:
        """Writes a view's shard and returns its length and checksum."""
        digest, num_bytes = hashlib.sha256(), 0
        with files.written_aside(self.shard(key, view)) as aside, aside.open("wb") as joined:
            for chunk_key in chunk_keys:
                with self.chunk(chunk_key, view).open("rb") as records:
                    while piece := records.read(_PIECE_BYTES):
                        joined.write(piece)
                        digest.update(piece)
                        num_bytes += len(piece)
        return num_bytes, digest.hexdigest()
