"""Downloads the photos of label lists; resumes where it was stopped."""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.downloads.config import DownloadConfig
from emotionet_tf.downloads.downloads_table import TABLE_NAME, TableSummary, write_table
from emotionet_tf.downloads.fetch_loop import FetchLoop, Progress
from emotionet_tf.downloads.label_list_rows import ListRows, fingerprint
from emotionet_tf.downloads.ledger import FETCHED, PRESENT, Ledger, ListRow, Result, open_ledger
from emotionet_tf.downloads.photo_checks import read_checksums
from emotionet_tf.downloads.photo_storage import remove_leftovers, stored_photo, stored_size
from emotionet_tf.errors import StoppedError, UserError
from emotionet_tf.storage.write_locks import only_writer

_BATCH = 500
_OPEN_FILES = 16_384
_LISTS, _REMARKS, _STATE, _RUNNING = "lists", "remarks", "state", "running"


@dataclass(frozen=True)
class DownloadSummary:
    """What came of a run.

    Attributes:
      table: What the whole table holds, over all runs.
      stop: What the command ends with, where a signal has ended the run before all rows were tried.
      remarks: What a person should know of the lists, such as which sheets of a workbook are none.
    """

    table: TableSummary
    stop: StoppedError | KeyboardInterrupt | None
    remarks: tuple[str, ...] = ()


def download_photos(
    config: DownloadConfig, on_progress: Callable[[Progress], None] = lambda progress: None
) -> DownloadSummary:
    """Fetches the photos that label lists name, checks and stores them, and writes the table `downloads.csv`.

    Rows whose photo is there are left alone; those that failed in an earlier run are tried again. robots.txt is not
    asked: it speaks to crawlers, and this fetches single photos that a list's owner has chosen.

    Args:
      config: The download.
      on_progress: Called about once a second.
    Raises:
      UserError: If a list cannot be read, the folder is in use, or its disk takes no more.
    """
    rejected_sums = read_checksums(config.reject_sha256) if config.reject_sha256 else frozenset()
    folder = Path(config.output_dir)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"output_dir {folder} is a file")
    with _disk_errors(folder), only_writer(folder, is_filled=True), open_ledger(folder) as ledger:
        if ledger.fact(_STATE) == _RUNNING:
            remove_leftovers(folder)
        ledger.set_fact(_STATE, _RUNNING)
        lists = fingerprint(config.lists)
        if ledger.fact(_LISTS) != lists:
            rows = ListRows(config.lists)
            ledger.replace_rows(rows, lists)
            ledger.set_fact(_REMARKS, "\n".join(rows.remarks))
        if config.skip_existing:
            _look_up_photos(ledger, folder, rejected_sums)
        else:
            ledger.forget_all()
        num_done = ledger.count_photos()
        num_rows = num_done + ledger.count_todo(config.skip_permanent)
        loop = FetchLoop(
            config, ledger, rejected_sums, num_done=num_done, num_rows=num_rows, on_progress=on_progress
        )
        _allow_open_files(config.num_connections)
        request = asyncio.run(loop.run())
        table = write_table(ledger, folder / TABLE_NAME)
        ledger.set_fact(_STATE, "")
        stop = request.error() if request.is_made else None
        return DownloadSummary(table, stop, tuple(ledger.fact(_REMARKS).splitlines()))


def _look_up_photos(ledger: Ledger, folder: Path, rejected_sums: frozenset[str]) -> None:
    """Compares the ledger with the disk: photos that it does not know, or that are gone or changed.

    A photo that is known is not read again if its size is the same.
    """
    found: list[Result] = []
    lost: list[str] = []
    for row, known in ledger.rows_with_results():
        if row.problem:
            continue
        is_known = known is not None and known.status in (FETCHED, PRESENT)
        size = stored_size(folder, row.path)
        if known is not None and is_known and size == known.num_bytes and known.sha256 not in rejected_sums:
            continue
        result = None if size is None else _present(row, folder, rejected_sums)
        if result is not None:
            found.append(result)
        elif is_known:
            lost.append(row.photo_id)
        if len(found) + len(lost) >= _BATCH:
            ledger.save(found)
            ledger.forget(lost)
            found, lost = [], []
    ledger.save(found)
    ledger.forget(lost)


def _present(row: ListRow, folder: Path, rejected_sums: frozenset[str]) -> Result | None:
    """Returns the result of a photo that is there, or None if it is not a whole photo.

    What a list of checksums rejects since it came is removed: as nothing else comes in its place, it would stay.
    """
    stored = stored_photo(folder, row.path, rejected_sums)
    if stored.sha256 in rejected_sums:
        (folder / row.path).unlink()
    if stored.problem:
        return None
    return Result(row.photo_id, PRESENT, num_bytes=stored.num_bytes, sha256=stored.sha256)


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Turns errors of a disk that takes no more files into what a person can do about it."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO):
            raise
        raise UserError(
            f"{folder} takes no more photos: {error.strerror}; repair that, and the same command resumes"
        ) from error


def _allow_open_files(num_connections: int) -> None:
    """Raises the process's soft limit of open files, as idle connections to many hosts count too."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES + 2 * num_connections
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
