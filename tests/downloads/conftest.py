"""A local photo host, and downloads from it that lose no time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

pytest.importorskip("aiohttp")

from local_server import PhotoServer, table_rows

from emotionet_tf.downloads.config import DownloadConfig
from emotionet_tf.downloads.download_photos import DownloadSummary, download_photos

QUICK = {
    "private_hosts": True,
    "host_delay_seconds": 0.0,
    "connect_seconds": 2.0,
    "read_seconds": 0.4,
    "total_seconds": 1.0,
    "max_attempts": 2,
    "retry_seconds": 0.01,
    "pause_seconds": 0.05,
    "max_pauses": 2,
    "max_wait_seconds": 5.0,
}


@pytest.fixture
def server() -> Iterator[PhotoServer]:
    """A photo host."""
    with PhotoServer() as running:
        yield running


@pytest.fixture
def write_list(tmp_path) -> Callable[..., str]:
    """Returns a function that writes a training list of pairs of URLs."""

    def write(*pairs: tuple[str, str], name: str = "dataFile_0001.txt") -> str:
        path = tmp_path / name
        path.write_text("".join("\t".join([*pair, *["0"] * 60]) + "\n" for pair in pairs))
        return str(path)

    return write


@pytest.fixture
def download(tmp_path) -> Callable[..., tuple[DownloadSummary, list[dict[str, str]]]]:
    """Returns a function that downloads lists to `photos`, and returns the summary and the table's rows."""

    def run(*lists: str, **changes) -> tuple[DownloadSummary, list[dict[str, str]]]:
        config = replace(DownloadConfig(lists, str(tmp_path / "photos"), **QUICK), **changes)
        summary = download_photos(config)
        return summary, table_rows(tmp_path / "photos")

    return run
