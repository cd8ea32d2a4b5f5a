"""What a paper's reproduction scores: trained rows, fusions of them, baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from emotionet_tf.action_units import ACTION_UNITS


class Kind(Enum):
    """Where a system's chance lies: what its scores over several seeds tell about the spread between seeds."""

    TRAINED = "a training of its own; all of these together tell how far seeds lie apart"
    VARIANT = "another row's training, decided otherwise; it spreads as trained rows do, and tells nothing new of it"
    FUSION = "several rows' predictions made one; fusions spread alike"
    SEEDLESS = "no seed is in it"


@dataclass(frozen=True)
class System:
    """Something that makes predictions.

    Its predictions of a set lie where `RunLayout.predictions(key, seed, dataset)` says.

    Attributes:
      key: Unique, usable in file names; what `--only` takes.
      title: Of its line in the table of all scores.
      kind: Where its chance lies.
      aus: The AUs that it has learned from some label; others that it predicts are not scored.
      unscored: The sets that it must not be scored on, because it has learned from them or was tuned on them; each with
        the reason in two or three words, which stands in the tables in the score's place: "learned from it".
    """

    key: str
    title: str
    kind: Kind = Kind.TRAINED
    aus: tuple[int, ...] = ACTION_UNITS
    unscored: Mapping[str, str] = field(default_factory=dict)
