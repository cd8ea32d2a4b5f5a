"""What became of the rows and lines of a dataset's label files, of which none may be lost from sight."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from small_label_folders import SmallSet

from emotionet_tf.label_lists.rows import LabelList

Files = dict[str, bytes]


def said(labels: LabelList, folder: Path) -> str:
    """Returns all that is said beyond the rows and their counts."""
    remarks = labels.remark.replace(f"{folder}", "").splitlines()[1:]
    return "\n".join(remarks + [f"{one.source} {one.example_id} {one.reason}" for one in labels.rejected])


def lost_rows(small: SmallSet, labels: LabelList, text: str) -> list[str]:
    """Returns the pictures that had a row, have none now, and of whose video or file nothing is said."""
    rows = {row.photo for row in labels.rows}
    return [
        photo
        for photo in small.present
        if photo not in rows and not any(key in text for key in keys_of(photo, small.files))
    ]


def keys_of(photo: str, files: Mapping[str, bytes]) -> list[str]:
    """Returns the texts that say of a picture that something is wrong: its video, person, or the only file."""
    folders = photo.split("/")[:-1]
    video = re.sub(r"\d+\.\w+$", "", photo.rpartition("/")[2]).rstrip("_")
    keys = ["/".join(folders[-2:]), folders[-1] if folders else "", video if len(video) > 4 else ""]
    # Photos belong to no video: that they are without a row is said of all together.
    of_all = [next(iter(files)), *(["pictures without a row"] if "RAFAU_label.txt" in files else [])]
    return [key for key in keys if key] + (of_all if len(files) == 1 else [])


def lost_lines(small: SmallSet, files: Files, labels: LabelList, text: str) -> list[str]:
    """Returns the files of which not every line is a row or rejected, and that are not said to be left out."""
    lost = []
    for name, content in files.items():
        if "AU_INT" in name or (name in text and "left out" in text):
            continue
        lines = [line for line in re.split(r"\r\n|\r|\n", content.decode(errors="replace")) if line.strip()]
        num_rows = sum(row.source == name for row in labels.rows)
        num_rejected = sum(one.source == name for one in labels.rejected)
        if num_rows + num_rejected != max(len(lines) - small.num_headers, 0):
            lost.append(f"{name}: {len(lines)} lines, {num_rows} rows, {num_rejected} rejected")
    return lost
