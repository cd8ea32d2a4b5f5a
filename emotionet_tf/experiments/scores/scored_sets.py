"""The sets that a reproduction is scored on: their labels, how often each occurs, and who is on the photos."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from emotionet_tf.action_units import ACTION_UNITS, AU_NAMES
from emotionet_tf.errors import UserError
from emotionet_tf.experiments.run_layout import RunLayout
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.records.dataset_info import DATASET_FILE

_SPLIT_SETS = ("opt-val", "opt-train")


@dataclass(frozen=True, eq=False)
class ScoredSet:
    """The truth about a dataset.

    Attributes:
      name: "opt-val", "val" or "test".
      ids: Its photos, those without a face among them.
      labels: [photos, 23]; ignored where the mask is 0.
      mask: [photos, 23], 1 = known.
      identity: [photos] int, which identity is on a photo.
      num_identities: How many there are.
      are_persons: Whether an identity is a person; otherwise every photo is one by itself.
    """

    name: str
    ids: tuple[str, ...]
    labels: np.ndarray
    mask: np.ndarray
    identity: np.ndarray
    num_identities: int
    are_persons: bool


@dataclass(frozen=True)
class LabelTable:
    """How often each AU occurs in a dataset.

    Attributes:
      dataset: Its name.
      num_photos: Rows of its label list, photos without a face among them.
      num_without_face: Of these.
      positives: By AU, photos that show it.
      negatives: By AU, photos that do not.
      unknown: By AU, photos of which it is not known.
      with_faceless: Whether the counts by AU are of all photos, as in a score; in a training set they are of the
        photos with a face, which alone are learned from.
    """

    dataset: str
    num_photos: int
    num_without_face: int
    positives: dict[int, int]
    negatives: dict[int, int]
    unknown: dict[int, int]
    with_faceless: bool


def folders_are_persons(layout: RunLayout) -> bool:
    """Returns whether a photo's folder says who is on it.

    Whoever divided the opt set by folder (`write_records --split_by=folder`) said so, and it goes for all sets of the
    run. EmotioNet's folders mean nothing, and its opt set is divided by id.
    """
    for name in _SPLIT_SETS:
        content = _dataset_content(layout.records(name))
        if content is not None:
            return content.get("settings", {}).get("split_by") == "folder"
    return False


def load_scored_set(layout: RunLayout, name: str, by_folder: bool) -> ScoredSet:
    """Reads a dataset's truth; with `by_folder` the photos of one folder are one identity.

    Raises:
      UserError: If its label list is missing or damaged, or has no row.
    """
    rows = read_label_list(layout.truth(name)).rows
    if not rows:
        raise UserError(f"{layout.truth(name)} has no row")
    folders = [str(PurePosixPath(row.photo).parent) for row in rows] if by_folder else []
    owners = [
        row.example_id if folder in ("", ".") else folder
        for row, folder in zip(rows, folders or [""] * len(rows), strict=True)
    ]
    numbers = {owner: number for number, owner in enumerate(dict.fromkeys(owners))}
    return ScoredSet(
        name,
        tuple(row.example_id for row in rows),
        np.stack([row.labels for row in rows]),
        np.stack([row.mask for row in rows]),
        np.array([numbers[owner] for owner in owners]),
        len(numbers),
        by_folder,
    )


def label_table(layout: RunLayout, name: str, truth: ScoredSet | None = None) -> LabelTable | None:
    """Returns a dataset's label counts, of a training set from its `dataset.json`; None where it is not there.

    Raises:
      UserError: If `dataset.json` is damaged.
    """
    content = _dataset_content(layout.records(name))
    if content is None:
        return None
    try:
        num_photos = int(content["num_rows"]) - int(content["num_rejected"])
        num_without_face = int(content["num_without_face"])
        num_counted = int(content["num_examples"])
        known, positives = (
            np.array([round(content[entry][au]) for au in AU_NAMES]) for entry in ("known", "positives")
        )
    except KeyError as error:
        raise UserError(f"{layout.records(name) / DATASET_FILE} has no entry {error}") from error
    except (TypeError, ValueError) as error:
        raise UserError(f"{layout.records(name) / DATASET_FILE} has an unusable entry: {error}") from error
    if truth is not None:
        num_counted = len(truth.ids)
        known = truth.mask.sum(axis=0).astype(int)
        positives = (truth.labels * truth.mask).sum(axis=0).round().astype(int)
    return LabelTable(
        name,
        num_photos,
        num_without_face,
        dict(zip(ACTION_UNITS, positives.tolist(), strict=True)),
        dict(zip(ACTION_UNITS, (known - positives).tolist(), strict=True)),
        dict(zip(ACTION_UNITS, (num_counted - known).tolist(), strict=True)),
        with_faceless=truth is not None,
    )


def _dataset_content(folder: Path) -> dict | None:
    """Returns a records folder's `dataset.json`; a report needs no shards, so they are not looked for."""
    path = folder / DATASET_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise UserError(f"{path} cannot be read: it holds no settings by name")
    return content
