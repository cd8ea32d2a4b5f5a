"""Files in a folder of photos that look like pictures or films and are not read: counted, not lost from sight."""

from __future__ import annotations

from collections.abc import Mapping

from emotionet_tf.label_lists.photo_places import PHOTO_SUFFIXES

UNNAMED_PHOTO = "a photo without an ending"
"""Stands among the endings that are counted, for files that are known as photos by their first bytes."""
_PICTURES = (
    *(".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf", ".orf", ".rw2", ".srw", ".pef", ".raw"),
    *(".mpo", ".psd", ".svg", ".jp2", ".j2k", ".jxl", ".tga", ".exr", ".hdr", ".ppm", ".pgm", ".ico", ".pdf"),
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


def passed_over(others: Mapping[str, int]) -> list[str]:
    """Returns a sentence for each kind of file that a walk through photos passed over, though it may be meant.

    Args:
      others: Files by their endings, as `reading.walk_photos` counts them.
    """
    pictures = {one: others[one] for one in others if one in _PICTURES or one.startswith(PHOTO_SUFFIXES)}
    films = {one: others[one] for one in _FILMS if others.get(one)}
    unnamed = others.get(UNNAMED_PHOTO)
    sentences = []
    if pictures:
        sentences.append(
            f"not read, as no such pictures are: {_listed(pictures)}; those that are end in {', '.join(PHOTO_SUFFIXES)}"
        )
    if unnamed:
        sentences.append(
            f"not read: {unnamed} photo(s) whose names have no ending, such as .jpg; give them one, or name a file"
        )
    if films:
        sentences.append(f"not read beside photos: {_listed(films)}; name a video itself to predict it")
    return sentences


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {suffix}" for suffix, count in counts.items())
