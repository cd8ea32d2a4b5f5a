"""The challenges' tables around SIAT-NTU: those on the slides, and those of Werner et al. 2020 with 2018's challenge.

The slides name participants otherwise than Werner et al. do: SIAT-NTU is their UCAS-NTU, and USTC-alibaba their
UCAS-alibaba; the figures are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from emotionet_tf.experiments.published_scores import PublishedMeasures, PublishedScore
from emotionet_tf.experiments.siat_ntu2020.lineage import BALANCED
from emotionet_tf.experiments.werner2020 import published as werner2020

SIAT_NTU = "SIAT-NTU"
_MAGDEBURG = "University of Magdeburg"


@dataclass(frozen=True)
class ChallengeLine:
    """A participant's line of a table on the slides."""

    name: str
    accuracy: float
    f1: float
    score: float


SLIDES: Mapping[str, tuple[ChallengeLine, ...]] = {
    "test": (
        ChallengeLine("TAL", 0.9147, 0.5465, 0.7306),
        ChallengeLine(_MAGDEBURG, 0.9124, 0.5478, 0.7301),
        ChallengeLine(SIAT_NTU, 0.9013, 0.4410, 0.6711),
        ChallengeLine("USTC-alibaba", 0.8609, 0.3497, 0.6053),
    ),
    "val": (
        ChallengeLine("TAL", 0.9200, 0.5720, 0.7460),
        ChallengeLine(_MAGDEBURG, 0.9198, 0.5706, 0.7452),
        ChallengeLine(SIAT_NTU, 0.9195, 0.3531, 0.6363),
    ),
}
"""By set: "2020 Challenge" with the final scores, and "2020 Validation top-3"."""

OF_SLIDES: Mapping[str, str] = {
    "Univ. of Magdeburg": _MAGDEBURG,
    "UCAS-NTU": SIAT_NTU,
    "UCAS-alibaba": "USTC-alibaba",
}
"""The slides' names by those of Werner et al."""

_PARTICIPANTS_2020 = "Participants 2020"
_SUBMITTED = "Fusion A+B*"


def _key(name: str) -> str | None:
    # What was submitted is not said; Table 2's whole system stands for it.
    return BALANCED.key if name == SIAT_NTU else None


def _score(line: PublishedScore) -> PublishedScore:
    name = OF_SLIDES.get(line.name, _MAGDEBURG if line.name == _SUBMITTED else line.name)
    kind = line.kind if line.kind == werner2020.BEST_2018 else _PARTICIPANTS_2020
    return replace(line, name=name, kind=kind, key=_key(name))


def _measures(line: PublishedMeasures) -> PublishedMeasures:
    name = OF_SLIDES.get(line.name, line.name)
    return replace(line, name=name, key=_key(name))


SCORES = tuple(
    _score(line) for line in werner2020.TABLE_2 if line.kind != werner2020.OURS or line.name == _SUBMITTED
)
"""Table 2 of Werner et al. 2020, of Magdeburg's models the submitted one only, with the slides' names."""

MEASURES = tuple(map(_measures, werner2020.TABLE_3))
"""Table 3 of Werner et al. 2020 with the slides' names."""
