"""Whose turn it is: requests wait in a queue of their host, which is asked no more than is polite."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

_FAILURES_TO_PAUSE = 5
_MAX_IDLE_HOSTS = 10_000


class Request(Protocol):
    """What can wait: it knows its host."""

    @property
    def host(self) -> str:
        """Name and port of the host, as URLs have them."""


RequestT = TypeVar("RequestT", bound=Request)


@dataclass(frozen=True)
class Politeness:
    """How hosts are treated; the attributes are those of `DownloadConfig`."""

    connections_per_host: int
    host_delay_seconds: float
    pause_seconds: float
    max_pauses: int
    max_wait_seconds: float


@dataclass(slots=True)
class _Host(Generic[RequestT]):
    """What is known about a host; times are the clock's, in seconds.

    Attributes:
      waiting: Heap of (earliest start, number, request).
      num_active: Requests under way.
      next_start: Before this none is started.
      num_failures: In a row, without an answer in between.
      num_pauses: In a row, alike.
      refusal: Why the host is given up; empty while it is not.
      offered_at: The time under which it is in the queue of hosts; None if it is not.
    """

    waiting: list[tuple[float, int, RequestT]] = field(default_factory=list)
    num_active: int = 0
    next_start: float = 0.0
    num_failures: int = 0
    num_pauses: int = 0
    refusal: str = ""
    offered_at: float | None = None


class HostQueues(Generic[RequestT]):
    """Requests that wait, host by host; hosts with something to do take turns.

    A host whose requests fail again and again is put aside for a while, then tried with one request, and so on with
    longer and longer pauses until it is given up.
    """

    def __init__(self, politeness: Politeness) -> None:
        self._politeness = politeness
        self._hosts: dict[str, _Host[RequestT]] = {}
        self._turns: list[tuple[float, int, str]] = []
        self._numbers: Iterator[int] = itertools.count()
        self._max_hosts = _MAX_IDLE_HOSTS

    def put(self, request: RequestT, now: float, delay: float = 0.0) -> None:
        """Lets a request wait for its host's turn, and for some seconds at least."""
        host = self._hosts.setdefault(request.host, _Host())
        heapq.heappush(host.waiting, (now + delay, next(self._numbers), request))
        self._offer(request.host, host)

    def take(self, now: float) -> RequestT | None:
        """Returns a request that may start now, and counts it as under way; None if there is none.

        Of a host that is given up (`refusal`), requests come at once and uncounted, to be dropped.
        """
        while self._turns and self._turns[0][0] <= now:
            time, _, name = heapq.heappop(self._turns)
            host = self._hosts.get(name)
            if host is None or host.offered_at != time:
                continue
            host.offered_at = None
            request = heapq.heappop(host.waiting)[-1]
            if not host.refusal:
                host.num_active += 1
            host.next_start = max(host.next_start, now + self._politeness.host_delay_seconds)
            self._offer(name, host)
            return request
        return None

    def seconds_to_next(self, now: float) -> float | None:
        """Returns when the next request may start; None if that depends on those under way, or nothing waits."""
        return max(0.0, self._turns[0][0] - now) if self._turns else None

    def backlog(self, name: str) -> int:
        """Returns how many requests of a host wait or are under way."""
        host = self._hosts.get(name)
        return len(host.waiting) + host.num_active if host else 0

    def refusal(self, name: str) -> str:
        """Returns why a host is not asked any more in this run; empty if it is."""
        host = self._hosts.get(name)
        return host.refusal if host else ""

    def num_aside(self, now: float) -> int:
        """Returns how many hosts with waiting requests are put aside."""
        return sum(
            bool(host.waiting and host.num_pauses and host.next_start > now) for host in self._hosts.values()
        )

    def answered(self, name: str, now: float) -> None:
        """Notes that a request is over and that its host works, whatever it said."""
        host = self._hosts[name]
        if host.num_pauses:
            host.next_start = now
        host.num_failures = host.num_pauses = 0
        self._release(name, host, now)

    def failed(self, name: str, now: float, reason: str, wait: float | None = None) -> None:
        """Notes that a request is over and that its host did not do its work.

        Args:
          name: The host.
          now: The clock.
          reason: What happened.
          wait: Seconds for which the host asks not to come back; None if it does not.
        """
        host, polite = self._hosts[name], self._politeness
        host.num_failures += 1
        if wait is not None:
            # A host that asks for patience is not broken, but it does end the patience at some point.
            if wait > polite.max_wait_seconds:
                host.refusal = f"host given up: it asks to wait {wait:.0f} s ({reason})"
            host.next_start = max(host.next_start, now + wait)
        # Requests that were under way when the pause began say nothing new.
        elif host.num_failures >= _FAILURES_TO_PAUSE and not (host.num_pauses and host.next_start > now):
            host.num_pauses += 1
            if host.num_pauses > polite.max_pauses:
                host.refusal = f"host given up ({reason})"
            pause = polite.pause_seconds * 2 ** (host.num_pauses - 1) * random.uniform(0.8, 1.2)
            host.next_start = max(host.next_start, now + pause)
        self._release(name, host, now)

    def _release(self, name: str, host: _Host[RequestT], now: float) -> None:
        host.num_active -= 1
        self._offer(name, host)
        if len(self._hosts) > self._max_hosts:
            self._forget_idle_hosts(now)

    def _offer(self, name: str, host: _Host[RequestT]) -> None:
        """Puts a host into the queue of hosts, or changes its place there, where it has something to start."""
        limit = 1 if host.num_pauses else self._politeness.connections_per_host
        if not host.waiting or (host.num_active >= limit and not host.refusal):
            host.offered_at = None
            return
        time = 0.0 if host.refusal else max(host.next_start, host.waiting[0][0])
        if time != host.offered_at:
            host.offered_at = time
            heapq.heappush(self._turns, (time, next(self._numbers), name))

    def _forget_idle_hosts(self, now: float) -> None:
        # Half of the lists' hosts may have one photo each; what failed is forgotten too, or memory would grow with it.
        idle = [
            name
            for name, host in self._hosts.items()
            if not (host.waiting or host.num_active or host.refusal or host.next_start > now)
        ]
        for name in idle:
            del self._hosts[name]
        self._max_hosts = len(self._hosts) + _MAX_IDLE_HOSTS
