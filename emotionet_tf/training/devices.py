"""What a run computes on: one device, several of one machine, several machines, or a TPU."""

from __future__ import annotations

import contextlib
import functools
import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import tensorflow as tf
from tensorflow import keras
from typing_extensions import override

from emotionet_tf.errors import StoppedError, UserError
from emotionet_tf.models.batch_norms import has_batch_norms
from emotionet_tf.stream.batches import WHOLE_BATCH, ReplicaSlice

_ERRORS_OF_PEERS = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
)


@dataclass(frozen=True)
class Cluster:
    """The processes that train together, as `TF_CONFIG` names them.

    Attributes:
      num_workers: How many.
      index: This one's, from 0; 0 is the chief, who writes the files.
    """

    num_workers: int = 1
    index: int = 0

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run's files."""
        return self.index == 0


class EvaluationBatches(NamedTuple):
    """Batches of every example once.

    Attributes:
      batches: What Keras's `evaluate` takes.
      num_batches: How many; None where they end by themselves.
      padding_factor: Rows over examples, by which means over rows that are 0 where padded are too small.
    """

    batches: tf.data.Dataset | tf.distribute.DistributedDataset
    num_batches: int | None = None
    padding_factor: float = 1.0


@dataclass(frozen=True, eq=False)
class Devices:
    """What a run computes on.

    Attributes:
      kind: What they are: "cpu", "gpu", "mirrored", "multi_worker" or "tpu".
      strategy: None for one device, which needs none.
      cluster: The processes that train together.
    """

    kind: str
    strategy: tf.distribute.Strategy | None = None
    cluster: Cluster = Cluster()

    @property
    def num_replicas(self) -> int:
        """How many copies of the network train, each on its share of every batch."""
        return self.strategy.num_replicas_in_sync if self.strategy else 1

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run's files."""
        return self.cluster.is_chief

    def scope(self) -> AbstractContextManager[Any]:
        """Returns what the network, its optimiser and its metrics are to be made in."""
        return self.strategy.scope() if self.strategy else contextlib.nullcontext()

    @contextlib.contextmanager
    def own_folder(self, folder: Path) -> Iterator[Path]:
        """Yields where this process writes a run's files: its folder, or for others than the chief one that vanishes.

        All processes have to compute what is written, as some of it is exchanged between them.
        """
        if self.is_chief:
            yield folder
            return
        with tempfile.TemporaryDirectory(prefix="emotionet_worker_") as temporary:
            yield Path(temporary)

    @contextlib.contextmanager
    def peers_watched(self) -> Iterator[None]:
        """Waits at its end until all workers are there, and ends the run if one of them is lost.

        They wait twice. Who has the others' answer ends its process, while these may still be receiving theirs, and
        would take it for lost; that all are at the second wait says that all have the answers of the first.

        Raises:
          StoppedError: If so.
        """
        if self.cluster.num_workers == 1:
            yield
            return
        try:
            yield
            self.any_worker([True])
        except _ERRORS_OF_PEERS as error:
            raise StoppedError(
                f"worker {self.cluster.index} lost another one ({_reason(error)}); the same command on all workers "
                "resumes from the last checkpoint"
            ) from error
        with contextlib.suppress(*_ERRORS_OF_PEERS):
            self.any_worker([True])

    def check_batch(self, batch_size: int, *, num_sources: int = 1, num_micro_batches: int = 1) -> None:
        """Makes sure that every replica gets equal shares of every batch.

        Args:
          batch_size: Rows of a whole batch.
          num_sources: Datasets that it is made of.
          num_micro_batches: Into how many each replica cuts its slice once more.
        Raises:
          UserError: If the shares cannot be equal.
        """
        if self.strategy is None:
            return
        unit = self.num_replicas * num_sources * num_micro_batches
        if batch_size % unit:
            near = [size for size in (batch_size // unit * unit, (batch_size // unit + 1) * unit) if size]
            micro_batches = f" in {num_micro_batches} micro-batches each" if num_micro_batches > 1 else ""
            raise UserError(
                f"a batch of {batch_size} has no equal shares of {num_sources} source{'s' * (num_sources > 1)} for "
                f"{self.num_replicas} replicas{micro_batches}: --batch_size takes a multiple of {unit}, such as "
                f"{' or '.join(map(str, near))}"
            )

    def distributed(
        self, make_batches: Callable[[ReplicaSlice], tf.data.Dataset], batch_size: int
    ) -> tf.data.Dataset | tf.distribute.DistributedDataset:
        """Returns batches as the replicas take them: each replica the rows at its place in the whole batch.

        Args:
          make_batches: Returns the rows that one process reads of every batch.
          batch_size: Rows of a whole batch.
        """
        if self.strategy is None:
            return make_batches(WHOLE_BATCH)
        num_rows = batch_size // self.num_replicas

        @tf.autograph.experimental.do_not_convert
        def pieces(context: tf.distribute.InputContext) -> tf.data.Dataset:
            replica_slice = ReplicaSlice(context.input_pipeline_id, context.num_input_pipelines)
            return (
                make_batches(replica_slice).rebatch(num_rows, drop_remainder=True).prefetch(tf.data.AUTOTUNE)
            )

        return self.strategy.distribute_datasets_from_function(pieces)

    def distributed_once(
        self, make_batches: Callable[[ReplicaSlice], tf.data.Dataset], batch_size: int, num_examples: int
    ) -> EvaluationBatches:
        """Returns batches of every example once, of which each replica has the rows at its place.

        Several replicas get equal numbers of rows: the last batch is filled up with zeros, which are masked in targets.

        Args:
          make_batches: Returns the rows that one process reads of every batch, tensors in any structure, of which the
            last batch may have fewer or none.
          batch_size: Rows of a whole batch.
          num_examples: Rows of all batches.
        """
        if self.strategy is None:
            return EvaluationBatches(make_batches(WHOLE_BATCH))
        num_batches = math.ceil(num_examples / batch_size)

        def padded(replica_slice: ReplicaSlice) -> tf.data.Dataset:
            return _padded(make_batches(replica_slice), batch_size // replica_slice.count, num_batches)

        padding_factor = num_batches * batch_size / num_examples
        return EvaluationBatches(self.distributed(padded, batch_size), num_batches, padding_factor)

    def gathered(self, step: Callable[..., Any], arguments: Any) -> Any:
        """Returns what a function gives for the rows of all replicas, in their order; for use in a `tf.function`.

        Args:
          step: From a replica's rows to tensors [rows, ...].
          arguments: A tuple, an element of what `distributed` or `distributed_once` returned.
        """
        if self.strategy is None:
            return step(*arguments)

        def of_replica(*rows: tf.Tensor) -> Any:
            replica = tf.distribute.get_replica_context()
            return tf.nest.map_structure(lambda tensor: replica.all_gather(tensor, axis=0), step(*rows))

        results = self.strategy.run(of_replica, args=arguments)
        return tf.nest.map_structure(lambda one: self.strategy.experimental_local_results(one)[0], results)

    def any_worker(self, flags: Sequence[bool]) -> list[bool]:
        """Returns for each flag whether a process of the run has it set; all have to ask at the same step."""
        if self.cluster.num_workers == 1:
            return list(flags)
        return [bool(total) for total in self._sum_of_replicas(tf.constant(flags, tf.float32)).numpy()]

    def check_agreed(self, step: int, folder: Path) -> None:
        """Raises UserError unless all processes of the run resume from the same step; all have to ask."""
        if self.cluster.num_workers == 1:
            return
        # Exact up to 2^24 in float32, which not all devices can go beyond: halves suffice for steps and sizes.
        halves = tf.constant(divmod(step, 1 << 16), tf.float32)
        # Twice, so that all of them see a difference, also who has the mean.
        is_other = bool(tf.reduce_any(self._sum_of_replicas(halves) != self.num_replicas * halves))
        if self.any_worker([is_other])[0]:
            raise UserError(
                f"worker {self.cluster.index} would resume from step {step}, others from another one: all workers need "
                f"the same files in {folder}"
            )

    @functools.cached_property
    def _sum_of_replicas(self) -> Callable[[tf.Tensor], tf.Tensor]:
        strategy = self.strategy
        assert strategy is not None

        @tf.function(autograph=False)
        def total(values: tf.Tensor) -> tf.Tensor:
            def of_replica(own: tf.Tensor) -> tf.Tensor:
                # A copy, which is on the replica's device: what comes from outside is on none.
                return tf.distribute.get_replica_context().all_reduce(
                    tf.distribute.ReduceOp.SUM, tf.identity(own)
                )

            return strategy.experimental_local_results(strategy.run(of_replica, args=(values,)))[0]

        return total

    def average_statistics(self, variables: Sequence[tf.Variable]) -> None:
        """Gives all replicas the means of what each has kept for itself: batch normalisations' running statistics.

        They are sums of the batches' statistics with constant factors, so that averaging them more or less often
        changes nothing; each replica validates with its own.
        """
        if self.strategy is None:
            return
        with self.strategy.scope():
            for variable in variables:
                if variable.aggregation == tf.VariableAggregation.MEAN:
                    variable.assign(variable.read_value())

    def describe(
        self, batch_size: int, learning_rate: float, network: keras.Model, is_norm_synchronized: bool
    ) -> str:
        """Returns in one line what a run computes on, and what that means for its batches."""
        share = batch_size // self.num_replicas
        text = f"{self._describe_devices()}; batch {batch_size}"
        if self.num_replicas == 1:
            return f"{text}, learning rate {learning_rate:g}"
        text += f", {share} a replica, learning rate {learning_rate:g} for the whole batch"
        if not has_batch_norms(network):
            return f"{text}; no batch normalisation"
        if is_norm_synchronized:
            return f"{text}; batch normalisation over the whole batch"
        return (
            f"{text}; batch normalisation over the {share} of each replica, running statistics are their mean"
        )

    def _describe_devices(self) -> str:
        if self.strategy is None:
            return f"strategy {self.kind}: one device"
        names = ", ".join(tf.DeviceSpec.from_string(name).to_string() for name in self._own_devices())
        workers = self.cluster.num_workers
        whose = f" in {workers} workers, of which this is {self.cluster.index} with" if workers > 1 else ":"
        return f"strategy {self.kind}, {self.num_replicas} replicas{whose} {names}"

    def _own_devices(self) -> Sequence[str]:
        return self.strategy.extended.worker_devices if self.strategy else ()


class AverageStatistics(keras.callbacks.Callback):
    """At the end of every checkpoint period, before validation, makes the replicas' running statistics one."""

    def __init__(self, devices: Devices):
        super().__init__()
        self._devices = devices

    @override
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self._devices.average_statistics(self.model.variables)


@tf.autograph.experimental.do_not_convert
def _padded(batches: tf.data.Dataset, num_rows: int, num_batches: int) -> tf.data.Dataset:
    """Returns `num_batches` batches of `num_rows` rows; missing rows are zeros."""

    def pad(rows: tf.Tensor) -> tf.Tensor:
        missing = [[0, num_rows - tf.shape(rows)[0]], *([0, 0] for _ in rows.shape[1:])]
        return tf.ensure_shape(tf.pad(rows, missing), [num_rows, *rows.shape[1:]])

    def zeros(index: tf.Tensor) -> Any:
        return tf.nest.map_structure(
            lambda spec: tf.zeros([num_rows, *spec.shape[1:]], spec.dtype), batches.element_spec
        )

    filled = batches.map(lambda *batch: tf.nest.map_structure(pad, batch))
    return filled.concatenate(tf.data.Dataset.range(num_batches).map(zeros)).take(num_batches)


def _reason(error: tf.errors.OpError) -> str:
    """Returns the first sentence of TensorFlow's message, without the names of its nodes."""
    lines = error.message.rpartition("}} ")[2].splitlines() or [type(error).__name__]
    return lines[0].partition(". ")[0]
