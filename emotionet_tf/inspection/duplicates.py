"""Photos that occur twice, within records or in two of them, such as in a training and a validation split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from emotionet_tf.inspection.crop_hashes import near_pairs
from emotionet_tf.inspection.photo_index import PhotoIndex

SAME_ID = "the same id"
SAME_ID_OTHER_PICTURE = "the same id with another picture"
SAME_PICTURE = "the same picture under two ids"
NEAR_PICTURE = "nearly the same picture under two ids"
SAME_FOLDER = "the same folder"


@dataclass(frozen=True)
class Repetition:
    """Something that occurs twice.

    Attributes:
      kind: What it is, one of the constants above.
      first, second: The records folders that it occurs in; the same one twice for a repetition within it.
      count: How often.
      examples: The first of them: an id, two ids, or a folder.
    """

    kind: str
    first: str
    second: str
    count: int
    examples: tuple[str, ...]


def find_repetitions(
    photos: Mapping[str, PhotoIndex], *, max_distance: int, max_examples: int
) -> list[Repetition]:
    """Returns what occurs twice within and among records folders.

    Of three or more equal ones, each further one counts as one repetition of the first.

    Args:
      photos: The photos of each records folder.
      max_distance: Bits, of 256, in which pictures that are nearly the same differ at most; 0 does not look for them.
      max_examples: How many of a kind to name.
    """
    names = list(photos)
    found = _Pairs(names, [len(index.ids) for index in photos.values()], max_examples)
    ids = np.concatenate([index.ids for index in photos.values()])
    contents = np.concatenate([index.contents for index in photos.values()])
    for pairs in _equal_pairs(ids, found.folder_of):
        is_same = contents[pairs[:, 0]] == contents[pairs[:, 1]]
        found.add(SAME_ID, pairs[is_same], ids)
        found.add(SAME_ID_OTHER_PICTURE, pairs[~is_same], ids)
    for pairs in _equal_pairs(contents, found.folder_of):
        found.add(SAME_PICTURE, pairs[ids[pairs[:, 0]] != ids[pairs[:, 1]]], ids)
    if max_distance:
        looks = np.concatenate([index.looks for index in photos.values()])
        for pairs in near_pairs(looks, max_distance):
            first, second = pairs.T
            is_new = (ids[first] != ids[second]) & (contents[first] != contents[second])
            found.add(NEAR_PICTURE, pairs[is_new], ids)
    return found.repetitions() + _shared_folders(photos, max_examples)


def _equal_pairs(keys: np.ndarray, folder_of: np.ndarray) -> Iterator[np.ndarray]:
    """Yields [pairs, 2], indices of equal keys: in a folder the first with each other; of two folders their firsts."""
    order = np.lexsort((folder_of, keys))
    keys, folders = keys[order], folder_of[order]
    is_first = np.r_[True, (keys[1:] != keys[:-1]) | (folders[1:] != folders[:-1])]
    group = np.cumsum(is_first) - 1
    firsts = np.flatnonzero(is_first)
    others = np.flatnonzero(~is_first)
    yield np.stack([order[firsts[group[others]]], order[others]], axis=1)
    # Groups of one key stand next to each other, at most one for each folder.
    for distance in range(1, int(folders.max(initial=0)) + 1):
        near, far = firsts[:-distance], firsts[distance:]
        is_equal = keys[near] == keys[far]
        yield np.stack([order[near[is_equal]], order[far[is_equal]]], axis=1)


class _Pairs:
    """Counts pairs of photos by kind and folders, and keeps the first of each."""

    def __init__(self, names: list[str], sizes: list[int], max_examples: int) -> None:
        self.folder_of = np.repeat(np.arange(len(names)), sizes)
        self._names = names
        self._max_examples = max_examples
        self._counts: dict[tuple[str, int, int], int] = {}
        self._examples: dict[tuple[str, int, int], list[str]] = {}

    def add(self, kind: str, pairs: np.ndarray, ids: np.ndarray) -> None:
        """Counts pairs of photos, [n, 2] indices."""
        folders = np.sort(self.folder_of[pairs], axis=1)
        for first, second in np.unique(folders, axis=0).tolist():
            chosen = pairs[(folders == (first, second)).all(axis=1)]
            key = (kind, first, second)
            self._counts[key] = self._counts.get(key, 0) + len(chosen)
            examples = self._examples.setdefault(key, [])
            for pair in chosen[: self._max_examples - len(examples)]:
                both = sorted({example_id.decode() for example_id in ids[pair]})
                examples.append(" = ".join(both))

    def repetitions(self) -> list[Repetition]:
        """Returns what was counted, in the order of the kinds."""
        return [
            Repetition(kind, self._names[first], self._names[second], count, tuple(self._examples[key]))
            for key, count in self._counts.items()
            for kind, first, second in [key]
        ]


def _shared_folders(photos: Mapping[str, PhotoIndex], max_examples: int) -> list[Repetition]:
    names = list(photos)
    found = []
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            shared = sorted(photos[first].folders & photos[second].folders)
            if shared:
                found.append(
                    Repetition(SAME_FOLDER, first, second, len(shared), tuple(shared[:max_examples]))
                )
    return found
