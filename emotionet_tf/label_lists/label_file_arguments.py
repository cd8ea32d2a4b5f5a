"""Which label lists a command line names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.reading_settings import DEFAULT_READING, LabelReading
from emotionet_tf.label_lists.datasets.registry import find_dataset
from emotionet_tf.storage.paths import RemotePath, as_path, matching_paths, whole_paths

LIST_SUFFIXES = (".txt", ".csv", ".tsv", ".xlsx")
"""What the files in a folder of label lists end in, in either case."""


def expand_label_files(names: Iterable[str], reading: LabelReading = DEFAULT_READING) -> list[str]:
    """Returns the label lists that are named, each once.

    A name is a file's, a folder's, whose lists are taken in the order of their names, a pattern with `*`, `?` or
    `[...]`, or several of these with commas between. What is there under its whole name is never taken apart. A folder
    with a dataset's label files is one list.

    Raises:
      UserError: If a name is that of nothing, or there is none.
    """
    found = dict.fromkeys(file for name in names for file in _files_of(name.strip(), reading))
    if not found:
        raise UserError("no label list is given")
    return list(found)


def _files_of(name: str, reading: LabelReading) -> list[str]:
    if not name:
        return []
    path = as_path(name)
    if path.is_file():
        return [name]
    if path.is_dir():
        if not isinstance(path, RemotePath) and find_dataset(path, reading.label_format):
            return [name]
        files = sorted(str(file) for file in path.iterdir() if _is_list(file))
        if not files:
            raise UserError(
                f"{name}: no label list in this folder; they end in {', '.join(LIST_SUFFIXES)}, and it has no label "
                "files of a dataset either (--label_format)"
            )
        return files
    if matches := matching_paths(name):
        return matches
    if "," in name:
        pieces = whole_paths(name.split(","))
        return [file for one in pieces for file in _files_of(one, reading)]
    raise UserError(f"{name}: no such label list")


def _is_list(file: Path) -> bool:
    return file.suffix.lower() in LIST_SUFFIXES and not file.name.startswith(".") and file.is_file()
