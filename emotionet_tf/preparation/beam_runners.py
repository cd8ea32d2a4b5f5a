"""Where the pipeline runs: Beam's local runner inside this process, or any other runner that Beam knows."""

from __future__ import annotations

import logging
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.console.signals import interrupted_at_once, interruption
from emotionet_tf.errors import UserError
from emotionet_tf.preparation import beam_pipeline, remote_runner_options
from emotionet_tf.preparation.config import PrepareConfig
from emotionet_tf.preparation.plan import PlannedShard
from emotionet_tf.preparation.required_packages import NEEDS_BEAM

try:
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.portability.api import beam_provision_api_pb2
    from apache_beam.runners.portability.fn_api_runner import fn_runner
    from apache_beam.runners.portability.portable_runner import JobServiceHandle
    from apache_beam.runners.runner import PipelineRunner, create_runner
    from apache_beam.transforms.environments import (
        EmbeddedPythonEnvironment,
        Environment,
        SubprocessSDKEnvironment,
    )
except ImportError as import_error:
    raise NEEDS_BEAM from import_error

LOCAL = "local"
WORKERS_LOG, BEAM_LOG = "workers.log", "beam.log"
"""Logs in the work folder: of the local runner's processes, and of any other runner."""


@dataclass(frozen=True)
class RunnerChoice:
    """Who runs the pipeline.

    Attributes:
      runner: `LOCAL`, or a runner as Beam calls it, such as "FlinkRunner".
      num_workers: Processes of the local runner; 1 is this one.
      options: The runner's own options, as a command line has them.
    Raises:
      UserError: If Beam has no such runner here, or it lacks an option.
    """

    runner: str = LOCAL
    num_workers: int = 1
    options: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.runner != LOCAL:
            self._remote_runner()  # before anything is read: what it lacks would come out after the plan

    def run_shards(self, config: PrepareConfig, shards: Sequence[PlannedShard]) -> None:
        """Prepares and joins shards.

        Raises:
          UserError: If a runner elsewhere fails, or a worker met something that the person can repair.
          KeyboardInterrupt: At Ctrl-C.
          StoppedError: At SIGTERM.
        """
        is_local = self.runner == LOCAL
        log = config.log_dir / (WORKERS_LOG if is_local else BEAM_LOG)
        with _quiet() if is_local else remote_runner_options.logged_to(log), interrupted_at_once():
            runner, options = self._local_runner(log) if is_local else self._remote_runner()
            who = f"{self.num_workers} worker process(es)" if is_local else self.runner
            print(f"starting {who}; each worker loads the detectors", flush=True)
            try:
                with beam.Pipeline(runner=runner, options=options) as graph:
                    beam_pipeline.prepare_shards(graph, config, shards)
            except Exception as error:
                failure = beam_pipeline.failure_in(error)
                stop = interruption()
                if stop or failure:
                    log.unlink(missing_ok=True)
                if stop:
                    # Beam makes an error of its own of an interruption that comes while it is at work.
                    raise stop from error
                if failure is None and is_local:
                    raise
                cause = (
                    f"{self.runner} failed: {remote_runner_options.cause_of(error)}; the full log is {log}"
                )
                raise UserError(failure or cause) from error

    def _remote_runner(self) -> tuple[PipelineRunner, PipelineOptions]:
        try:
            runner = create_runner(remote_runner_options.path_of(self.runner))
        except (ValueError, ImportError, AttributeError) as error:
            raise UserError(f"runner '{self.runner}' is not one that Beam has here: {error}") from error
        return runner, remote_runner_options.check_options(self.runner, self.options)

    def _local_runner(self, log: Path) -> tuple[PipelineRunner, PipelineOptions]:
        options = PipelineOptions([f"--direct_num_workers={self.num_workers}"])
        encoded = JobServiceHandle.encode_pipeline_options(options.get_all_options())
        provision = fn_runner.ExtendedProvisionInfo(
            beam_provision_api_pb2.ProvisionInfo(pipeline_options=encoded)
        )
        # Not by its name "DirectRunner": that first tries to download Prism, since Beam 2.68.
        return fn_runner.FnApiRunner(self._environment(log), provision_info=provision), options

    def _environment(self, log: Path) -> Environment:
        """Returns where the local runner's workers are: in this process, or in processes with a log of their own."""
        if self.num_workers == 1:
            return EmbeddedPythonEnvironment.default()
        # Beam's own mode for this writes the workers' logs between ours.
        worker = f"{shlex.quote(sys.executable)} -m emotionet_tf.preparation.local_beam_worker {os.getpid()}"
        return SubprocessSDKEnvironment.from_command_string(
            f"exec {worker} >>{shlex.quote(str(log.resolve()))} 2>&1"
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps Beam's own log of a failure, a page of it, from hiding the one line that says what to do."""
    log = logging.getLogger("apache_beam")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)
