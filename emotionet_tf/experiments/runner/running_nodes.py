"""The nodes at work: started, watched, ended."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import IO

from emotionet_tf.cli.entry_point import EXIT_OF_STOPPED_RUN
from emotionet_tf.console.durations import format_duration
from emotionet_tf.console.signals import StopRequest
from emotionet_tf.errors import StoppedError, UserError
from emotionet_tf.experiments.runner.cpu_shares import CpuShares, own_cpus
from emotionet_tf.experiments.runner.node_states import NodeStates
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.processes import end_processes, start_process
from emotionet_tf.storage.error_reports import read_report
from emotionet_tf.storage.folder_settings import OtherSettingsError, describe_changes

_SEEN_SECONDS = 5.0
_NUM_LAST_LINES = 10


class OutdatedFolderError(UserError):
    """A command refused to resume in its own folder, which was made with other settings."""


@dataclass
class Job:
    """A node at work, or one that has ended.

    Attributes:
      node: The node.
      process: Its command.
      log_file: Where its output goes; None is this process's own output.
      cpus: The processors that it may use; none for all.
      log_start: Where its output begins in the log, in bytes; earlier attempts' lie before it.
      log_end: Where its output ends in the log; 0 until it has ended.
      seconds: How long it was at work; 0 until it has ended.
    """

    node: Node
    process: subprocess.Popen
    log_file: Path | None
    cpus: frozenset[int]
    log_start: int = 0
    log_end: int = 0
    seconds: float = 0.0
    _start: float = field(default_factory=time.monotonic, init=False)
    _num_shown: int = field(default=0, init=False)

    @property
    def seconds_at_work(self) -> float:
        """How long ago it was started."""
        return time.monotonic() - self._start

    def new_lines(self) -> list[str]:
        """Returns the whole lines that it has written since the last call, and all that is left once it has ended."""
        assert self.log_file is not None
        with open(self.log_file, "rb") as log:
            log.seek(self.log_start + self._num_shown)
            written = log.read(self.log_end - log.tell() if self.log_end else -1)
        if not self.log_end:
            written = written[: written.rfind(b"\n") + 1]
        self._num_shown += len(written)
        return written.decode("utf-8", errors="replace").splitlines()

    def check(self) -> None:
        """Prints the end of its log if the command did not end with exit code 0.

        Raises:
          OutdatedFolderError: If it says that a folder of this node alone was made with other settings. Only the
            command knows them all: a default may have changed since.
          StoppedError: If it was asked to end by somebody else than the runner.
          UserError: If it failed otherwise; with its reason where it reported one.
        """
        code = self.process.returncode
        if not code:
            return
        if code in (EXIT_OF_STOPPED_RUN, -signal.SIGTERM):
            raise StoppedError(f"node {self.node.name} was asked to end; the same command resumes")
        message = f"node {self.node.name} failed with exit code {code}"
        if code < 0:
            message = f"node {self.node.name} was ended by signal {-code} ({signal.strsignal(-code)})"
        if self.log_file is None:
            raise UserError(f"{message}; correct it and run again")
        report = read_report(_report_file(self.log_file))
        if report.get("kind") == OtherSettingsError.__name__ and self._owns(Path(report["folder"])):
            raise OutdatedFolderError(describe_changes(report["folder"], report["changes"]))
        if report:
            raise UserError(f"{message}: {report['message']}; its log is {self.log_file}")
        print("\n".join(f"  | {line}" for line in self._last_lines()), flush=True)
        raise UserError(f"{message}; its log, whose end is above, is {self.log_file}")

    def _last_lines(self) -> list[str]:
        """Returns the last lines that the command wrote."""
        assert self.log_file is not None
        with open(self.log_file, "rb") as log:
            log.seek(self.log_start)
            written = log.read(self.log_end - self.log_start)
        lines = written.decode("utf-8", errors="replace").splitlines()
        return [line for line in lines if line.strip()][-_NUM_LAST_LINES:]

    def _owns(self, folder: Path) -> bool:
        path = Path(os.path.abspath(folder))
        return any(path.is_relative_to(os.path.abspath(owned)) for owned in self.node.owned)


class NodeJobs:
    """The nodes at work.

    Args:
      states: Where it is noted that they began.
      lock: Descriptor that their commands hold, see `locked`.
      num_jobs: How many there may be; several are bound to their shares of the processors.
      has_logs: Whether their output goes to logs.

    Attributes:
      states: As given.
      jobs: The nodes at work, in the order of their starts.
    """

    def __init__(self, states: NodeStates, lock: int, *, num_jobs: int, has_logs: bool) -> None:
        self.states = states
        self.jobs: list[Job] = []
        self._num_jobs = num_jobs
        self._lock = lock
        self._has_logs = has_logs
        cpus = own_cpus() if num_jobs > 1 else ()
        self._shares = CpuShares(cpus) if cpus else None
        self._last_seen = time.monotonic()

    @property
    def num_free(self) -> int:
        """How many nodes can be started."""
        return self._num_jobs - len(self.jobs)

    def start(self, node: Node, num_starting: int) -> None:
        """Starts a node, one of `num_starting` that start together."""
        self.states.begin(node)
        cpus = self._shares.take(num_starting) if self._shares else frozenset()
        if self._has_logs:
            log_file = self.states.log_file(node)
            with _open_log(log_file) as log:
                print(f"=== started {_now()}: {shlex.join(node.command)}", file=log, flush=True)
                log_start = log.tell()
                report = _report_file(log_file)
                report.unlink(missing_ok=True)
                process = start_process(node.command, log=log, lock=self._lock, cpus=cpus, report=report)
        else:
            log_file, log_start = None, 0
            process = start_process(node.command, log=None, lock=self._lock, cpus=cpus)
        self.jobs.append(Job(node, process, log_file, cpus, log_start))

    def take_ended(self) -> list[Job]:
        """Returns the nodes that have ended since the last call; notes that the others are still at work."""
        ended = [job for job in self.jobs if job.process.poll() is not None]
        for job in ended:
            self._put_away(job)
        if time.monotonic() - self._last_seen > _SEEN_SECONDS:
            self._last_seen = time.monotonic()
            for job in self.jobs:
                self.states.see_at_work(job.node)
        return ended

    def break_off(self, request: StopRequest) -> None:
        """Ends the nodes at work."""
        end_processes([job.process for job in self.jobs], request)
        for job in list(self.jobs):
            self._put_away(job)
            self.states.end(job.node)

    def _put_away(self, job: Job) -> None:
        self.jobs.remove(job)
        job.seconds = job.seconds_at_work
        if self._shares:
            self._shares.give_back(job.cpus)
        if job.log_file:
            with _open_log(job.log_file) as log:
                job.log_end = log.tell()
                code, seconds = job.process.returncode, format_duration(job.seconds)
                print(f"=== ended with exit code {code} after {seconds}", file=log)


def _report_file(log_file: Path) -> Path:
    """Returns where a command reports its error."""
    return log_file.with_suffix(".error")


@contextlib.contextmanager
def _open_log(path: Path) -> Iterator[IO[str]]:
    """Opens a log at its end, at the start of a line: a command that was killed may have left half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as log:
        if _ends_within_line(path):
            print(file=log)
        yield log


def _ends_within_line(path: Path) -> bool:
    with open(path, "rb") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
        return file.read() not in (b"", b"\n")


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(sep=" ", timespec="seconds")
