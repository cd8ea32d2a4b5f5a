"""What a run trains, and on what: all that `train` and `pretrain` do differently."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.stream.batches import ReplicaSlice
from emotionet_tf.training.lifecycle.intervals import Intervals
from emotionet_tf.training.lifecycle.stopping import SaveInBetween
from emotionet_tf.training.optimization.training_network import TrainingNetwork

MakeValidation = Callable[[Intervals, SaveInBetween], keras.callbacks.Callback]
"""Returns the callback that validates; told when, and what to ask meanwhile whether the run is to stop."""


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainingTask:
    """What a run trains, and on what.

    Attributes:
      network: What is trained, at its starting weights.
      model: What trains it, compiled.
      batches: Returns endless inputs and targets from a step on: the rows of one process.
      examples: Returns the whole batches from a step on as the stream gives them, with their examples' ids.
      make_validation: None for a run without validation.
      save: Writes a network of this kind into a folder, under a name.
      announce: Says what is trained on what, and from which step on.
      keep_inputs: Writes into the run's folder what it was made of and is not written elsewhere.
      measures: What stands behind a validation's score on the screen: names in the logs, and how a person reads them.
      curve_columns: The results of a validation that become columns of the curves.
      more_results: Returns further ones that are no numbers of the logs.
      head: The head that is validated, where the network has several.
      draw_batch: Returns a sheet of a batch of `examples`.
    """

    network: keras.Model
    model: TrainingNetwork
    batches: Callable[[int, ReplicaSlice], tf.data.Dataset]
    examples: Callable[[int], tf.data.Dataset]
    make_validation: MakeValidation | None
    save: Callable[[keras.Model, Path, str], None]
    announce: Callable[[int], None]
    keep_inputs: Callable[[Path], None] = lambda folder: None
    measures: Mapping[str, str]
    curve_columns: Sequence[str]
    more_results: Callable[[keras.Model], Mapping[str, float]] = lambda model: {}
    head: str | None = None
    draw_batch: Callable[[dict[str, tf.Tensor]], np.ndarray]
