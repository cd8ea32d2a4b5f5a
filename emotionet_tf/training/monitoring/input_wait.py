"""How long training waits for its input."""

from __future__ import annotations

import time
from typing import Any

import tensorflow as tf


class InputWait:
    """Adds up the time from a step's request for its batch until the batch is there.

    The batch is requested from Python instead of from the step's graph, where a clock cannot be read if operations are
    to be deterministic. For one device and one batch an execution: several devices' batches are brought to them while
    the step before runs.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, train_function: Any) -> Any:
        """Returns Keras's function of an iterator, a `tf.function`, with its request for a batch timed."""
        of_iterator = train_function.python_function

        def of_batch(batch: Any) -> Any:
            return of_iterator(iter([batch]))

        step = tf.function(of_batch, reduce_retracing=True)

        def timed_function(iterator: Any) -> Any:
            start = time.perf_counter()
            batch = next(iterator)
            self.seconds += time.perf_counter() - start
            return step(batch)

        return timed_function
