"""A source: one dataset of a training run, the head that it trains, and where its labels come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emotionet_tf.errors import UserError


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

    Raises:
      UserError: If the text has another form.
    """
    head, equals, folders = text.partition("=")
    records_dir, at, labels_dir = folders.rpartition("@") if "@" in folders else (folders, "", "")
    if not (head and equals and records_dir) or (at and not labels_dir):
        raise UserError(f"a source must be HEAD=RECORDS_DIR or HEAD=RECORDS_DIR@LABELS_DIR, got {text!r}")
    return Source(head, records_dir, labels_dir or None)


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
