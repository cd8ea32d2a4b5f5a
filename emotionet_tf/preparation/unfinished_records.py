"""Photos that a stopped run has done in chunks that are planned otherwise now: with other lists, photos or parts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from emotionet_tf.action_units import VIEWS
from emotionet_tf.faces.table import COLUMNS
from emotionet_tf.preparation.record_places import Places, read_places
from emotionet_tf.preparation.work_files import WorkFiles

_FOUND = COLUMNS.index("found")


def unfinished_photos(work: WorkFiles) -> Iterator[tuple[list[str], Places]]:
    """Yields the row of a prepared face table and the places of each photo that is done, but in no planned chunk."""
    planned = {path.name for path in work.plan.iterdir()}
    joined: set[str] = set()
    for path in work.done("shards"):
        chunk_keys = json.loads(path.read_text(encoding="utf-8"))["chunks"]
        joined.update(chunk_keys)
        if not planned.issuperset(chunk_keys):
            yield from _photos(work, chunk_keys, {view: work.shard(path.stem, view) for view in VIEWS})
    for path in work.done("chunks"):
        key = path.stem
        if key not in planned and key not in joined and work.is_chunk_done(key):
            yield from _photos(work, [key], {view: work.chunk(key, view) for view in VIEWS})


def _photos(
    work: WorkFiles, chunk_keys: list[str], paths: dict[str, Path]
) -> Iterator[tuple[list[str], Places]]:
    if not all(
        path.is_file() for path in (*paths.values(), *(work.chunk(key, "json") for key in chunk_keys))
    ):
        return
    places = read_places(paths)
    for key in chunk_keys:
        for line in work.read_chunk_table(key):
            yield line, next(places) if line[_FOUND] == "1" else []
