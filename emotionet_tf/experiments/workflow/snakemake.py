"""Writes a reproduction as a Snakemake workflow: https://snakemake.readthedocs.io."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emotionet_tf.experiments.runner.nodes import Node, outside_inputs, parents
from emotionet_tf.storage.files import write_json, write_text

_SNAKEFILE = Path(__file__).with_name("Snakefile")
_TRAININGS = ("train", "pretrain")
_NETWORK_USERS = (*_TRAININGS, "predict_records", "pseudo_label", "adapt_norms", "refit_heads")
"""The commands that compute with a network, and so on a GPU where there are some."""

_CONFIG_HEAD = """\
# What a job of each kind may use, as `snakemake --set-resources KIND:NAME=VALUE` may say, too: threads are processor
# cores, mem_mb is memory in MB, runtime is minutes. A training that its time does not suffice for is asked to end,
# saves, and resumes in its next attempt, as one does that a machine was taken away from; retries says how many times.
# A node that failed by itself is not run again.
"""


def write_workflow(
    folder: Path, nodes: Sequence[Node], state_dir: Path, command: Sequence[str], *, num_gpus: int
) -> None:
    """Writes `Snakefile`, `nodes.json` and `config.yaml`, and a profile for Slurm, into a folder.

    The jobs run in today's working directory, with this interpreter: both must be there on each machine.

    Args:
      folder: Is made if it is missing; what lies there under these names is replaced.
      nodes: All that are to be run, in order and placed, see `Node.placed`.
      state_dir: The runner's folder of what is done.
      command: What runs a node when `--node` and `--attempt` are added: `python -m MODULE FLAGS...`.
      num_gpus: Of each job that computes with a network.
    Raises:
      OSError: If a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_SNAKEFILE, folder / "Snakefile")
    write_json(folder / "nodes.json", _described(nodes))
    kinds = {kind: _wanted(kind, num_gpus) for kind in dict.fromkeys(map(_kind, nodes))}
    config = {
        "working_dir": os.getcwd(),
        "state_dir": str(state_dir),
        "command": shlex.join([sys.executable, *command[1:]]),
        "kinds": kinds,
    }
    # JSON is YAML, too.
    write_text(folder / "config.yaml", _CONFIG_HEAD + json.dumps(config, indent=2) + "\n")
    profile = folder / "slurm"
    profile.mkdir(exist_ok=True)
    write_text(profile / "config.yaml", _SLURM_PROFILE)


_SLURM_PROFILE = """\
# snakemake --profile=slurm: one Slurm job a node. Needs snakemake-executor-plugin-slurm and a folder that all machines
# share. Your cluster may want slurm_partition and slurm_account as resources, too.
executor: slurm
jobs: 100
keep-going: true
rerun-triggers: [mtime, input]
latency-wait: 60
"""


def _described(nodes: Sequence[Node]) -> dict[str, dict[str, Any]]:
    above = parents(nodes)
    outside = {path for _, path in outside_inputs(nodes)}
    return {
        node.name: {
            "title": node.title,
            "kind": _kind(node),
            "waits_for": list(above[node.name]),
            "outside_inputs": [str(path) for path in node.inputs if path in outside],
            "inputs": [str(path) for path in node.inputs],
            "outputs": [str(path) for path in node.outputs],
            "command": shlex.join(node.command),
        }
        for node in nodes
    }


def _kind(node: Node) -> str:
    """Returns the name of a node's command, by which resources are given."""
    return node.module.rpartition(".")[2]


def _wanted(kind: str, num_gpus: int) -> Mapping[str, Any]:
    resources = {"mem_mb": 16_000 if kind in _NETWORK_USERS else 8_000, "runtime": 24 * 60}
    if num_gpus and kind in _NETWORK_USERS:
        resources["gpu"] = num_gpus
    return {
        "threads": 8 if num_gpus else 1,
        "retries": 100 if kind in _TRAININGS else 5,
        "resources": resources,
    }
