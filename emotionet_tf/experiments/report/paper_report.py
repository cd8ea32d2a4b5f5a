"""What a paper brings to the report: its claims, its own tables and figures, and what has to be said of it.

`section_order` has the order of all sections. What a paper's own sections are made of is in this folder: `score_tables`
(scores in cells, a table of everything), `challenge_tables`, `score_figures` (scores with intervals, per-AU figures),
`page` and `tables`. Claims are made of `scores.comparisons` and `scores.verdicts`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from emotionet_tf.experiments.paper import PAPER_NAMES
from emotionet_tf.experiments.report.page import Section
from emotionet_tf.experiments.report.run_facts import RunFacts
from emotionet_tf.experiments.scores.results import Results
from emotionet_tf.experiments.scores.verdicts import Claim


@dataclass(frozen=True)
class CurveGroup:
    """Networks whose training curves stand together: a figure of scores and one of losses, a panel per trained row.

    Attributes:
      name: Of the figures' files: `score_curves_<name>.png`.
      title: What one of them is called: "expression network".
      folders: The last name of the folders that `RunLayout.model(row, seed, group)` names: ("expression", "all").
      caption: What else has to be known to read the scores' figure.
    """

    name: str
    title: str
    folders: tuple[str, ...]
    caption: str = ""


@dataclass(frozen=True)
class PaperReport:
    """What a paper brings to the report.

    Attributes:
      title: The page's.
      published_notice: The first notice: of which data the published columns are, and why they compare in order only.
      notices: Returns further notices on a run, such as what stands for the paper's pre-training.
      judge_claims: Returns the claims with what the results of a run, finished or not, say to them.
      claims_rule: Added to how claims are judged in the caption: how those are that are no gains; "" where all are.
      published_differences: Ends that caption: where the paper's differences are from.
      settings: Returns further lines of the table of settings: what stands for the paper's networks.
      sections: Returns the paper's tables and figures; their names must differ from the shared ones'.
      curve_groups: Whose training curves are drawn.
      training_sets: The sets that the trained rows learn from, as far as the run has them: for the table of labels.
      image_size_px: The paper's, to stand beside the run's; None where it is not known.
      batch_size: Likewise.
    """

    title: str
    published_notice: str
    judge_claims: Callable[[Results], list[Claim]]
    sections: Callable[[RunFacts, Results], Sequence[Section]]
    published_differences: str
    claims_rule: str = ""
    notices: Callable[[RunFacts], Sequence[str]] = lambda facts: ()
    settings: Callable[[RunFacts], Sequence[tuple[str, str]]] = lambda facts: ()
    curve_groups: tuple[CurveGroup, ...] = ()
    training_sets: tuple[str, ...] = ("opt-train", "opt", "train")
    image_size_px: int | None = None
    batch_size: int | None = None


def report_of(name: str) -> PaperReport:
    """Returns the report of the paper of this name, one of `PAPER_NAMES`."""
    assert name in PAPER_NAMES
    report = import_module(f"emotionet_tf.experiments.{name}.report").REPORT
    assert isinstance(report, PaperReport)
    return report
