"""Files in a folder of photos that look like pictures or films and are not read: counted, not lost from sight."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.photo_places import PHOTO_SUFFIXES
from emotionet_tf.photos.reading import names_below
from emotionet_tf.storage.paths import as_path

_PICTURES = (
    *(".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf", ".orf", ".rw2", ".srw", ".pef", ".raw"),
    *(".psd", ".svg", ".jp2", ".j2k", ".jxl", ".tga", ".exr", ".hdr", ".ppm", ".pgm", ".ico", ".pdf"),
)
_FILMS = (
    *(
        ".mp4",
        ".m4v",
        ".mov",
        ".avi",
        ".mkv",
        ".webm",
        ".wmv",
        ".flv",
        ".mpg",
        ".mpeg",
        ".3gp",
        ".mts",
        ".ogv",
    ),
)


def passed_over(folders: Iterable[str | os.PathLike[str]]) -> list[str]:
    """Returns a sentence for each kind of file below folders of photos that is passed over, though it may be meant.

    Args:
      folders: Folders of photos; what is no folder is skipped.
    """
    found: Counter[str] = Counter()
    for folder in folders:
        if as_path(folder).is_dir():
            found.update(_suffixes(os.fspath(folder)))
    pictures, films = ({one: found[one] for one in kinds if found[one]} for kinds in (_PICTURES, _FILMS))
    sentences = []
    if pictures:
        sentences.append(
            f"not read, as no such pictures are: {_listed(pictures)}; those that are end in {', '.join(PHOTO_SUFFIXES)}"
        )
    if films:
        sentences.append(f"not read beside photos: {_listed(films)}; name a video itself to predict it")
    return sentences


def _suffixes(folder: str) -> Iterable[str]:
    try:
        for name in names_below(folder):
            yield os.path.splitext(name)[1].lower()
    except OSError as error:
        raise UserError(f"folder {error.filename} cannot be searched: {error.strerror}") from error


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {suffix}" for suffix, count in counts.items())
