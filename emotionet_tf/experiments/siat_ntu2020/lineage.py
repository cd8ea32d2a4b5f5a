"""SIAT-NTU's tables as data: which pre-training feeds which training, and what is made of its predictions.

The figures are those of the slides "Multiple Transfer Learning and Multilabel Balanced Training Strategies for Facial
AU Detection In the Wild" (Ji, Wang, Peng, Yang, Zeng, Qiao; EmotioNet Challenge 2020). What they leave open is our
choice:
- Table 1 does not say what its backbones start from: here each from a face recognition of its own. Its faces are
  aligned, as the solution to the first of the slides' challenges.
- Table 2 is on one backbone, the one that Table 1 selects: ResNet-152. A scale may select another.
- "F_face + F_emotion" is one model on the concatenated features of two backbones. The other reading, the mean of two
  models' logits, has lines of its own.
- Rows without "Align" see detector boxes instead of registered crops. All pre-trainings see registered crops: the sets
  that people pre-train on come aligned.
- Table 2's balancing is all three strategies of the slides at once: balance sampling, selective learning, and
  thresholds that are tuned on the opt-val set.
- The slides do not name the sets that their tables are of.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from emotionet_tf.experiments.scored_systems import Kind, System


class Task(Enum):
    """What a backbone learned before AUs; the value is `pretrain`'s name for it."""

    FACE = "identity"
    EMOTION = "expression"


RESNET18, RESNET50, RESNET152 = "ResNet-18", "ResNet-50", "ResNet-152"
SELECTED = "the selected backbone"
"""The architecture of rows that all are of the one that a scale selects."""


@dataclass(frozen=True)
class Published:
    """A row's printed figures; the slides do not say of which set they are."""

    accuracy: float
    f1: float
    score: float


@dataclass(frozen=True)
class Row:
    """One network for all 23 AUs.

    Attributes:
      key: Unique, usable in file names.
      title: As the slides write it.
      starts_from: The pre-trainings of its backbones, whose features are concatenated where there are two.
      architecture: Of each backbone.
      is_aligned: Whether it sees registered crops; otherwise detector boxes.
      published: The slides' figures, where they print some.
      damping: Alpha of Eq. 1's damping of Werner et al. 2020; 0 is none, as in the slides.
      has_sampling: Whether examples of rare AUs are shown more often.
      has_selective: Whether each batch's labels are selected towards a share of positives.
    """

    key: str
    title: str
    starts_from: tuple[Task, ...]
    architecture: str = SELECTED
    is_aligned: bool = True
    published: Published | None = None
    damping: float = 0.0
    has_sampling: bool = False
    has_selective: bool = False


@dataclass(frozen=True)
class MeanOfLogits:
    """Two rows' logits made one by their mean.

    Attributes:
      key: Unique, usable in file names.
      title: For a person.
      members: Keys of what makes predictions.
    """

    key: str
    title: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Thresholded:
    """A row's predictions with thresholds that were tuned on its own scores of the opt-val set.

    Attributes:
      key: Unique, usable in file names.
      title: As the slides write it, or for a person.
      untuned: Key of the row, decided at 0.5.
      published: The slides' figures, where they print some.
    """

    key: str
    title: str
    untuned: str
    published: Published | None = None


_FACE, _EMOTION, _BOTH = (Task.FACE,), (Task.EMOTION,), (Task.FACE, Task.EMOTION)

TABLE_1 = (
    Row("resnet18", RESNET18, _FACE, RESNET18, published=Published(0.901, 0.364, 0.633)),
    Row("resnet50", RESNET50, _FACE, RESNET50, published=Published(0.905, 0.409, 0.657)),
    Row("resnet152", RESNET152, _FACE, RESNET152, published=Published(0.905, 0.474, 0.690)),
)
"""The preliminary backbone selection."""

_BOXES = (
    Row("box-face", "F_face", _FACE, is_aligned=False, published=Published(0.921, 0.384, 0.652)),
    Row("box-emotion", "F_emotion", _EMOTION, is_aligned=False, published=Published(0.925, 0.429, 0.677)),
    Row("box-both", "F_face + F_emotion", _BOTH, is_aligned=False, published=Published(0.925, 0.494, 0.710)),
)

UNBALANCED = Row("align-both", "Align + F_face + F_emotion", _BOTH, published=Published(0.927, 0.527, 0.727))
"""What the strategies against imbalance are compared on."""

_SAMPLED_AND_SELECTED = Row(
    "sampling-selective",
    "balance sampling + selective learning",
    _BOTH,
    has_sampling=True,
    has_selective=True,
)

