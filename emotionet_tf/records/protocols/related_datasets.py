"""Which datasets show the same persons or the same pictures, so that one must not train where another one tests.

Records folders have names that people gave them; a dataset is recognized in them as far as it can be.

Sources: the datasets' papers. DISFA+ has persons of DISFA, and FEAFA-B is DISFA's videos coded again, all under DISFA's
SN numbers; FERA 2015's first part is BP4D; RAF-AU's pictures are RAF-ML's. BP4D+ and EB+ number other persons F001,
M001 and so on as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PATTERNS = {
    "FEAFA": r"feafa",
    "DISFA+": r"disfa[ _-]?(plus|\+)",
    "DISFA": r"disfa",
    "BP4D+": r"bp4d[ _-]?(plus|\+)",
    "BP4D": r"bp4d",
    "FERA 2015": r"fera[ _-]?(20)?15",
    "EB+": r"\beb[ _-]?(plus|\+)",
    "RAF-AU": r"raf[ _-]?au",
    "RAF-ML": r"raf[ _-]?ml",
}


@dataclass(frozen=True)
class Relation:
    """What datasets have in common.

    Attributes:
      datasets: Two or more.
      what: "persons" or "pictures".
    """

    datasets: frozenset[str]
    what: str


RELATIONS = (
    Relation(frozenset({"DISFA", "DISFA+", "FEAFA"}), "persons"),
    Relation(frozenset({"BP4D", "FERA 2015"}), "persons"),
    Relation(frozenset({"RAF-AU", "RAF-ML"}), "pictures"),
)


def dataset_in(name: str) -> str:
    """Returns the dataset that a name is of, such as DISFA of "my_disfa-train"; empty where none is recognized."""
    return next((title for title, pattern in _PATTERNS.items() if re.search(pattern, name.lower())), "")


def relation_of(dataset: str, other: str) -> Relation | None:
    """Returns what two different datasets have in common; None where that is nothing, or not known."""
    if dataset == other:
        return None
    return next((one for one in RELATIONS if {dataset, other} <= one.datasets), None)


def share_person_names(dataset: str, other: str) -> bool:
    """Returns whether one name in two datasets, empty for unknown ones, may be one person."""
    return not (dataset and other) or dataset == other or relation_of(dataset, other) is not None
