"""Table 1 of Werner et al. 2020 as data: which teacher feeds which student feeds which fusion.

The printed table shows the relation by indentation and arrows. Where they leave a choice, this is ours:
the three rows below A.1 are its students (the text calls them the second generation); every other student learns from
the teacher above it. B.2 and the row above it are then one configuration, trained twice.

Pose AUs have no automatic labels, so the pose network of a teacher "with the training set" (T.2, T.3) has nothing more
to learn from than that of the row above it: they share one pose network, and differ in the expression network only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from emotionet_tf.action_units import GROUPS


class Uses(Enum):
    """What a network learns from besides the opt set's manual labels."""

    NOTHING = "opt-train only"
    AUTOMATIC = "opt-train and training set"
    PSEUDO = "opt-train and pseudo-labelled training set"
    PSEUDO_ONE_HEAD = "the same, no multi-task"
    ONLY_AUTOMATIC = "training set only"


@dataclass(frozen=True)
class Row:
    """One model of the table: an expression and a pose network, or one network for all AUs.

    Attributes:
      key: Unique; the paper's identifier where it has one.
      architecture: As the paper writes it.
      uses: The training set's part.
      teacher: Key of the row whose pseudo-labels it learns from.
      published: The paper's score on the opt-val set, where it prints one.
      groups: The networks: "expression" and "pose", or "all".
      view: The crop, where it is not the group's own.
      pose_of: Key of the row whose pose network this row uses instead of its own.
      repetition: Tells rows of one configuration apart: their seeds differ.
      whole_opt_set: Whether opt-val is learned from as well.
    """

    key: str
    architecture: str
    uses: Uses = Uses.NOTHING
    teacher: str | None = None
    published: float | None = None
    groups: tuple[str, ...] = tuple(GROUPS)
    view: str | None = None
    pose_of: str | None = None
    repetition: int = 0
    whole_opt_set: bool = False

    @property
    def title(self) -> str:
        """The row's text, as in the paper's table."""
        if self.view:
            return f"{self.architecture} for all AUs, {self.view} view"
        if self.teacher is None:
            return f"{self.architecture} teacher ({self.uses.value})"
        ending = " (no multi-task)" if self.uses is Uses.PSEUDO_ONE_HEAD else ""
        return (
            f"{self.architecture} student of {self.teacher}{ending}{', whole opt set' * self.whole_opt_set}"
        )


OWNNET3, OWNNET8 = "OwnNet3", "OwnNet8"
MOBILENET, EFFICIENTNET = "MobileNetV3", "EfficientNet-B0"


def _student(key: str, architecture: str, teacher: str, published: float, repetition: int = 0) -> Row:
    return Row(key, architecture, Uses.PSEUDO, teacher, published, repetition=repetition)


TABLE_1 = (
    Row("T.0", OWNNET3, published=0.7531),
    _student("T.0-ownnet8", OWNNET8, "T.0", 0.7647),
    _student("T.0-efficientnet", EFFICIENTNET, "T.0", 0.7661),
    Row("T.1", OWNNET8, published=0.7637),
    _student("B.1", MOBILENET, "T.1", 0.7680),
    _student("A.1", EFFICIENTNET, "T.1", 0.7699),
    _student("A.1-efficientnet", EFFICIENTNET, "A.1", 0.7694),
    _student("A.1-mobilenet", MOBILENET, "A.1", 0.7671),
    _student("A.1-ownnet8", OWNNET8, "A.1", 0.7666),
    Row("mobilenet-opt", MOBILENET, published=0.7518),
    Row("T.2", MOBILENET, Uses.AUTOMATIC, published=0.7603, pose_of="mobilenet-opt"),
    _student("T.2-mobilenet", MOBILENET, "T.2", 0.7623),
    _student("T.2-efficientnet", EFFICIENTNET, "T.2", 0.7666),
    _student("B.2", EFFICIENTNET, "T.2", 0.7674, repetition=1),
    _student("A.2", OWNNET8, "T.2", 0.7706),
    Row("A.2-one-head", OWNNET8, Uses.PSEUDO_ONE_HEAD, "T.2", 0.7634),
    Row("efficientnet-opt", EFFICIENTNET, published=0.7602),
    Row("T.3", EFFICIENTNET, Uses.AUTOMATIC, published=0.7609, pose_of="efficientnet-opt"),
    _student("A.3", OWNNET8, "T.3", 0.7684),
    _student("B.3", MOBILENET, "T.3", 0.7680),
)
"""The table's single models, in its order."""


