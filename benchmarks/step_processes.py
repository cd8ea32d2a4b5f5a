"""Processes that each hold a training step of one kind, so that kinds can be timed in turn on the same cores."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

Step = Callable[[], None]
"""Takes one training step, and returns when it is done."""
MakeStep = Callable[..., Step]


@dataclass(frozen=True)
class Kind:
    """A way to take a training step.

    Attributes:
      name: As the table shows it.
      make_step: Imports what it needs, and returns the step; a function of a module, as another process calls it.
      arguments: What it is called with.
      environment: Variables to set before anything is imported.
    """

    name: str
    make_step: MakeStep
    arguments: Mapping[str, Any]
    environment: Mapping[str, str] = field(default_factory=dict)


class StepProcess:
    """A process with a step that has been taken once, for what the first one compiles.

    Args:
      kind: What it runs.
      limit_seconds: Longest time until the first step is done.
    Raises:
      TimeoutError: If that was not enough; the process is ended.
      RuntimeError: If the step failed; the process has shown why.
    """

    def __init__(self, kind: Kind, limit_seconds: float) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(kind, theirs), daemon=False)
        self._process.start()
        theirs.close()
        if not self._connection.poll(limit_seconds):
            self.end()
            raise TimeoutError(f"not compiled in {limit_seconds:g} s")
        self._receive()

    def seconds_per_step(self, least_seconds: float) -> tuple[float, float]:
        """Returns the mean time of at least one step, repeated until this time is over: the clock's, and the time
        that the process computed on all cores together.
        """
        self._connection.send(least_seconds)
        return self._receive()

    def end(self) -> None:
        """Ends the process, with those that it started."""
        self._process.terminate()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _receive(self) -> tuple[float, float]:
        try:
            return self._connection.recv()
        except EOFError:
            self.end()
            raise RuntimeError("the step failed") from None


def _serve(kind: Kind, connection: Connection) -> None:
    os.environ.update(kind.environment)
    step = kind.make_step(**kind.arguments)
    step()
    connection.send((0.0, 0.0))
    while True:
        try:
            least_seconds = connection.recv()
        except EOFError:
            return
        num_steps, start, own_start = 0, time.perf_counter(), time.process_time()
        while not num_steps or time.perf_counter() - start < least_seconds:
            step()
            num_steps += 1
        elapsed = time.perf_counter() - start, time.process_time() - own_start
        connection.send((elapsed[0] / num_steps, elapsed[1] / num_steps))
