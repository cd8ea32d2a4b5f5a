"""Which split, shard and place an example goes to: decided by a hash of its id or folder, whatever the rows' order."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from emotionet_tf.errors import UserError

SPLIT_KEYS = ("id", "folder")


def unit_hash(text: str) -> float:
    """Returns a number in [0, 1) that is evenly spread over texts."""
    digest = hashlib.sha256(text.encode()).digest()
    # 53 bits are what a float holds: more could round up to 1.
    return (int.from_bytes(digest[:8], "big") >> 11) / (1 << 53)


@dataclass(frozen=True)
class Split:
    """How a dataset is divided into a training and a validation split.

    Attributes:
      val_fraction: Share of the ids, or folders, that go to the validation split; 0 keeps the dataset whole.
      seed: Another seed gives other splits.
      split_by: "id", or "folder" to keep the photos of a folder, often one person's, in one split.
    Raises:
      UserError: If a value is invalid.
    """

    val_fraction: float = 0.0
    seed: int = 0
    split_by: str = "id"

    def __post_init__(self) -> None:
        if not 0 <= self.val_fraction < 1:
            raise UserError(f"val_fraction must be at least 0 and below 1, got {self.val_fraction}")
        if self.split_by not in SPLIT_KEYS:
            raise UserError(f"split_by must be one of {', '.join(SPLIT_KEYS)}, got {self.split_by!r}")

    def names(self, dataset: str) -> tuple[str, ...]:
        """Returns the names of a dataset's splits, each a dataset of its own."""
        return (f"{dataset}-train", f"{dataset}-val") if self.val_fraction else (dataset,)

    def name_of(self, dataset: str, example_id: str, photo: str) -> str:
        """Returns which of `names` a photo belongs to, by its id and its relative path."""
        if not self.val_fraction:
            return dataset
        return self.names(dataset)[int(self.rank(example_id, photo) < self.val_fraction)]

    def rank(self, example_id: str, photo: str) -> float:
        """Returns a number in [0, 1) that orders photos, or folders: the validation split takes the lowest."""
        key = example_id if self.split_by == "id" else str(PurePosixPath(photo).parent)
        return unit_hash(f"split/{self.seed}/{key}")


def shard_and_rank(example_id: str, num_shards: int) -> tuple[int, float]:
    """Returns an example's shard and a number that orders the examples in it."""
    return int(unit_hash(f"shard/{example_id}") * num_shards), unit_hash(f"rank/{example_id}")
