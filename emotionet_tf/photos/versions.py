"""Which content of a photo something was made of, so that a photo that was replaced since is noticed.

A photo whose length and time of change are those of before is the same. Of another length it has changed. Of the same
length and another time, as after copying, its checksum decides, so that copies cost one reading and nothing else.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from emotionet_tf.storage import files
from emotionet_tf.storage.paths import RemotePath, as_path

_PIECE_BYTES = 1 << 20


class PhotoVersion(NamedTuple):
    """A photo's file as it was.

    Attributes:
      num_bytes: Its length; -1 where it could not be looked at.
      modified_ns: When it was changed, in nanoseconds since 1970.
      checksum: Of its bytes; empty where they were not read: of a remote file, or one that was only looked at.
    """

    num_bytes: int
    modified_ns: int
    checksum: str = ""


def version_of(path: str | os.PathLike[str]) -> PhotoVersion:
    """Returns a photo's version; of a local file with its checksum, for which it is read."""
    place = as_path(path)
    seen = _seen(place)
    return seen if isinstance(place, RemotePath) else seen._replace(checksum=_checksum(place))


def unchanged_version(path: str | os.PathLike[str], before: PhotoVersion | None) -> PhotoVersion | None:
    """Returns a photo's version as it is now if it is the one of before; None if it has changed.

    A photo of which nothing is known counts as unchanged: it was looked at before versions were written down.
    """
    place = as_path(path)
    seen = _seen(place)
    if before is None:
        return seen
    if seen.num_bytes != before.num_bytes:
        return None
    if seen.modified_ns == before.modified_ns:
        return before
    if not before.checksum or isinstance(place, RemotePath) or _checksum(place) != before.checksum:
        return None
    return seen._replace(checksum=before.checksum)


def write_versions(path: Path, versions: Mapping[str, PhotoVersion]) -> None:
    """Writes photos' versions by their names, in one piece."""
    with files.written_aside(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(("photo", *PhotoVersion._fields))
        writer.writerows((photo, *version) for photo, version in versions.items())


def read_versions(paths: Iterable[Path]) -> dict[str, PhotoVersion]:
    """Returns what files of `write_versions` say together, the later ones of more weight; damaged lines say nothing."""
    versions: dict[str, PhotoVersion] = {}
    for path in paths:
        with path.open(encoding="utf-8", newline="", errors="replace") as file:
            for cells in csv.reader(file, delimiter="\t"):
                if len(cells) == 4 and cells[1].lstrip("-").isdecimal() and cells[2].isdecimal():
                    versions[cells[0]] = PhotoVersion(int(cells[1]), int(cells[2]), cells[3])
    return versions


def _seen(place: Path) -> PhotoVersion:
    try:
        status = place.stat()
    except (OSError, ValueError):
        return PhotoVersion(-1, 0)
    # Of remote files whole seconds are known.
    return PhotoVersion(status.st_size, status.st_mtime_ns or int(status.st_mtime) * 10**9)


def _checksum(place: Path) -> str:
    """Returns a checksum of a file's bytes; empty where it cannot be read, or is no regular file."""
    digest = hashlib.blake2b(digest_size=8)
    try:
        if not place.is_file():
            return ""
        with place.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
    except (OSError, ValueError):
        return ""
    return digest.hexdigest()
