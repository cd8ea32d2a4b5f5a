"""Which videos a command line names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.photos.reading import walk_photos
from emotionet_tf.storage.paths import as_path
from emotionet_tf.videos.frames import URL_SCHEMES, is_video


def find_videos(paths: Sequence[str]) -> dict[str, str]:
    """Returns the videos of files, URLs and folders: each one's place by its name in the table.

    A video in a folder is named by its path from there, one that was named itself by its file name, a stream by its
    URL.

    Raises:
      UserError: If a file does not exist, or two videos get one name.
    """
    videos: dict[str, str] = {}
    for path in paths:
        for name, place in _videos_of(path).items():
            if name in videos and videos[name] != place:
                raise UserError(f"{videos[name]} and {place} would share the name {name}: predict them apart")
            videos[name] = place
    return videos


def has_videos(paths: Sequence[str]) -> bool:
    """Returns whether paths name videos, or folders with videos; a folder with a photo is one of photos.

    Raises:
      UserError: If they name videos and something else, too.
    """
    kinds = [not _has_photo(path) and bool(_videos_of(path, must_exist=False)) for path in paths]
    if any(kinds) and not all(kinds):
        video, other = paths[kinds.index(True)], paths[kinds.index(False)]
        raise UserError(
            f"{video} is a video or a folder with videos, {other} is not: predict photos and videos apart"
        )
    return any(kinds)


def _videos_of(path: str, *, must_exist: bool = True) -> dict[str, str]:
    if path.lower().startswith(URL_SCHEMES):
        return {path: path}
    place = Path(as_path(path))
    if place.is_dir():
        return {file.relative_to(place).as_posix(): os.fspath(file) for file in _walked(place)}
    if not is_video(path):
        return {}
    if must_exist and not place.is_file():
        raise UserError(f"{path} does not exist: expected a video")
    return {place.name: path}


def _has_photo(path: str) -> bool:
    """Returns whether a path is a folder with a photo, without looking further than to the first."""
    if path.lower().startswith(URL_SCHEMES) or not as_path(path).is_dir():
        return False
    try:
        return next(walk_photos(path), None) is not None
    except UserError:
        return False


def _walked(folder: Path) -> list[Path]:
    """Returns the videos below a folder in the order of their names, without hidden ones."""
    return sorted(
        file
        for file in folder.rglob("*")
        if is_video(file.name)
        and file.is_file()
        and not any(word[0] == "." for word in file.relative_to(folder).parts)
    )
