"""Where a prediction over photos writes: never over a photo, and nowhere that fails only after the work."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.storage.files import check_writable
from emotionet_tf.storage.paths import as_path


def picture_path(annotated_dir: str | os.PathLike[str], name: str) -> Path:
    """Returns where the annotated picture of a photo goes: its name, with `.jpg` behind any other ending."""
    path = as_path(annotated_dir) / name
    return path if path.suffix == ".jpg" else path.with_name(path.name + ".jpg")


def check_targets(
    output: str,
    annotated_dir: str | None,
    paths: Sequence[str],
    photos: Mapping[str, Path],
    others: Mapping[str, str] = {},
) -> None:
    """Makes sure that the table, what lies beside it and the annotated pictures can be written and overwrite no photo.

    Args:
      output: The table.
      annotated_dir: Folder of the annotated pictures, or None.
      paths: The photos and folders as they were given.
      photos: Place of each photo by its name in the table.
      others: What else is written, by its use.
    Raises:
      UserError: If one of them cannot be written, would replace a photo or another output, or if `annotated_dir` is
        or lies inside a folder of photos, where the next run would take its pictures for photos.
    """
    check_writable(as_path(output), "output")
    targets = {as_path(output).resolve(): "output"}
    for what, other in others.items():
        check_writable(as_path(other), what)
        _claim(as_path(other).resolve(), what, targets)
    if annotated_dir is not None:
        _check_folder(as_path(annotated_dir), paths)
        for name in photos:
            _claim(picture_path(annotated_dir, name).resolve(), f"annotated picture of {name}", targets)
    for place in photos.values():
        if use := targets.get(place.resolve()):
            flag = "output" if use in ("output", *others) else "annotated_dir"
            raise UserError(f"{flag}: the {use} would overwrite the photo {place}; choose another place")


def refuse_other_file(path: str, first_columns: Sequence[str]) -> None:
    """Raises UserError if a place that nobody named holds a file that is not a table with these first columns."""
    place = as_path(path)
    if not place.is_file():
        return
    with place.open("rb") as file:
        header = file.readline(4096).decode("utf-8", errors="replace")
    if header.strip().split(",")[: len(first_columns)] != list(first_columns):
        raise UserError(f"{path} exists and is not a table of predict; name a table to write by --output")


def _check_folder(annotated_dir: Path, paths: Iterable[str]) -> None:
    """Raises UserError if the folder of the pictures cannot be written or lies among the photos."""
    resolved = annotated_dir.resolve()
    if annotated_dir.exists() and not annotated_dir.is_dir():
        raise UserError(f"annotated_dir {annotated_dir} is a file, not a folder")
    for path in paths:
        if as_path(path).is_dir() and resolved.is_relative_to(as_path(path).resolve()):
            raise UserError(
                f"annotated_dir {annotated_dir} lies inside the photos' folder {path}; choose another folder"
            )
    check_writable(annotated_dir / "picture.jpg", "annotated_dir", annotated_dir)


def _claim(target: Path, use: str, targets: dict[Path, str]) -> None:
    other = targets.setdefault(target, use)
    if other != use:
        raise UserError(f"the {other} and the {use} would both be {target}")
