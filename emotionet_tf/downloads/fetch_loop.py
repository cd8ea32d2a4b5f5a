"""The loop that keeps requests under way: rows in, results out, hosts in turn."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emotionet_tf.console.signals import StopRequest
from emotionet_tf.downloads.address_retries import PhotoJob
from emotionet_tf.downloads.config import DownloadConfig
from emotionet_tf.downloads.host_politeness import HostQueues, Politeness
from emotionet_tf.downloads.http_requests import Reply, fetch, host_of, new_session, url_problem
from emotionet_tf.downloads.ledger import Ledger, ListRow, Result
from emotionet_tf.downloads.photo_checks import CUT_OFF
from emotionet_tf.downloads.photo_storage import Stored, store_photo
from emotionet_tf.downloads.rows_to_do import RowSource

if TYPE_CHECKING:
    import aiohttp

_NUM_THREADS = 16
_SAVE_SECONDS = 1.0
_SAVE_RESULTS = 500
_REPORT_SECONDS = 0.5
_TICK_SECONDS = 1.0
_LASTING_STATUSES = (404, 410)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: rows with a photo or a result of this run, all that can get one, bytes that came in this run,
    and hosts that are put aside."""

    num_done: int
    num_rows: int
    num_bytes: int
    num_aside: int


class FetchLoop:
    """Fetches what is to do in a ledger.

    Args:
      config: The download.
      ledger: Has the rows, and gets the results.
      rejected_sums: As `store_photo` takes them.
      num_done: Rows that have their photo, for the progress.
      num_rows: These and those that are to do, likewise.
      on_progress: Called before the first request, about twice a second and at the end.
    """

    def __init__(
        self,
        config: DownloadConfig,
        ledger: Ledger,
        rejected_sums: frozenset[str],
        *,
        num_done: int,
        num_rows: int,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._rejected_sums = rejected_sums
        self._num_done, self._num_rows, self._num_bytes = num_done, num_rows, 0
        self._on_progress = on_progress
        self._folder = Path(config.output_dir)
        self._source = RowSource(ledger, skip_permanent=config.skip_permanent, window=config.window)
        self._queues: HostQueues[PhotoJob] = HostQueues(
            Politeness(
                config.connections_per_host,
                config.host_delay_seconds,
                config.pause_seconds,
                config.max_pauses,
                config.max_wait_seconds,
            )
        )
        self._num_under_way = 0
        self._unfinished_ids: set[str] = set()
        self._results: list[Result] = []
        self._saved_at = time.monotonic()
        self._reported_at = 0.0
        self._num_reported = -1
        self._tasks: set[asyncio.Task[None]] = set()
        self._error: BaseException | None = None

    async def run(self) -> StopRequest:
        """Fetches all rows that are to do, or ends in good order when it is asked to stop; returns whether it was.

        Raises:
          OSError: If photos cannot be stored, because the disk is full for example.
        """
        self._changed = asyncio.Event()
        loop = asyncio.get_running_loop()
        request = StopRequest(on_request=lambda: loop.call_soon_threadsafe(self._changed.set))
        loop.set_default_executor(ThreadPoolExecutor(_NUM_THREADS))
        async with new_session(self._config) as session:
            with request.listening():
                try:
                    while self._fill() and not request.is_made and self._error is None:
                        self._start_requests(session)
                        self._save(is_due=True)
                        self._report(is_due=True)
                        await self._wait()
                finally:
                    await self._cancel()
            if self._error is None:
                self._save()
                self._report()
        if self._error is not None:
            raise self._error
        return request

    def _fill(self) -> bool:
        """Takes in rows while there is room; returns whether any is under way."""
        while row := self._source.next_row(
            self._num_under_way, self._unfinished_ids.__contains__, self._is_crowded
        ):
            self._num_under_way += 1
            self._unfinished_ids.add(row.photo_id)
            job = PhotoJob.of(row)
            if isinstance(job, Result):
                self._finish(job)
            else:
                self._queues.put(job, time.monotonic())
            self._save(is_due=True)
        return self._num_under_way > 0

    def _is_crowded(self, row: ListRow) -> bool:
        url = row.url or row.original_url
        return not url_problem(url) and self._queues.backlog(host_of(url)) >= self._config.window // 2

    def _start_requests(self, session: aiohttp.ClientSession) -> None:
        while len(self._tasks) < self._config.num_connections:
            job = self._queues.take(time.monotonic())
            if job is None:
                return
            if refusal := self._queues.refusal(job.host):
                self._give_up(job, refusal, is_permanent=False, has_come=False)
                self._changed.set()
                continue
            task = asyncio.create_task(self._work(job, session))
            self._tasks.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._error = self._error or task.exception()
        self._changed.set()

    async def _work(self, job: PhotoJob, session: aiohttp.ClientSession) -> None:
        """Makes one request for a job, and does what follows from the reply."""
        if not job.num_redirects:
            job.num_tries += 1
            job.num_attempts += 1
        reply = await fetch(session, job.target, self._config)
        now = time.monotonic()
        if reply.is_host_trouble:
            self._queues.failed(job.host, now, reply.problem, reply.wait_seconds)
        else:
            self._queues.answered(job.host, now)
        self._changed.set()
        job.status = reply.status
        if reply.location:
            problem = job.follow(reply.location, self._config)
            if problem:
                self._give_up(job, problem, is_permanent=False, has_come=False)
            else:
                self._queues.put(job, now)
        elif reply.problem:
            self._try_again(job, reply)
        else:
            self._conclude(job, await self._stored(job, reply.body))

    async def _stored(self, job: PhotoJob, body: bytes) -> Stored:
        return await asyncio.to_thread(store_photo, body, self._folder, job.row.path, self._rejected_sums)

    def _conclude(self, job: PhotoJob, stored: Stored) -> None:
        """Ends a job whose photo is stored; else continues as after any other problem."""
        if not stored.problem:
            self._num_bytes += stored.num_bytes
            self._finish(job.success(stored))
        else:
            # A picture that is cut off may have been hit by what the next request is spared.
            self._try_again(
                job, Reply(200, problem=stored.problem, is_worth_retrying=stored.problem == CUT_OFF)
            )

    def _try_again(self, job: PhotoJob, reply: Reply) -> None:
        """Lets a job wait for its next try, or gives the address up."""
        delay = job.delay_before_retry(reply, self._config)
        if delay is None:
            has_come = reply.status == 200 and not reply.is_worth_retrying
            is_permanent = has_come or reply.status in _LASTING_STATUSES
            self._give_up(job, reply.problem, is_permanent=is_permanent, has_come=has_come)
        else:
            job.retry()
            self._queues.put(job, time.monotonic(), delay)

    def _give_up(self, job: PhotoJob, problem: str, *, is_permanent: bool, has_come: bool) -> None:
        result = job.give_up(problem, is_permanent=is_permanent, has_come=has_come)
        if result is None:
            self._queues.put(job, time.monotonic())
        else:
            self._finish(result)

    def _finish(self, result: Result) -> None:
        self._results.append(result)
        self._num_under_way -= 1
        self._num_done += 1

    def _save(self, is_due: bool = False) -> None:
        """Saves the results; where `is_due`, only if there are many or the last time is long ago."""
        now = time.monotonic()
        if is_due and len(self._results) < _SAVE_RESULTS and now - self._saved_at < _SAVE_SECONDS:
            return
        self._saved_at = now
        self._ledger.save(self._results)
        self._unfinished_ids.difference_update(result.photo_id for result in self._results)
        self._results.clear()

    def _report(self, is_due: bool = False) -> None:
        """Reports how far the run is; where `is_due`, only if the last time is half a second ago."""
        now = time.monotonic()
        if is_due and now - self._reported_at < _REPORT_SECONDS:
            return
        if self._num_reported == self._num_done == self._num_rows:
            return  # the end has been reported
        self._reported_at, self._num_reported = now, self._num_done
        num_aside = self._queues.num_aside(now)
        self._on_progress(Progress(self._num_done, self._num_rows, self._num_bytes, num_aside))

    async def _wait(self) -> None:
        """Waits until a request is over, or the next one may start."""
        seconds = _TICK_SECONDS
        if len(self._tasks) < self._config.num_connections:
            next_start = self._queues.seconds_to_next(time.monotonic())
            seconds = min(seconds, _TICK_SECONDS if next_start is None else next_start)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)
        self._changed.clear()

    async def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
