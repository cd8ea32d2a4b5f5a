"""Which split, shard and place an example goes to: decided by a hash of its id or folder, whatever the rows' order."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from emotionet_tf.errors import UserError
from emotionet_tf.settings import check_settings, setting

SPLIT_KEYS = ("id", "folder", "top_folder", "person")


def unit_hash(text: str) -> float:
    """Returns a number in [0, 1) that is evenly spread over texts."""
    digest = hashlib.sha256(text.encode()).digest()
    # 53 bits are what a float holds: more could round up to 1.
    return (int.from_bytes(digest[:8], "big") >> 11) / (1 << 53)


@dataclass(frozen=True)
class Split:
    """How a dataset is divided into a training and a validation split; what each setting is, its declaration says.

    Raises:
      UserError: If a value is not valid.
    """

    val_fraction: float = setting(
        0.0,
        "Share of the photos, or of the folders or persons of --split_by, that go to the validation split; of class "
        "records the share of each class, one photo at least. The paper keeps 0.2 of the opt set. Default: none.",
        at_least=0,
        below=1,
    )
    seed: int = setting(0, "Decides which photos go there; 0 is as good as any.", at_least=0)
    split_by: str = setting(
        "id",
        "What stays in one split: id (a photo and its duplicate rows), folder (all photos of a folder, where that is "
        "a person, as in the synthetic set), top_folder (all below a first folder, where that is a person and has "
        "folders of tasks or clips in it) or person (as the label lists say who is seen). Default: id, as "
        "EmotioNet's folders mean nothing. Class records show every class in both splits: where classes are folders, "
        "id is the only one.",
        choices=SPLIT_KEYS,
    )

    def __post_init__(self) -> None:
        check_settings(self)

    def names(self, dataset: str) -> tuple[str, ...]:
        """Returns the names of a dataset's splits, each a dataset of its own."""
        return (f"{dataset}-train", f"{dataset}-val") if self.val_fraction else (dataset,)

    def name_of(self, dataset: str, example_id: str, photo: str, person: str = "") -> str:
        """Returns which of `names` a photo belongs to, by its id, its relative path, and who is seen."""
        if not self.val_fraction:
            return dataset
        return self.names(dataset)[int(self.rank(example_id, photo, person) < self.val_fraction)]

    def rank(self, example_id: str, photo: str, person: str = "") -> float:
        """Returns a number in [0, 1) that orders photos, folders or persons: the validation split takes the lowest."""
        return unit_hash(f"split/{self.seed}/{self.group_of(example_id, photo, person)}")

    def group_of(self, example_id: str, photo: str, person: str = "") -> str:
        """Returns what a photo is kept together by."""
        if self.split_by == "id":
            return example_id
        if self.split_by == "person":
            return person or example_id
        folder = PurePosixPath(photo).parent
        return folder.parts[0] if self.split_by == "top_folder" and folder.parts else str(folder)

    def check_person(self, person: str, example_id: str) -> None:
        """Raises UserError if the split is by person, and a usable row does not say who is seen."""
        if self.split_by == "person" and self.val_fraction and not person:
            raise UserError(
                f"split_by is person, but the row of {example_id} does not say who is seen: give the label list a "
                "column 'person' that is nowhere empty, or split by folder or top_folder"
            )


def shard_and_rank(example_id: str, num_shards: int) -> tuple[int, float]:
    """Returns an example's shard and a number that orders the examples in it."""
    return int(unit_hash(f"shard/{example_id}") * num_shards), unit_hash(f"rank/{example_id}")
