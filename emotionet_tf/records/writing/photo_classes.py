"""The classes of photos: from folders or a CSV, without classes of few photos, and with every class in both splits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from emotionet_tf.action_units import NUM_AUS
from emotionet_tf.errors import UserError
from emotionet_tf.faces.table import FACE_TABLE_NAME, FaceRow
from emotionet_tf.label_lists.class_names import class_name_problem, clean_class_name
from emotionet_tf.label_lists.formats.class_csv import CLASS_LIST
from emotionet_tf.label_lists.reading import read_class_list
from emotionet_tf.label_lists.rejection_reasons import NO_CLASS_FOLDER, RejectedRow, small_class
from emotionet_tf.label_lists.rows import LabelList, LabelRow
from emotionet_tf.records.splits import Split
from emotionet_tf.records.writing.labelled_faces import JoinedRows, join_lists
from emotionet_tf.storage.paths import as_path

FOLDERS = "folders"
"""Stands for: a photo's folder is its class."""

_DIVISIONS = frozenset(("train", "training", "val", "valid", "validation", "test", "testing"))


def join_classes(source: str, faces: Sequence[FaceRow], faces_dir: str) -> JoinedRows:
    """Joins a face table with the classes of its photos.

    Args:
      source: `FOLDERS`, or a CSV with a column `path` or `id` and a column `class`.
      faces: The face table.
      faces_dir: Its folder.
    Raises:
      UserError: If the CSV or the table is invalid, or no listed photo is in the table.
    """
    if source == FOLDERS:
        lists = [(str(as_path(faces_dir) / FACE_TABLE_NAME), folder_classes(faces))]
    else:
        lists = [(source, read_class_list(source))]
    return join_lists(lists, faces, faces_dir)


def folder_classes(faces: Sequence[FaceRow]) -> LabelList:
    """Returns the photos of a face table with their folders, below the photos' folder, as classes.

    Where all photos lie in folders such as `train` and `test`, the classes are the folders in these.
    """
    unknown, mask = np.zeros(NUM_AUS, np.float32), np.zeros(NUM_AUS, np.float32)
    unknown.flags.writeable = mask.flags.writeable = False
    rows, rejected = [], []
    remark = _divided(faces)
    for line, face in enumerate(faces, start=2):
        if face.face_index:
            continue
        folder = face.photo.rpartition("/")[0]
        name = clean_class_name(folder.partition("/")[2] if remark else folder)
        if problem := class_name_problem(name):
            reason = problem if name else NO_CLASS_FOLDER
            rejected.append(RejectedRow(line, face.example_id, reason))
        else:
            rows.append(LabelRow(face.example_id, face.photo, unknown, mask, line, name))
    return LabelList(rows, rejected, CLASS_LIST.name, (), remark=remark)


def _divided(faces: Sequence[FaceRow]) -> str:
    """Returns that all class folders lie in folders of a division, such as `train`; empty where they do not."""
    folders = {face.photo.split("/")[0] for face in faces if face.photo.count("/") > 1}
    if not folders or not all(face.photo.count("/") > 1 for face in faces) or not folders <= _DIVISIONS:
        return ""
    return f"the folders {', '.join(sorted(folders))} divide the photos: the folders in them are the classes"


def without_small_classes(joined: JoinedRows, min_photos: int) -> tuple[JoinedRows, dict[str, int]]:
    """Rejects the rows of classes with fewer photos that show a face than `min_photos`.

    Returns:
      The rows, and the number of such photos of each class that is left out.
    """
    counts = {row.label.class_name: 0 for row in joined.rows}
    for row in joined.rows:
        counts[row.label.class_name] += row.face.found
    small = {name: count for name, count in sorted(counts.items()) if count < min_photos}
    rejected = [
        row.rejected(small_class(row.label.class_name, small[row.label.class_name]))
        for row in joined.rows
        if row.label.class_name in small
    ]
    rows = [row for row in joined.rows if row.label.class_name not in small]
    return JoinedRows(rows, joined.rejected + rejected, joined.remarks), small


def closed_set_splits(joined: JoinedRows, dataset: str, split: Split) -> Callable[[str, str, str], str]:
    """Returns the function from an example id, a photo's relative path and a person to the photo's split.

    Both splits show every class. Split by id, each class gives `val_fraction` of its photos with a face to the
    validation split, at least one and at most all but one: those with the lowest hashes, so that a new photo moves
    hardly any others. Split by folder, each folder goes where its hash says.

    Raises:
      UserError: If a class has only one photo, or its folders all go to one split.
    """

    def hashed(example_id: str, photo: str, person: str = "") -> str:
        return split.name_of(dataset, example_id, photo, person)

    if not split.val_fraction:
        return hashed
    photos: dict[str, list[tuple[float, str, str]]] = defaultdict(list)
    for row in joined.rows:
        if row.face.found:
            name, photo = row.label.example_id, row.face.photo
            photos[row.label.class_name].append((split.rank(name, photo), name, photo))
    if split.split_by == "person":
        raise UserError("class lists do not say who is seen: use --split_by=folder, top_folder or id")
    if split.split_by in ("folder", "top_folder"):
        _refuse_one_sided(photos, hashed, split.split_by)
        return hashed
    train, val = split.names(dataset)
    chosen: dict[str, str] = {}
    for class_name, ranked in photos.items():
        if len(ranked) < 2:
            raise UserError(
                f"class '{class_name}' has one photo, so none for validation; leave such classes out"
            )
        num_val = min(max(1, round(split.val_fraction * len(ranked))), len(ranked) - 1)
        chosen |= {name: val if i < num_val else train for i, (_, name, _) in enumerate(sorted(ranked))}
    return lambda example_id, photo, _: chosen.get(example_id) or hashed(example_id, photo)


def _refuse_one_sided(
    photos: dict[str, list[tuple[float, str, str]]], split_of: Callable[..., str], split_by: str
) -> None:
    sides = {name: Counter(split_of(*photo[1:]) for photo in ranked) for name, ranked in photos.items()}
    one_sided = [name for name, counts in sorted(sides.items()) if len(counts) < 2]
    if one_sided:
        raise UserError(
            f"split_by={split_by} would leave {len(one_sided)} of {len(photos)} classes in one split only, such as "
            f"'{one_sided[0]}', all in {next(iter(sides[one_sided[0]]))}; use split_by=id or another seed"
        )
