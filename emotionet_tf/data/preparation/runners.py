"""Where the pipeline runs: Beam's local runner inside this process, or any other runner that Beam knows."""

from __future__ import annotations

import logging
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from emotionet_tf.data.preparation import pipeline
from emotionet_tf.data.preparation.beam_extra import NEEDS_BEAM
from emotionet_tf.data.preparation.config import PrepareConfig
from emotionet_tf.data.preparation.plan import PlannedShard
from emotionet_tf.errors import UserError

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
WORKERS_LOG = "workers.log"


@dataclass(frozen=True)
class RunnerChoice:
    """Who runs the pipeline.

    Attributes:
      runner: `LOCAL`, or a runner as Beam calls it, such as "FlinkRunner".
      num_workers: Processes of the local runner; 1 is this one.
      options: The runner's own options, as a command line has them.
    """

    runner: str = LOCAL
    num_workers: int = 1
    options: tuple[str, ...] = ()

    def run_shards(self, config: PrepareConfig, shards: Sequence[PlannedShard]) -> None:
        """Prepares and joins shards.

        Raises:
          UserError: If a worker met something that the person can mend.
          KeyboardInterrupt: At Ctrl-C and SIGTERM.
        """
        with _quiet(self.runner == LOCAL), _interruptible():
            try:
                runner, options = self._beam_runner(config)
            except (ValueError, ImportError) as error:
                raise UserError(f"runner '{self.runner}' is none that Beam has here: {error}") from error
            try:
                with beam.Pipeline(runner=runner, options=options) as graph:
                    pipeline.prepare_shards(graph, config, shards)
            except Exception as error:
                if pipeline.STOP.is_set():
                    # Beam makes an error of its own of an interruption that comes while it is at work.
                    raise KeyboardInterrupt from error
                failure = pipeline.failure_in(error)
                if failure is None:
                    raise
                raise UserError(f"{failure}; run the same command again to go on") from error

    def _beam_runner(self, config: PrepareConfig) -> tuple[PipelineRunner, PipelineOptions]:
        if self.runner != LOCAL:
            return create_runner(self.runner), PipelineOptions(list(self.options))
        options = PipelineOptions([f"--direct_num_workers={self.num_workers}"])
        encoded = JobServiceHandle.encode_pipeline_options(options.get_all_options())
        provision = fn_runner.ExtendedProvisionInfo(
            beam_provision_api_pb2.ProvisionInfo(pipeline_options=encoded)
        )
        # Not by its name "DirectRunner": that first tries to download another runner.
        return fn_runner.FnApiRunner(self._environment(config), provision_info=provision), options

    def _environment(self, config: PrepareConfig) -> Environment:
        """Returns where the local runner's workers are: in this process, or in processes with a log of their own."""
        if self.num_workers == 1:
            return EmbeddedPythonEnvironment.default()
        # Beam's own mode for this writes the workers' logs between ours.
        worker = f"{shlex.quote(sys.executable)} -m apache_beam.runners.worker.sdk_worker_main"
        log = shlex.quote(str(config.work_dir.resolve() / WORKERS_LOG))
        return SubprocessSDKEnvironment.from_command_string(f"exec {worker} >>{log} 2>&1")


@contextmanager
def _quiet(is_wanted: bool) -> Iterator[None]:
    """Keeps Beam's own log of a failure, a page of it, from hiding the one line that says what to do."""
    log = logging.getLogger("apache_beam")
    before = log.level
    if is_wanted:
        log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Makes SIGTERM an interruption like Ctrl-C, and lets workers of this process know of both."""

    def interrupt(number: int, frame: object) -> None:
        pipeline.STOP.set()
        raise KeyboardInterrupt

    pipeline.STOP.clear()
    is_main = threading.current_thread() is threading.main_thread()
    numbers = (signal.SIGINT, signal.SIGTERM) if is_main else ()
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    except BaseException:
        pipeline.STOP.set()
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
