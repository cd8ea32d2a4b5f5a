"""What decides how photos are downloaded."""

from __future__ import annotations

from dataclasses import dataclass

from emotionet_tf.errors import UserError

_MOST_SECONDS = 86_400.0
_RANGES = {
    "num_connections": (1, 4096),
    "connections_per_host": (1, 4096),
    "host_delay_seconds": (0.0, _MOST_SECONDS),
    "connect_seconds": (0.001, _MOST_SECONDS),
    "read_seconds": (0.001, _MOST_SECONDS),
    "total_seconds": (0.001, _MOST_SECONDS),
    "max_attempts": (1, 100),
    "max_redirects": (0, 20),
    "max_bytes": (1, 1 << 30),
    "retry_seconds": (0.0, _MOST_SECONDS),
    "pause_seconds": (0.0, _MOST_SECONDS),
    "max_pauses": (0, 100),
    "max_wait_seconds": (0.0, _MOST_SECONDS),
    "window": (8, 1 << 20),
}


@dataclass(frozen=True)
class DownloadConfig:
    """A download. All durations are seconds, all sizes bytes.

    Attributes:
      lists: Label lists with URLs, as `expand_label_files` returns them.
      output_dir: Receives the photos, the table and the ledger that later runs resume from.
      num_connections: Requests under way at once, over all hosts.
      connections_per_host: Requests under way at once to one host.
      host_delay_seconds: From the start of a request to a host until the start of the next one to it.
      connect_seconds: Until a connection is given up.
      read_seconds: Without a byte until a response is given up.
      total_seconds: For one request with its response, which bounds what a slowly dripping server can hold.
      max_attempts: Requests for one URL before it counts as failed.
      max_redirects: Followed for one URL.
      max_bytes: Of a photo; a larger one is rejected.
      retry_seconds: Before a URL's second attempt; doubles with each further one, with jitter.
      pause_seconds: For which a host is put aside that fails again and again; doubles each time.
      max_pauses: After so many pauses without an answer, a host is given up for the run.
      max_wait_seconds: A host that asks to wait longer (Retry-After) is given up for the run.
      window: Rows in memory at once.
      skip_existing: Whether photos that are there stay as they are.
      skip_permanent: Whether rows are left alone that an earlier run could not get for a lasting reason (404, 410,
        something else than a photo).
      private_hosts: Whether to fetch from loopback, link-local and private addresses.
      reject_sha256: File with SHA-256 sums of pictures that hosts show in place of removed photos; none if empty.
      contact: A web or mail address, sent with each request, where the hosts' owners can complain.
    """

    lists: tuple[str, ...]
    output_dir: str
    num_connections: int = 64
    connections_per_host: int = 6
    host_delay_seconds: float = 0.02
    connect_seconds: float = 10.0
    read_seconds: float = 20.0
    total_seconds: float = 120.0
    max_attempts: int = 4
    max_redirects: int = 5
    max_bytes: int = 20_000_000
    retry_seconds: float = 1.0
    pause_seconds: float = 30.0
    max_pauses: int = 4
    max_wait_seconds: float = 900.0
    window: int = 2048
    skip_existing: bool = True
    skip_permanent: bool = False
    private_hosts: bool = False
    reject_sha256: str = ""
    contact: str = ""

    def __post_init__(self) -> None:
        if not self.lists:
            raise UserError("no label list is given")
        for name, (low, high) in _RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise UserError(f"{name} is {getattr(self, name)}, expected {low} to {high}")
        if not self.contact.isprintable():
            raise UserError(f"contact {self.contact!r} holds characters that no header can hold")
