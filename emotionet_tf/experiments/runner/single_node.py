"""Runs one node of an experiment, for a batch system that knows what waits for what."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.runner.nodes import Node, needed_for
from emotionet_tf.experiments.runner.run import run_nodes
from emotionet_tf.storage.files import write_text


def run_single(
    nodes: Sequence[Node], name: str, state_dir: Path, *, attempt: int = 1, redo_outdated: bool = False
) -> None:
    """Runs one node, whose inputs are there, if it is not done; other nodes may be at work on other machines.

    Batch systems try again whatever has failed. That resumes a node that was stopped or killed; one that failed by
    itself would only fail again, and is left as it is until somebody starts anew, with attempt 1.

    Args:
      nodes: All nodes, see `run_nodes`.
      name: The node's.
      state_dir: See `run_nodes`.
      attempt: How many times the batch system has started this job, this time included.
      redo_outdated: See `run_nodes`.
    Raises:
      UserError: If there is no such node, or it fails or has failed in an earlier attempt; see `run_nodes`.
      StoppedError, KeyboardInterrupt: See `run_nodes`.
    """
    node = needed_for(nodes, [name])[-1]
    failure = state_dir / f"{name}.failed"
    if attempt > 1 and failure.exists():
        raise UserError(f"not tried again: {failure.read_text(encoding='utf-8').strip()}")
    failure.unlink(missing_ok=True)
    try:
        run_nodes([node], state_dir, redo_outdated=redo_outdated, lock_name=f"{name}.lock")
    except UserError as error:
        write_text(failure, f"{error}\n")
        raise
