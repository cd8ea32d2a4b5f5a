"""What a person reads of a download: the progress line and the closing summary."""

from __future__ import annotations

import time
from pathlib import Path

from emotionet_tf.console.progress import CountLine
from emotionet_tf.downloads.download_photos import DownloadSummary
from emotionet_tf.downloads.downloads_table import TABLE_NAME
from emotionet_tf.downloads.fetch_loop import Progress

_NUM_REASONS = 12
_NUM_HOSTS = 5


class ProgressLine:
    """Prints rows done, rows a second and time left, with the megabytes a second and the hosts that are put aside."""

    def __init__(self) -> None:
        self._line = CountLine("rows")
        self._start = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        """Prints the line where it is time to."""
        seconds = max(time.monotonic() - self._start, 1e-3)
        note = f", {progress.num_bytes / 1e6 / seconds:.1f} MB/s" if progress.num_bytes else ""
        if progress.num_aside:
            note += f", {progress.num_aside} host{'s' * (progress.num_aside > 1)} put aside for a while"
        self._line(progress.num_done, progress.num_rows, note)


def format_summary(summary: DownloadSummary, output_dir: str) -> str:
    """Returns the closing lines: rows by status, the most frequent reasons, hosts that fail, and bytes that many photos
    share."""
    table = summary.table
    counts = " + ".join(f"{count} {status}" for status, count in table.statuses.items())
    lines = [*summary.remarks, f"{table.num_rows} rows = {counts}; photos of {table.num_bytes / 1e6:.1f} MB"]
    if table.reasons:
        lines.append("why not, most frequent first:")
        lines += [f"  {count:9d}  {reason}" for reason, count in table.reasons.most_common(_NUM_REASONS)]
        rest = sum(table.reasons.values()) - sum(
            count for _, count in table.reasons.most_common(_NUM_REASONS)
        )
        if rest:
            lines.append(f"  {rest:9d}  other reasons, see the table")
    if table.hosts:
        lines.append("addresses that gave no photo, by host:")
        for host, count in table.hosts.most_common(_NUM_HOSTS):
            num_photos = table.photos_of_hosts[host]
            lines.append(
                f"  {count:9d}  {host}, " + (f"beside {num_photos} photos" if num_photos else "and no photo")
            )
    if table.frequent_sums:
        lines.append(
            "the same bytes for several ids, perhaps a picture for removed photos (see --reject_sha256):"
        )
        lines += [f"  {count:9d}  {sha256}  such as {name}" for sha256, count, name in table.frequent_sums]
    lines.append(f"table: {Path(output_dir) / TABLE_NAME}")
    return "\n".join(lines)
