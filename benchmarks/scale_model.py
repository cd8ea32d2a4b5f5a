"""How long a million photos and a tree of trainings take on many machines: arithmetic over unit costs.

Work of the same kind is taken to scale with cores and machines until one of the named limits is reached; so the times
are the least that can be expected.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class Machine:
    """A machine of a cluster.

    Attributes:
      cores: Processor cores.
      gpu_speedup: How many times as fast as one core its GPU computes a network; 0 without a GPU.
      disk_bytes_a_second: What the shared disk delivers to all machines together.
    """

    cores: int
    gpu_speedup: float
    disk_bytes_a_second: float


@dataclass(frozen=True)
class Limit:
    """What a stage waits for.

    Attributes:
      name: What it is.
      seconds: How long the stage would take if there were no other limit.
    """

    name: str
    seconds: float


def slowest(limits: Sequence[Limit]) -> Limit:
    """Returns the limit that decides: of the same length, the first."""
    return max(limits, key=lambda limit: limit.seconds)


def download_limits(
    num_photos: int,
    *,
    largest_host_share: float,
    requests_a_second: float,
    connections: int,
    host_seconds: float,
    process_photos_a_second: float,
) -> tuple[Limit, ...]:
    """Returns what a download waits for, however many machines there are: hosts are to be asked by one downloader only.

    Args:
      num_photos: Of the list.
      largest_host_share: Which share of them one host has.
      requests_a_second: To one host at most.
      connections: To one host at most.
      host_seconds: From a request to the photo's last byte.
      process_photos_a_second: What the downloader manages where no host limits it.
    """
    of_host = num_photos * largest_host_share
    return (
        Limit("politeness: requests a second", of_host / requests_a_second),
        Limit("politeness: connections", of_host * host_seconds / connections),
        Limit("the downloader itself", num_photos / process_photos_a_second),
    )


def spread_limits(
    num_items: int, core_seconds: float, item_bytes: float, machine: Machine, num_machines: int
) -> tuple[Limit, ...]:
    """Returns what work waits for that any core can do, item by item, such as preparing photos."""
    cores = machine.cores * num_machines
    return (
        Limit("cores", num_items * core_seconds / cores),
        Limit("shared disk", num_items * item_bytes / machine.disk_bytes_a_second),
    )


def network_limits(
    num_images: float,
    network_core_seconds: float,
    stream_core_seconds: float,
    image_bytes: float,
    machine: Machine,
    num_busy: int,
) -> tuple[Limit, ...]:
    """Returns what one machine waits for that puts images through a network, as in a training.

    With a GPU the processor makes the images while it computes. Without, both share the cores.

    Args:
      num_images: Steps times batch size.
      network_core_seconds: Of one image, on one core.
      stream_core_seconds: Reading, decoding and changing one image, on one core.
      image_bytes: Of its record on the shared disk.
      machine: The machine.
      num_busy: Machines that read from the shared disk at the same time.
    """
    disk = Limit("shared disk", num_images * image_bytes * num_busy / machine.disk_bytes_a_second)
    stream = num_images * stream_core_seconds / machine.cores
    if machine.gpu_speedup:
        network = Limit("network on the GPU", num_images * network_core_seconds / machine.gpu_speedup)
        return network, Limit("input stream on the cores", stream), disk
    both = num_images * network_core_seconds / machine.cores + stream
    return Limit("network on the cores", both), disk


@dataclass(frozen=True)
class Job:
    """A command of a tree.

    Attributes:
      seconds: How long it takes on one machine.
      parents: Jobs that must have ended before.
    """

    seconds: float
    parents: tuple[str, ...] = ()


def longest_chain(jobs: Mapping[str, Job]) -> float:
    """Returns how long a tree takes with as many machines as it can use: its longest chain of jobs.

    Args:
      jobs: By name, parents before their children.
    """
    ends: dict[str, float] = {}
    for name, job in jobs.items():
        ends[name] = job.seconds + max((ends[parent] for parent in job.parents), default=0.0)
    return max(ends.values(), default=0.0)


def most_at_once(jobs: Mapping[str, Job]) -> int:
    """Returns how many jobs run at the same time at most, each as soon as its parents have ended.

    Args:
      jobs: By name, parents before their children.
    """
    ends: dict[str, float] = {}
    events = []
    for name, job in jobs.items():
        start = max((ends[parent] for parent in job.parents), default=0.0)
        ends[name] = start + job.seconds
        events += [(start, 1), (ends[name], -1)]
    # At the same moment ends come first.
    return max(accumulate((change for _, change in sorted(events)), initial=0))


def makespan(jobs: Mapping[str, Job], num_machines: int) -> float:
    """Returns how long a tree takes on so many machines, one job on each, the job with most behind it first.

    Args:
      jobs: By name, parents before their children.
      num_machines: At least 1.
    """
    ahead = _seconds_ahead(jobs)
    missing = {name: len(job.parents) for name, job in jobs.items()}
    children: dict[str, list[str]] = {name: [] for name in jobs}
    for name, job in jobs.items():
        for parent in job.parents:
            children[parent].append(name)
    ready = [(-ahead[name], name) for name in jobs if not missing[name]]
    heapq.heapify(ready)
    running: list[tuple[float, str]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < num_machines:
            name = heapq.heappop(ready)[1]
            heapq.heappush(running, (now + jobs[name].seconds, name))
        now, ended = heapq.heappop(running)
        for child in children[ended]:
            missing[child] -= 1
            if not missing[child]:
                heapq.heappush(ready, (-ahead[child], child))
    return now


def _seconds_ahead(jobs: Mapping[str, Job]) -> dict[str, float]:
    """Returns each job's own seconds and those of the longest chain that waits for it."""
    ahead = {name: job.seconds for name, job in jobs.items()}
    for name, job in reversed(jobs.items()):
        for parent in job.parents:
            ahead[parent] = max(ahead[parent], jobs[parent].seconds + ahead[name])
    return ahead