BALANCED = Thresholded(
    "align-both-balanced",
    "Align + F_face + F_emotion + balancing",
    _SAMPLED_AND_SELECTED.key,
    Published(0.915, 0.552, 0.734),
)
"""The whole system."""

TABLE_2: tuple[Row | Thresholded, ...] = (*_BOXES, UNBALANCED, BALANCED)
"""The ablation."""

ALIGNED_FACE = "align-face"
"""Key of "Align + F_face", which is Table 1's row of the selected backbone: one training, two lines."""

_ALIGNED_EMOTION = Row("align-emotion", "Align + F_emotion", _EMOTION)

MEANS = (
    MeanOfLogits("box-mean", "F_face + F_emotion, mean of two models' logits", ("box-face", "box-emotion")),
    MeanOfLogits(
        "align-mean",
        "Align + F_face + F_emotion, mean of two models' logits",
        (ALIGNED_FACE, _ALIGNED_EMOTION.key),
    ),
)

DAMPING_EXPONENT = 0.5
"""Werner et al. 2020 have 0.5 for expression and 0.7 for pose AUs; one network for all has but one."""

_DAMPED = Row("damping", "damping of Werner et al. 2020 (Eq. 1)", _BOTH, damping=DAMPING_EXPONENT)

_STRATEGIES = (
    _DAMPED,
    Row("sampling", "balance sampling", _BOTH, has_sampling=True),
    Row("selective", "selective learning", _BOTH, has_selective=True),
    _SAMPLED_AND_SELECTED,
)

THRESHOLDED = (
    Thresholded("thresholds", "soft thresholding", UNBALANCED.key),
    Thresholded("damping-thresholds", "damping + soft thresholding", _DAMPED.key),
    Thresholded("sampling-thresholds", "balance sampling + soft thresholding", "sampling"),
    Thresholded("selective-thresholds", "selective learning + soft thresholding", "selective"),
    BALANCED,
)
"""What is decided at tuned thresholds; each shares the training of its untuned row."""

BALANCING: tuple[tuple[str, str], ...] = (
    (UNBALANCED.key, "nothing"),
    (_DAMPED.key, "damping of Werner et al. 2020 (Eq. 1)"),
    ("sampling", "balance sampling"),
    ("selective", "selective learning"),
    ("thresholds", "soft thresholding"),
    (_SAMPLED_AND_SELECTED.key, "balance sampling + selective learning"),
    ("sampling-thresholds", "balance sampling + soft thresholding"),
    ("selective-thresholds", "selective learning + soft thresholding"),
    (BALANCED.key, "balance sampling + selective learning + soft thresholding"),
    ("damping-thresholds", "damping + soft thresholding"),
)
"""The table that the slides do not have, key and strategy: the model and the data of `UNBALANCED`."""

SHOWN_BY_AU = (_DAMPED.key, "sampling", "selective", "thresholds", BALANCED.key)
"""Keys of the single strategies and of the slides' three together, for a figure."""

ROWS: tuple[Row, ...] = (*TABLE_1, *_BOXES, _ALIGNED_EMOTION, UNBALANCED, *_STRATEGIES)
"""Everything that is trained."""

DECIDING = frozenset({*(row.key for row in ROWS), ALIGNED_FACE}) - {_ALIGNED_EMOTION.key}
"""What decides a claim or is a strategy of `BALANCING`: trained with several seeds where the scale asks for them."""

_TUNED = {"opt-val": "tuned on it"}


def _systems() -> tuple[System, ...]:
    """Returns all that makes predictions: Table 1, Table 2 with what belongs beside it, the strategies."""
    rows = [System(row.key, f"{row.title}, F_face, aligned") for row in TABLE_1]
    rows += [System(row.key, row.title) for row in _BOXES]
    rows += [System(ALIGNED_FACE, "Align + F_face", Kind.VARIANT)]
    rows += [System(row.key, row.title) for row in (_ALIGNED_EMOTION, UNBALANCED)]
    rows += [System(row.key, f"{UNBALANCED.title} + {row.title}") for row in _STRATEGIES]
    tuned = [
        System(
            one.key,
            one.title if one is BALANCED else f"{UNBALANCED.title} + {one.title}",
            Kind.VARIANT,
            unscored=_TUNED,
        )
        for one in THRESHOLDED
    ]
    return (*rows, *tuned, *(System(mean.key, mean.title, Kind.FUSION) for mean in MEANS))


SYSTEMS = _systems()


def row_of(key: str) -> Row:
    """Returns the row with this key."""
    return next(row for row in ROWS if row.key == key)


def table_1_row(architecture: str) -> Row:
    """Returns Table 1's row of an architecture."""
    return next(row for row in TABLE_1 if row.architecture == architecture)
