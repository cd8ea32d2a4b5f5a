"""What decides how photos are downloaded."""

from __future__ import annotations

from dataclasses import MISSING, dataclass
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.label_file_arguments import expand_label_files
from emotionet_tf.settings import check_settings, setting

_MOST_SECONDS = 86_400.0


def _seconds(default: float, help: str, at_least: float = 0.0, **details: Any) -> Any:
    return setting(default, help, at_least=at_least, at_most=_MOST_SECONDS, **details)


@dataclass(frozen=True)
class DownloadConfig:
    """A download. All durations are seconds, all sizes bytes; what each setting is, its declaration says.

    Attributes:
      lists: Label lists with URLs, as `expand_label_files` returns them.
      output_dir: Receives the photos, the table and the ledger from which later runs resume.
      total_seconds: Bounds what a slowly dripping server can hold.
    Raises:
      UserError: If a value is not valid.
    """

    lists: tuple[str, ...] = setting(
        MISSING,
        "A label list with URLs: EmotioNet's training list (dataFile_NNNN.txt), its opt list (CSV or .xlsx), or a CSV "
        "with URLs in its column path. A * in quotes or a folder stands for several; put commas between more, or "
        "repeat.",
        flag="list",
        is_repeated=True,
        from_flag=lambda texts: tuple(expand_label_files(texts)),
    )
    output_dir: str = setting(MISSING, "Folder for the photos and the table.")
    num_connections: int = setting(
        64, "Requests at once, over all hosts; our default.", at_least=1, at_most=4096
    )
    connections_per_host: int = setting(
        6, "Requests at once to one host; default: as many as browsers make.", at_least=1, at_most=4096
    )
    host_delay_seconds: float = _seconds(
        0.02,
        "Seconds from the start of a request to a host to the next one's. Our default, at most 50 requests a second, "
        "fetches a million photos of one host in 6 hours.",
    )
    connect_seconds: float = _seconds(
        10.0, "Seconds after which a connection is given up; our default.", at_least=0.001
    )
    read_seconds: float = _seconds(
        20.0, "Seconds without a byte after which a response is given up; our default.", at_least=0.001
    )
    total_seconds: float = _seconds(
        120.0, "Seconds for a request with its whole response; our default.", at_least=0.001
    )
    max_attempts: int = setting(
        4,
        "Requests for one URL: after time-outs, dropped connections, cut off photos and the statuses 408, 425, 429 and "
        "5xx it is asked again; our default.",
        at_least=1,
        at_most=100,
    )
    max_redirects: int = setting(
        5, "Redirects that are followed for one URL.", flag="", at_least=0, at_most=20
    )
    max_bytes: int = setting(20_000_000, "Largest photo, in bytes; our default.", at_least=1, at_most=1 << 30)
    retry_seconds: float = _seconds(
        1.0, "Seconds before a URL's second attempt; they double with each further one, with jitter.", flag=""
    )
    pause_seconds: float = _seconds(
        30.0,
        "Seconds for which a host is put aside after 5 failures in a row. They double each time, and after the fourth "
        "pause it is given up for this run; our default.",
    )
    max_pauses: int = setting(
        4,
        "Pauses without an answer after which a host is given up for the run.",
        flag="",
        at_least=0,
        at_most=100,
    )
    max_wait_seconds: float = _seconds(
        900.0,
        "A host that asks to wait longer than these seconds (Retry-After) is given up for this run; shorter waits are "
        "kept. Our default.",
    )
    window: int = setting(2048, "Rows in memory at once.", flag="", at_least=8, at_most=1 << 20)
    skip_existing: bool = setting(
        True, "Leave photos that are there and whole as they are; --noskip_existing fetches all again."
    )
    skip_permanent: bool = setting(
        False,
        "Do not try again what an earlier run could not get for a lasting reason: 404, 410, or something else than a "
        "photo came.",
    )
    private_hosts: bool = setting(
        False,
        "Fetch from loopback and private addresses too, such as a mirror or proxy of your own; by default they are "
        "refused, so that no list or redirect can make this machine ask its neighbours.",
    )
    reject_sha256: str = setting(
        "",
        "File with SHA-256 sums, one a line, of pictures that hosts show for removed photos; they are not kept, and "
        "removed where an earlier run kept them. The summary shows which sums are frequent. Default: none.",
    )
    contact: str = setting(
        "",
        "Web or mail address that is sent with each request, so that hosts can reach you. Default: none.",
    )

    def __post_init__(self) -> None:
        if not self.lists:
            raise UserError("no label list is given")
        check_settings(self)
        if not self.contact.isprintable():
            raise UserError(f"contact {self.contact!r} holds characters that no header can hold")
