"""The table of a download, one row a list row, and what it comes to."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from emotionet_tf.downloads.ledger import NOT_TRIED, REJECTED, STATUSES, Ledger, ListRow, Result
from emotionet_tf.storage.files import written_aside

TABLE_NAME = "downloads.csv"
_HEADER = (
    "id", "list", "line", "photo", "status", "url", "http_status", "bytes", "attempts", "reason", "sha256",
)  # fmt: skip
_MAX_HOSTS = 50_000
_NUM_SUMS = 5


@dataclass
class TableSummary:
    """What a table holds.

    Attributes:
      num_rows: All rows; the sum of `statuses`.
      statuses: Rows of each of `STATUSES`, and those that are `NOT_TRIED` if there are any.
      reasons: Rows that failed or were rejected for each reason.
      hosts: Addresses at a host that gave no photo, also where the row's original one gave it then.
      photos_of_hosts: Addresses at a host that gave their photo, in this run or an earlier one.
      num_bytes: Of all photos.
      frequent_sums: SHA-256 sums that several photos share: sum, number of photos, and an id of them; the most
        frequent ones first. The same bytes for many ids are a host's picture for removed photos.
    """

    num_rows: int = 0
    statuses: Counter[str] = field(default_factory=lambda: Counter({status: 0 for status in STATUSES}))
    reasons: Counter[str] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)
    photos_of_hosts: Counter[str] = field(default_factory=Counter)
    num_bytes: int = 0
    frequent_sums: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, row: ListRow, result: Result) -> None:
        """Counts a row."""
        self.num_rows += 1
        self.statuses[result.status] += 1
        self.num_bytes += result.num_bytes
        if result.reason:
            # Behind the colon stands which row or file it is.
            self.reasons[result.reason.partition(": line ")[0]] += 1
        for url in _failed_urls(row, result):
            self.hosts[urlsplit(url).netloc] += 1
        if result.sha256 and result.url:
            self.photos_of_hosts[urlsplit(result.url).netloc] += 1
        self.hosts, self.photos_of_hosts = map(_without_rare_hosts, (self.hosts, self.photos_of_hosts))


def write_table(ledger: Ledger, path: Path) -> TableSummary:
    """Writes the table of all rows, in the lists' order, row by row."""
    summary = TableSummary()
    with written_aside(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_HEADER)
        for row, known in ledger.rows_with_results():
            result = _result_of(row, known)
            summary.add(row, result)
            writer.writerow(_cells(row, result))
    summary.frequent_sums = ledger.frequent_sums(_NUM_SUMS)
    return summary


def _result_of(row: ListRow, known: Result | None) -> Result:
    """Returns a row's result also where nothing is known about its photo."""
    if row.problem:
        return Result(row.photo_id, REJECTED, row.url, reason=row.problem)
    return known or Result(row.photo_id, NOT_TRIED)


def _without_rare_hosts(counts: Counter[str]) -> Counter[str]:
    """Returns counts without the half that is rarest, where so many hosts would fill the memory."""
    return counts if len(counts) <= _MAX_HOSTS else Counter(dict(counts.most_common(_MAX_HOSTS // 2)))


def _failed_urls(row: ListRow, result: Result) -> list[str]:
    """Returns the addresses of a row that were tried and gave no photo."""
    urls = [url for url in (row.url, row.original_url) if url]
    if row.problem or result.url not in urls:
        return []
    last = urls.index(result.url)
    return urls[: last if result.sha256 else last + 1]


def _cells(row: ListRow, result: Result) -> tuple[object, ...]:
    photo = row.path if result.sha256 else ""
    return (
        row.photo_id, row.list_name, row.line, photo, result.status, result.url, result.http_status,
        result.num_bytes, result.attempts, result.reason, result.sha256,
    )  # fmt: skip
