"""What a person sees while an experiment's nodes run."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from emotionet_tf.console.durations import format_duration
from emotionet_tf.experiments.runner.nodes import Node


class Console(Protocol):
    """Prints how far a run is."""

    def tell_done_before(self, nodes: Sequence[Node]) -> None:
        """Tells which nodes need no run; called once at the start, and again when more turn out to."""

    def tell_start(self, node: Node) -> None:
        """Tells that a node starts."""

    def tell_output(self, node: Node, new_lines: Callable[[], Sequence[str]]) -> None:
        """Tells what a node, whose output goes to its log, has written there since the last time."""

    def tell_end(self, node: Node, seconds: float, at_work: Sequence[tuple[Node, float]]) -> None:
        """Tells that a node has ended well, after how many seconds, and what else is at work for how long."""


class OutputConsole:
    """For commands whose own output is shown: a heading above it and the time below.

    Where several are at work at once, each line says whose it is.
    """

    def __init__(self, nodes: Sequence[Node], num_jobs: int = 1) -> None:
        self._numbers = {node.name: f"[{number}/{len(nodes)}]" for number, node in enumerate(nodes, start=1)}
        self._is_mixed = num_jobs > 1
        self._start = time.monotonic()

    def tell_done_before(self, nodes: Sequence[Node]) -> None:
        """See `Console`."""
        for node in nodes:
            print(f"{self._numbers[node.name]} {node.title}: done before", flush=True)

    def tell_start(self, node: Node) -> None:
        """See `Console`."""
        print(f"{self._numbers[node.name]} {node.title}\n  {shlex.join(node.command)}", flush=True)

    def tell_output(self, node: Node, new_lines: Callable[[], Sequence[str]]) -> None:
        """See `Console`."""
        for line in new_lines():
            print(f"{self._numbers[node.name]} {line}", flush=True)

    def tell_end(self, node: Node, seconds: float, at_work: Sequence[tuple[Node, float]]) -> None:
        """See `Console`."""
        total = time.monotonic() - self._start
        whose = f"{self._numbers[node.name]} " if self._is_mixed else "  "
        print(f"{whose}took {format_duration(seconds)}, {format_duration(total)} so far", flush=True)


class StatusLines:
    """For commands whose output goes to logs: a line for each that has ended, with the time left."""

    def __init__(self, nodes: Sequence[Node], num_jobs: int, log_dir: Path) -> None:
        self._num_all = len(nodes)
        self._num_jobs = num_jobs
        self._log_dir = log_dir
        self._num_done = 0
        self._cost_all = sum(node.cost for node in nodes)
        self._cost_done = 0.0
        self._start = time.monotonic()
        self._cost_run = 0.0
        self._seconds_run = 0.0
        self._is_told = False

    def tell_done_before(self, nodes: Sequence[Node]) -> None:
        """See `Console`."""
        if not self._is_told:
            logs = (
                f"; the commands' output is in {self._log_dir}/**.log" if len(nodes) < self._num_all else ""
            )
            print(f"{len(nodes)} of {self._num_all} done before{logs}", flush=True)
        for node in nodes:
            self._count(node)
            if self._is_told:
                ending = f" · {self._all_done()}" if self._num_done == self._num_all else ""
                print(
                    f"{self._heading(node)}: done before, and what it reads has not changed{ending}",
                    flush=True,
                )
        self._is_told = True

    def tell_start(self, node: Node) -> None:
        """See `Console`; the line is printed when the node has ended."""

    def tell_output(self, node: Node, new_lines: Callable[[], Sequence[str]]) -> None:
        """See `Console`; it stays in the logs."""

    def tell_end(self, node: Node, seconds: float, at_work: Sequence[tuple[Node, float]]) -> None:
        """See `Console`."""
        self._count(node)
        self._cost_run += node.cost
        self._seconds_run += seconds
        texts = [f"{self._heading(node)}: {format_duration(seconds)}"]
        if at_work:
            texts.append(f"{len(at_work)} at work")
        if self._num_done < self._num_all:
            share = int(100 * self._cost_done / self._cost_all) if self._cost_all else 0
            left = format_duration(self._seconds_left(at_work))
            texts.append(f"{share} % done, about {left} left")
        else:
            texts.append(self._all_done())
        print(" · ".join(texts), flush=True)

    def _count(self, node: Node) -> None:
        self._num_done += 1
        self._cost_done += node.cost

    def _all_done(self) -> str:
        return f"all done in {format_duration(time.monotonic() - self._start)}"

    def _heading(self, node: Node) -> str:
        return f"[{self._num_done}/{self._num_all}] {node.title}"

    def _seconds_left(self, at_work: Sequence[tuple[Node, float]]) -> float:
        """Returns the costs still to come, scaled by how the time so far compares with its costs."""
        seconds_per_cost = self._seconds_run / self._cost_run if self._cost_run else 1.0
        waiting = self._cost_all - self._cost_done - sum(node.cost for node, _ in at_work)
        started = sum(max(0.0, node.cost * seconds_per_cost - seconds) for node, seconds in at_work)
        return (max(0.0, waiting) * seconds_per_cost + started) / self._num_jobs
