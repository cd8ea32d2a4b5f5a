"""Which processors each of several commands at work may use."""

from __future__ import annotations

import os
from collections.abc import Collection


class CpuShares:
    """Deals processors out: a command that starts gets its share of those that are free.

    TensorFlow sizes its thread pools by the processors that it may use when it starts, and so must get them before:
    two commands with threads for all of them slow each other down.

    Args:
      cpus: The processors' numbers.
    """

    def __init__(self, cpus: Collection[int]) -> None:
        self._loads = dict.fromkeys(sorted(cpus), 0)

    def take(self, num_starting: int) -> frozenset[int]:
        """Returns the processors of a command, one of `num_starting` that share the free ones; at least one.

        Where none is free, it is one with the fewest commands.
        """
        num_free = sum(not load for load in self._loads.values())
        idlest = sorted(self._loads, key=self._loads.__getitem__)
        taken = frozenset(idlest[: max(1, num_free // num_starting)])
        for cpu in taken:
            self._loads[cpu] += 1
        return taken

    def give_back(self, cpus: Collection[int]) -> None:
        """Takes the processors of a command that has ended."""
        for cpu in cpus:
            self._loads[cpu] -= 1


def own_cpus() -> frozenset[int]:
    """Returns the processors that this process may use; none where the system cannot bind processes to them."""
    return frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset()
