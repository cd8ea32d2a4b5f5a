"""The Beam pipeline: shards to chunks, chunks to records, the chunks' records to shards."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator

from emotionet_tf.cli import entry_point
from emotionet_tf.console.signals import INTERRUPTED
from emotionet_tf.errors import UserError
from emotionet_tf.preparation.config import PrepareConfig
from emotionet_tf.preparation.plan import PlannedShard
from emotionet_tf.preparation.required_packages import NEEDS_BEAM
from emotionet_tf.preparation.work_files import WorkFiles
from emotionet_tf.storage.machine_errors import describe_machine_error

try:
    import apache_beam as beam
    from apache_beam.metrics import Metrics
    from apache_beam.utils.shared import Shared
except ImportError as import_error:
    raise NEEDS_BEAM from import_error

NAMESPACE = "emotionet_tf.prepare"
_FAILURE = "emotionet_tf.prepare failed at"


def prepare_shards(pipeline: beam.Pipeline, config: PrepareConfig, shards: Iterable[PlannedShard]) -> None:
    """Adds the steps that prepare and join shards; chunks that are done already are left as they are.

    What goes from step to step are names of files, whose content the workers share.

    Args:
      pipeline: An empty pipeline.
      config: What is prepared and how.
      shards: The shards, each with one chunk at least.
    """
    _ = (
        pipeline
        | "shards" >> beam.Create([(shard.key, [chunk.key for chunk in shard.chunks]) for shard in shards])
        | "chunks" >> beam.FlatMap(_chunks_of)
        | "spread" >> beam.Reshuffle()
        | "prepare" >> beam.ParDo(_PrepareChunk(config))
        | "gather" >> beam.GroupByKey()
        | "join" >> beam.ParDo(_JoinShard(WorkFiles(config.work_dir)))
    )


def failure_in(error: BaseException) -> str | None:
    """Returns what a worker failed at, out of the error that a runner made of it; None for any other error."""
    text = str(error)
    start = text.find(f"{{{json.dumps(_FAILURE)}: ")
    try:
        return json.JSONDecoder().raw_decode(text, start)[0][_FAILURE] if start >= 0 else None
    except ValueError:  # a runner has shortened or quoted it
        return None


def _chunks_of(shard: tuple[str, list[str]]) -> list[tuple[str, int, str]]:
    shard_key, chunk_keys = shard
    return [(shard_key, place, chunk_key) for place, chunk_key in enumerate(chunk_keys)]


class _PrepareChunk(beam.DoFn):
    """Prepares chunks that are not done; yields each with its shard's key and its place there."""

    def __init__(self, config: PrepareConfig) -> None:
        self._config = config
        self._files = WorkFiles(config.work_dir)
        self._shared = Shared()

    def setup(self) -> None:
        entry_point.set_up_process()
        from emotionet_tf.preparation.chunk_worker import ChunkWorker

        with _told(advice=""):
            # One for all threads of a process: each has networks in memory and uses all cores by itself.
            self._worker = self._shared.acquire(lambda: ChunkWorker(self._config))

    def process(self, element: tuple[str, int, str]) -> Iterator[tuple[str, tuple[int, str]]]:
        shard_key, place, chunk_key = element
        if not self._files.is_chunk_done(chunk_key):
            with _told():
                counts = self._worker.prepare(chunk_key, _give_up_where_interrupted)
            for name, count in counts.items():
                Metrics.counter(NAMESPACE, name).inc(count)
        yield shard_key, (place, chunk_key)


class _JoinShard(beam.DoFn):
    """Joins the chunks of shards that are not done."""

    def __init__(self, work_files: WorkFiles) -> None:
        self._files = work_files

    def process(self, element: tuple[str, Iterable[tuple[int, str]]]) -> None:
        shard_key, placed = element
        with _told():
            _give_up_where_interrupted()
            self._files.join_shard(shard_key, [chunk_key for _, chunk_key in sorted(placed)])


def _give_up_where_interrupted() -> None:
    if INTERRUPTED.is_set():
        raise RuntimeError("interrupted")


@contextlib.contextmanager
def _told(advice: str = "; the same command resumes") -> Iterator[None]:
    """Puts what the person can repair, and an advice, as JSON into an error, which every runner hands on as text."""
    try:
        yield
    except UserError as error:
        raise _failure(f"{error}{advice}") from error
    except MemoryError as error:
        raise _failure(str(describe_machine_error(error))) from error
    except OSError as error:
        known = describe_machine_error(error)
        raise _failure(known or f"{entry_point.describe_os_error(error)}{advice}") from error


def _failure(text: str) -> RuntimeError:
    return RuntimeError(json.dumps({_FAILURE: text}))
