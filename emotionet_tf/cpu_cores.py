"""How many processor cores are open to this process."""

from __future__ import annotations

import os


def num_cores() -> int:
    """Returns the number of cores that this process may use, at least 1."""
    # In a container or a scheduler's job fewer cores may be open to the process than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
