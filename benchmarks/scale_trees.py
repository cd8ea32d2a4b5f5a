"""A paper's tree as jobs with their seconds: what `reproduce --scale=paper` runs, and what each command waits for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.scale_model import Job, Limit, Machine, network_limits, slowest

if TYPE_CHECKING:
    from emotionet_tf.experiments.runner.nodes import Node

CROP_BYTES = 20_000
"""Of a crop of 240 px at JPEG quality 95, about."""
START_SECONDS = 15.0
"""Of every command, for imports and compiling; an assumption."""
CORES_MEASURED = 2
"""Of the machine whose images a second `benchmarks.training_step` prints."""


@dataclass(frozen=True)
class Command:
    """A command of a tree.

    Attributes:
      parents: The commands that must have ended before.
      backbones: The networks that every image goes through; none where it computes with none.
      num_images: How many images do.
      is_training: Whether they are learned from, or predicted only.
    """

    parents: tuple[str, ...]
    backbones: tuple[str, ...] = ()
    num_images: int = 0
    is_training: bool = False


def commands_of(paper: str, *, num_photos: int, num_labelled: int) -> dict[str, Command]:
    """Returns the commands of a paper's tree at the paper's sizes, by name, parents before their children.

    Args:
      paper: As `reproduce --paper` has it.
      num_photos: That get pseudo-labels.
      num_labelled: That each command of predictions predicts.
    """
    from emotionet_tf.experiments.reproduction import reproduction_of
    from emotionet_tf.experiments.runner.nodes import parents

    run = reproduction_of(
        Path("run"), paper=paper, scale="paper", records_dir=Path("records"), must_exist=False
    )
    nodes = [node.placed("run") for node in run.nodes()]
    above = parents(nodes)
    backbones: dict[str, tuple[str, ...]] = {}
    found = {}
    for node in nodes:
        kind, options = node.module.rpartition(".")[2], _options(node)
        models = tuple(name for model in options.get("model_dir", ()) for name in backbones[model])
        if kind in ("train", "pretrain"):
            own = tuple(options["backbone"][-1].split("+"))
            backbones[options["output_dir"][-1]] = own
            num_images = int(options["num_steps"][-1]) * int(options["batch_size"][-1])
            found[node.name] = Command(above[node.name], own, num_images, is_training=True)
        elif models:
            num_images = num_photos if kind == "pseudo_label" else num_labelled
            found[node.name] = Command(above[node.name], models, num_images)
        else:
            found[node.name] = Command(above[node.name])
    return found


def _options(node: Node) -> dict[str, list[str]]:
    """Returns each option's values in order: those of the node's flagfile, then its own."""
    files = [word.partition("=")[2] for word in node.arguments if word.startswith("--flagfile=")]
    words = [line.strip() for file in files for line in Path(file).read_text().splitlines()]
    found: dict[str, list[str]] = {}
    for word in (*words, *node.arguments):
        if match := re.match(r"--(\w+)=(.*)", word):
            found.setdefault(match[1], []).append(match[2])
    return found


def limit_of(command: Command, costs: Mapping[str, float], machine: Machine, num_busy: int) -> Limit:
    """Returns what a command waits for most.

    Prediction takes the share `forward_share` of a training step, and its images the whole input stream's time, which
    is more than they need: they are not changed.

    Args:
      command: The command.
      costs: By name, as in `internet_scale.json`.
      machine: Where it runs.
      num_busy: Machines that read from the shared disk at the same time.
    """
    share = 1.0 if command.is_training else costs["forward_share"]
    seconds = share * sum(CORES_MEASURED / costs[f"step_{name}"] for name in command.backbones)
    return slowest(
        network_limits(command.num_images, seconds, costs["stream_image"], CROP_BYTES, machine, num_busy)
    )


def job_of(command: Command, limit: Limit) -> Job:
    """Returns a command as a job of the time that its limit and its start take."""
    return Job(START_SECONDS + limit.seconds, command.parents)