@dataclass(frozen=True)
class Fusion:
    """The mean score of several rows.

    Attributes:
      key: Unique; usable in file names.
      title: As the paper writes it.
      members: Keys of rows.
      published: The paper's score on the opt-val set, where it prints one.
    """

    key: str
    title: str
    members: tuple[str, ...]
    published: float | None = None


_A, _B = ("A.1", "A.2", "A.3"), ("B.1", "B.2", "B.3")

FUSIONS = (
    Fusion("fusion-A", "Fusion A", _A, 0.7767),
    Fusion("fusion-B", "Fusion B", _B, 0.7754),
    Fusion("fusion-A+B", "Fusion A+B", _A + _B, 0.7800),
)
"""The table's last three rows."""


def whole_key(key: str) -> str:
    """Returns the key of a row's copy that is trained on the whole opt set."""
    return f"{key}-whole"


_BY_KEY: Mapping[str, Row] = {row.key: row for row in TABLE_1}

WHOLE_OPT_SET = tuple(
    Row(
        whole_key(key),
        _BY_KEY[key].architecture,
        Uses.PSEUDO,
        _BY_KEY[key].teacher,
        repetition=_BY_KEY[key].repetition,
        whole_opt_set=True,
    )
    for key in _A + _B
)
"""The members of Fusion A+B*, "retrained with the whole opt set"; their teachers stay those of Table 1."""

FUSION_OF_WHOLE = Fusion("fusion-A+B-whole", "Fusion A+B*", tuple(row.key for row in WHOLE_OPT_SET))

OWNNET8_BASELINE = Row("ownnet8-baseline", OWNNET8, Uses.ONLY_AUTOMATIC, groups=("expression",))
"""Fig. 2: OwnNet8 on the automatic labels only. It has no pose network: there are no such labels."""

OPENFACE_BASELINE = "openface-baseline"
"""Fig. 2: the key of OpenFace's own decisions with an SVM for the pose AUs, which no training row makes."""

VIEW_ABLATION = tuple(
    Row(f"all-aus-{view.replace('_', '-')}", OWNNET8, groups=("all",), view=view)
    for view in ("close_up", "context")
)
"""Sec. 3, "Image Alignment": one network for all 23 AUs, on either view."""

ROWS: tuple[Row, ...] = (*TABLE_1, *WHOLE_OPT_SET, OWNNET8_BASELINE, *VIEW_ABLATION)
"""Everything that is trained, teachers before their students."""

ALL_FUSIONS: tuple[Fusion, ...] = (*FUSIONS, FUSION_OF_WHOLE)

DECIDING = frozenset(
    {
        "T.1",
        "A.1",
        "B.1",
        "A.1-efficientnet",
        "A.1-mobilenet",
        "mobilenet-opt",
        "T.2",
        "A.2",
        "B.2",
        "A.2-one-head",
    }
    | {"efficientnet-opt", "T.3", "A.3", "B.3", OWNNET8_BASELINE.key, *(row.key for row in VIEW_ABLATION)}
)
"""Rows that decide a claim of the paper: trained with several seeds where the scale asks for them.

Of the second generation these are the two whose architecture has a first generation to be compared with.
"""


def row_of(key: str) -> Row:
    """Returns the row with this key."""
    return next(row for row in ROWS if row.key == key)
