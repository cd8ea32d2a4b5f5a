"""What a run trains, and on what: all that `train` and `pretrain` do differently."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.stream.batches import WHOLE_BATCH, ReplicaSlice
from emotionet_tf.training.devices import Devices
from emotionet_tf.training.lifecycle.checkpoint_periods import CheckpointPeriods
from emotionet_tf.training.lifecycle.stopping import SaveWithinPeriods
from emotionet_tf.training.monitoring.validation_results import ValidationResults
from emotionet_tf.training.optimization.training_network import TrainingNetwork
from emotionet_tf.training.run_config import RunConfig
from emotionet_tf.training.run_options import RunOptions


class TrainingTask(ABC):
    """What a run trains, and on what; its methods stand in the order in which `run.run_to_end` calls them.

    Args:
      config: What decides the result; its folders of records are those to read.
      options: How the run is carried out.
    Attributes:
      network: What is trained, at its starting weights. Set by `build`, as is the next.
      model: What trains it, compiled.
      examples: `open_examples`, for the step and the rows of the last call at once: a run's first batch is drawn and
        trained on, and tracing a stream takes longer than the batch.
    """

    network: keras.Model
    model: TrainingNetwork
    examples: Callable[..., tf.data.Dataset]

    def __init__(self, config: RunConfig, options: RunOptions):
        self.config = config
        self.options = options
        self.examples = functools.lru_cache(maxsize=1)(self.open_examples)

    @abstractmethod
    def build(self, devices: Devices) -> None:
        """Makes the network and what trains it, and opens what it is validated on.

        Raises:
          UserError: If the data do not fit the configuration.
        """

    @abstractmethod
    def batches(self, start_step: int, replica_slice: ReplicaSlice) -> tf.data.Dataset:
        """Returns endless inputs and targets from a step on: the rows of one process."""

    @abstractmethod
    def open_examples(self, start_step: int, replica_slice: ReplicaSlice = WHOLE_BATCH) -> tf.data.Dataset:
        """Returns the batches from a step on as the stream gives them, with their examples' ids."""

    def keep_inputs(self, folder: Path) -> None:  # noqa: B027 (most runs have nothing to keep)
        """Writes into the run's folder what it was made of and is not written elsewhere."""

    @abstractmethod
    def announce(self, first_step: int) -> None:
        """Says what is trained on what, and from which step on."""

    @abstractmethod
    def draw_batch(self, batch: dict[str, tf.Tensor]) -> np.ndarray:
        """Returns a sheet of a batch of `examples`, [height, width, 3] uint8."""

    @abstractmethod
    def validation(
        self, periods: CheckpointPeriods, watch: SaveWithinPeriods
    ) -> keras.callbacks.Callback | None:
        """Returns the callback that validates, or None for a run without validation.

        Args:
          periods: When.
          watch: Is called during validation, so that the run can be stopped there too.
        """

    @property
    @abstractmethod
    def validation_results(self) -> ValidationResults:
        """What a validation gives."""

    @abstractmethod
    def save(self, network: keras.Model, folder: Path, name: str) -> None:
        """Writes a network of this kind into a folder, under a name."""
