"""What a paper brings to the machinery that all reproductions share.

A paper is a package beside this module, named as `--paper` has it, with two modules that the machinery reads: `paper`,
which has `PAPER` and is imported by every command, so that it imports nothing slow (no pandas, matplotlib or
TensorFlow); and `report`, which has `REPORT`, see `experiments.report.paper_report`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.run_layout import RunLayout
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import RUN
from emotionet_tf.experiments.scored_systems import System

if TYPE_CHECKING:
    from emotionet_tf.records.dataset_info import DatasetInfo

PAPER_NAMES = ("werner2020", "siat_ntu2020")
"""The papers there are, by the names of their packages."""

SCORED_SETS = ("opt-val", "val", "test")
"""The sets that rows are scored on, in the report's order, as far as a run has them."""


class PaperScale(Protocol):
    """What the machinery reads of a scale; a paper's own class has more, which only its plan and its report read."""

    @property
    def name(self) -> str:
        """As `--scale` has it."""

    @property
    def num_photos(self) -> Mapping[str, int]:
        """Of the rendered sets; empty where only real data make sense, so that `--records_dir` is needed."""

    @property
    def crop_size_px(self) -> int:
        """Side of the registered crops, which the user's records must have too."""

    @property
    def num_seeds(self) -> int:
        """Trainings of the rows that decide a claim, where `--num_seeds` does not say."""


@dataclass(frozen=True)
class Reproduction:
    """What was asked of a reproduction: `reproduce.json` holds it, and a paper makes the commands from it.

    Attributes:
      paper: The paper.
      layout: Where everything lies.
      scale: The sizes: one of `paper.scales`' values.
      num_seeds: Trainings of the rows that decide a claim.
      seed: Of the rendered faces, and the first of the trainings.
      own_records: Whether the records are the user's; otherwise they are rendered, below `layout.root`.
      evaluated: The datasets that rows are scored on, in the order of `SCORED_SETS`.
      openface_csvs: OpenFace's output for the user's photos, where the paper has an OpenFace baseline.
    """

    paper: Paper
    layout: RunLayout
    scale: PaperScale
    num_seeds: int
    seed: int = 0
    own_records: bool = False
    evaluated: tuple[str, ...] = SCORED_SETS
    openface_csvs: tuple[str, ...] = ()

    def nodes(self) -> list[Node]:
        """Returns all commands in an order in which what is waited for comes first.

        `placeholders.RUN` stands for `layout.root` in them.
        """
        records_dir = self.layout.records_dir if self.own_records else RUN / "records"
        return self.paper.nodes(replace(self, layout=RunLayout(RUN, records_dir)))


@dataclass(frozen=True)
class Paper:
    """A paper whose tables can be reproduced.

    Attributes:
      name: Its package's, and what `--paper` takes.
      scales: By name; each paper has "demo", "small" and "paper".
      systems: All that makes predictions, in the report's order: trained rows first, then fusions and baselines.
      nodes: Returns the commands for what is asked, without looking whether any file is there. A node that belongs to
        a system is named "<what>/<key>/<more>", such as "train/A.2/seed0/pose", so that `--only=A.2` finds it.
      needed_records: The folders that `--records_dir` has to hold.
      scored_records: By set that rows are scored on the records folders that this takes, where it is not just the one
        of the set's name: {"test": ("test", "test-box")}. A set is scored where all of its folders are there.
      steps: What `--only` takes beside the systems' keys, and systems whose nodes are named otherwise: for each a
        pattern that the nodes' whole names match, such as {"data": "data/.*"}.
      has_openface_baseline: Whether it makes something of `--openface_csv`.
      check_records: Raises UserError if one of these folders, which is there and given with its name, is not what the
        paper takes it for.
    """

    name: str
    scales: Mapping[str, PaperScale]
    systems: tuple[System, ...]
    nodes: Callable[[Reproduction], list[Node]]
    needed_records: tuple[str, ...]
    scored_records: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=lambda: {"data": "data/.*"})
    has_openface_baseline: bool = False
    check_records: Callable[[str, DatasetInfo], None] = lambda name, info: None

    def records_of(self, scored_set: str) -> tuple[str, ...]:
        """Returns the records folders that scoring on a set takes."""
        return self.scored_records.get(scored_set, (scored_set,))

    @property
    def keys(self) -> tuple[str, ...]:
        """The systems' keys."""
        return tuple(system.key for system in self.systems)


def paper_of(name: str) -> Paper:
    """Returns the paper of this name; raises UserError that lists the names there are."""
    if name not in PAPER_NAMES:
        raise UserError(f"paper must be one of {', '.join(PAPER_NAMES)}, got {name!r}")
    paper = import_module(f"emotionet_tf.experiments.{name}.paper").PAPER
    assert isinstance(paper, Paper)
    return paper
