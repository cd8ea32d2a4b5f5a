"""What a dataset's splits have in common: persons or folders on both sides, which make a validation flatter."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath

from emotionet_tf.errors import UserError
from emotionet_tf.records.splits import Split

_NUM_NAMED = 5
_WORDS = {"id": "photos", "folder": "folders", "top_folder": "top folders", "person": "persons"}


class SplitGroups:
    """The groups of a dataset's usable rows in each of its splits.

    Args:
      split: How it is divided.
      dataset: Its name.
    """

    def __init__(self, split: Split, dataset: str) -> None:
        self._split = split
        self._names = split.names(dataset)
        self._num_rows: Counter[str] = Counter()
        # By what is told apart, by group, the splits that it is in.
        self._groups: dict[str, set[str]] = defaultdict(set)
        self._persons: dict[str, set[str]] = defaultdict(set)
        self._folders: dict[str, set[str]] = defaultdict(set)

    def add(self, name: str, example_id: str, photo: str, person: str) -> None:
        """Notes a usable row of a split."""
        self._num_rows[name] += 1
        if len(self._names) == 1:
            return
        if self._split.split_by != "id":
            self._groups[self._split.group_of(example_id, photo, person)].add(name)
        if person:
            self._persons[person].add(name)
        self._folders[str(PurePosixPath(photo).parent)].add(name)

    def check(self) -> None:
        """Raises UserError if there are usable rows, and a split would have none of them."""
        empty = [name for name in self._names if not self._num_rows[name]]
        if not empty or not sum(self._num_rows.values()):
            return
        what = _WORDS[self._split.split_by]
        if len(self._groups) == 1:
            (group,) = self._groups
            cause = f"--split_by={self._split.split_by} keeps {what} together, and all photos are of one: '{group}'"
        else:
            num_groups = len(self._groups) or sum(self._num_rows.values())
            cause = f"of {num_groups} {what} none falls to it; take another --val_fraction or --seed"
        raise UserError(f"split {empty[0]} would be empty: {cause}; nothing is written")

    def lines(self) -> Iterator[str]:
        """Yields how many groups each split has, and warnings of persons and folders on both sides."""
        if len(self._names) == 1:
            return
        if self._split.split_by != "id":
            counts = Counter(name for names in self._groups.values() for name in names)
            shares = ", ".join(f"{name} {counts[name]}" for name in self._names)
            yield f"{_WORDS[self._split.split_by]} in each split (--split_by={self._split.split_by}): {shares}"
        if shared := _on_both_sides(self._persons):
            yield (
                f"warning: {len(shared)} of {len(self._persons)} persons are in both splits ({_listed(shared)}), so "
                "that validation flatters; --split_by=person keeps them apart"
            )
        elif not self._persons and self._split.split_by == "folder":
            yield from self._shared_folders()

    def _shared_folders(self) -> Iterator[str]:
        """Yields a warning for the highest level of several folders above the one that is kept together."""
        depth = max((len(PurePosixPath(folder).parts) for folder in self._folders), default=0)
        for level in range(1, depth):
            above: dict[str, set[str]] = defaultdict(set)
            for folder, names in self._folders.items():
                parts = PurePosixPath(folder).parts
                if len(parts) > level:
                    above["/".join(parts[:level])] |= names
            if len(above) > 1 and (shared := _on_both_sides(above)):
                yield (
                    f"warning: {len(shared)} of {len(above)} folders above those that are kept together have photos in "
                    f"both splits ({_listed(shared)}); where they are persons, give the label list a column 'person'"
                    + (" or use --split_by=top_folder" if level == 1 else "")
                )
                return


def _on_both_sides(splits: dict[str, set[str]]) -> list[str]:
    return sorted(group for group, names in splits.items() if len(names) > 1)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NUM_NAMED} more" if len(names) > _NUM_NAMED else ""
    return ", ".join(names[:_NUM_NAMED]) + more
