"""A row on its way to its photo: which address comes next, and what has been tried."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from emotionet_tf.downloads.config import DownloadConfig
from emotionet_tf.downloads.http_requests import Reply, host_of, redirected, url_problem
from emotionet_tf.downloads.ledger import FAILED, FETCHED, REJECTED, ListRow, Result
from emotionet_tf.downloads.photo_storage import Stored

_MOST_RETRY_SECONDS = 60.0


@dataclass(slots=True, eq=False)
class PhotoJob:
    """A row whose photo is being fetched: from its URL, and where that fails from its original one.

    Attributes:
      row: The row.
      urls: The addresses to try, in order.
      index: Which of them is being tried.
      target: Where the next request goes: the address, or where its redirects lead.
      host: Of the target.
      num_redirects: Followed from the address.
      num_tries: Requests for the address.
      num_attempts: Requests for the row.
      status: HTTP status of the last response.
      problems: Why the addresses before gave nothing.
      is_permanent: Whether all of those reasons are lasting ones.
      has_come: Whether something came, but no photo.
    """

    row: ListRow
    urls: tuple[str, ...]
    index: int = 0
    target: str = ""
    host: str = ""
    num_redirects: int = 0
    num_tries: int = 0
    num_attempts: int = 0
    status: int | None = None
    problems: list[str] = field(default_factory=list)
    is_permanent: bool = True
    has_come: bool = False

    @classmethod
    def of(cls, row: ListRow) -> PhotoJob | Result:
        """Returns the job of a row, or its result where it has no address to try."""
        urls = tuple(
            dict.fromkeys(url for url in (row.url, row.original_url) if url and not url_problem(url))
        )
        if not urls:
            return Result(row.photo_id, REJECTED, row.url, reason="no valid URL", is_permanent=True)
        return cls(row, urls, target=urls[0], host=host_of(urls[0]))

    def delay_before_retry(self, reply: Reply, config: DownloadConfig) -> float | None:
        """Returns after how many seconds to ask the same again, with jitter; None if not any more."""
        if not reply.is_worth_retrying or self.num_tries >= config.max_attempts:
            return None
        pause = config.retry_seconds * 2 ** (self.num_tries - 1)
        return min(pause, _MOST_RETRY_SECONDS) * random.uniform(0.5, 1.5)

    def follow(self, location: str, config: DownloadConfig) -> str:
        """Turns to where a redirect leads; returns why not, where it is not followed."""
        if self.num_redirects >= config.max_redirects:
            return "too many redirects"
        try:
            target = redirected(self.target, location)
        except ValueError:
            return "redirect to no valid URL"
        if problem := url_problem(target):
            return f"redirect to what is {problem}"
        self.target, self.host = target, host_of(target)
        self.num_redirects += 1
        return ""

    def retry(self) -> None:
        """Turns back to the address itself: what a redirect led to may be another place now."""
        self.target, self.host, self.num_redirects = self.urls[self.index], host_of(self.urls[self.index]), 0

    def give_up(self, problem: str, *, is_permanent: bool, has_come: bool = False) -> Result | None:
        """Gives up an address; returns the row's result if it was the last one."""
        self.problems.append(problem)
        self.is_permanent &= is_permanent
        self.has_come |= has_come
        if self.index + 1 < len(self.urls):
            self.index += 1
            self.num_tries = 0
            self.retry()
            return None
        return Result(
            self.row.photo_id,
            REJECTED if self.has_come else FAILED,
            self.urls[self.index],
            self.status,
            attempts=self.num_attempts,
            reason="; original URL: ".join(self.problems),
            is_permanent=self.is_permanent,
        )

    def success(self, stored: Stored) -> Result:
        """Returns the row's result with a photo."""
        return Result(
            self.row.photo_id,
            FETCHED,
            self.urls[self.index],
            self.status,
            stored.num_bytes,
            self.num_attempts,
            sha256=stored.sha256,
        )
