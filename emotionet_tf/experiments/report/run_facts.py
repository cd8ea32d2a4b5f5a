"""What a reproduction is, and how far: its settings, its nodes with their times, its code."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from emotionet_tf.experiments.paper import Reproduction
from emotionet_tf.experiments.run_layout import RUN_FILE
from emotionet_tf.experiments.runner.node_states import as_planned
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import PACKAGE_DIR, filled
from emotionet_tf.storage.files import read_json_or_nothing

# `models.model_folders` names it too, but brings TensorFlow with it.
_TRAINING_FILE = "run.json"


@dataclass(frozen=True)
class NodeFacts:
    """A command of the run.

    Attributes:
      name: As in the plan.
      title: What it does.
      command: As it ran, or would run; "RUN" stands for the run's folder.
      seconds: Of all its attempts; None where it is not done.
    """

    name: str
    title: str
    command: str
    seconds: float | None

    @property
    def kind(self) -> str:
        """The first word of its name, such as "train"."""
        return self.name.partition("/")[0]


@dataclass(frozen=True)
class RunFacts:
    """A run.

    Attributes:
      run: What was asked.
      nodes: All its commands, in order.
      trainings: By row key, seed and group the settings of the trainings that were begun.
      versions: What the run was started with, by package.
      ended: When the last node that is done ended, in ISO 8601; empty where none is.
      commits: Of the checkouts that the run and its trainings were started with; none where nothing noted one.
      written: When the report was written, in ISO 8601.
      num_cores: Of the machine that writes the report.
    """

    run: Reproduction
    nodes: tuple[NodeFacts, ...]
    trainings: Mapping[tuple[str, int, str], Mapping[str, Any]]
    versions: Mapping[str, str]
    ended: str
    commits: tuple[str, ...]
    written: str
    num_cores: int

    @property
    def num_missing(self) -> int:
        """Nodes that are not done."""
        return sum(node.seconds is None for node in self.nodes)

    @property
    def seconds(self) -> float:
        """Seconds of all nodes that are done, one after the other."""
        return sum(node.seconds or 0.0 for node in self.nodes)


def read_run_facts(run: Reproduction) -> RunFacts:
    """Reads what there is of a run."""
    nodes = run.nodes()
    started = read_json_or_nothing(run.layout.root / RUN_FILE)
    records = {node.name: read_json_or_nothing(run.layout.state / f"{node.name}.json") for node in nodes}
    return RunFacts(
        run=run,
        nodes=tuple(_node_facts(node, records[node.name], run.layout.root) for node in nodes),
        trainings=_read_trainings(run),
        versions=started.get("versions", {}),
        ended=max((str(record.get("ended", "")) for record in records.values()), default=""),
        commits=_commits(run),
        written=datetime.now(timezone.utc).isoformat(timespec="minutes"),
        num_cores=os.cpu_count() or 1,
    )


def _node_facts(node: Node, record: Mapping[str, Any], root: Path) -> NodeFacts:
    return NodeFacts(node.name, node.title, shell_command(node, record, root), record.get("seconds"))


def shell_command(node: Node, record: Mapping[str, Any], root: Path) -> str:
    """Returns a node's command, as its record has it, with "RUN" for the run's folder, which is `root` now."""
    command = as_planned(record, node, root)["command"] if "command" in record else node.command
    return shlex.join(filled(str(part), "RUN", PACKAGE_DIR.name) for part in command)


def _read_trainings(run: Reproduction) -> dict[tuple[str, int, str], Mapping[str, Any]]:
    found = {}
    for path in sorted(run.layout.root.glob(f"models/*/seed*/*/{_TRAINING_FILE}")):
        row, seed, group = path.parts[-4:-1]
        number = seed.removeprefix("seed")
        settings = read_json_or_nothing(path).get("settings")
        if number.isdigit() and settings:
            found[row, int(number), group] = settings
    return found


def _commits(run: Reproduction) -> tuple[str, ...]:
    paths = [run.layout.root / RUN_FILE, *run.layout.root.glob(f"**/models/**/{_TRAINING_FILE}")]
    return tuple(sorted({commit for path in paths if (commit := read_json_or_nothing(path).get("commit"))}))
