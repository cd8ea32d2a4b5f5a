"""A source: one dataset of a training run, its head and labels; and what sources have in common."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike

from emotionet_tf.errors import UserError
from emotionet_tf.records.dataset_info import ROWS_FILE
from emotionet_tf.storage.paths import as_path, exists


@dataclass(frozen=True)
class Source:
    """One dataset of a training run.

    Attributes:
      head: The head that its examples train.
      records_dir: The dataset's records folder.
      labels_dir: Label shards that replace the records' own labels; None keeps the own labels.
    """

    head: str
    records_dir: str
    labels_dir: str | None = None


def parse_source(text: str) -> Source:
    """Returns the source that `HEAD=RECORDS_DIR` or `HEAD=RECORDS_DIR@LABELS_DIR` names.

    Folders may have an @ in their paths: a text that is a folder's as a whole is taken so, else the last @ behind which
    the labels of a folder that is there can begin divides it.

    Raises:
      UserError: If the text has another form.
    """
    head, equals, folders = text.partition("=")
    records_dir, at, labels_dir = _at_labels(folders)
    if not (head and equals and records_dir) or (at and not labels_dir):
        raise UserError(f"a source must be HEAD=RECORDS_DIR or HEAD=RECORDS_DIR@LABELS_DIR, got {text!r}")
    return Source(head, records_dir, labels_dir or None)


def _at_labels(folders: str) -> tuple[str, str, str]:
    """Returns the records folder, an @ where there is one, and the labels folder."""
    if "@" not in folders or exists(folders):
        return folders, "", ""
    pieces = folders.split("@")
    for place in range(len(pieces) - 1, 0, -1):
        records_dir = "@".join(pieces[:place])
        if records_dir and exists(records_dir):
            return records_dir, "@", "@".join(pieces[place:])
    return folders.rpartition("@")


def common_crop_size(sources: Sequence[Source], sizes_px: Sequence[int]) -> int:
    """Returns the side in pixels of the sources' crops, given each source's own.

    Raises:
      UserError: If the sources differ.
    """
    if len(set(sizes_px)) > 1:
        sizes = {source.records_dir: size for source, size in zip(sources, sizes_px, strict=True)}
        raise UserError(f"the sources' crops differ in size (px): {sizes}")
    return sizes_px[0]


def common_framing(sources: Sequence[Source], framings: Sequence[str]) -> str:
    """Returns what placed the faces in the sources' crops, given each source's own.

    Raises:
      UserError: If the sources differ.
    """
    if len(set(framings)) > 1:
        by_folder = {source.records_dir: framing for source, framing in zip(sources, framings, strict=True)}
        raise UserError(
            f"the sources' crops differ in framing: {by_folder}; align all photos with the same framing"
        )
    return framings[0]


def count_shared(records_dir: str | PathLike[str], other_dir: str | PathLike[str]) -> int:
    """Returns how many examples two records folders share, by their ids in `rows.csv`; 0 if one has no table.

    Reads a million rows in about a second.
    """
    ids = set(_ids(records_dir))
    return len(ids.intersection(_ids(other_dir))) if ids else 0


def _ids(records_dir: str | PathLike[str]) -> Iterator[str]:
    path = as_path(records_dir) / ROWS_FILE
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="", errors="replace") as file:
        if not next(file, "").startswith("id,"):
            return
        for line in file:
            if line.rstrip().endswith(",1"):  # its last column: a face was found
                yield next(csv.reader([line]))[0] if line.startswith('"') else line.partition(",")[0]
