"""Sums of what each training step gives, from which a run's curves are made."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf
from tensorflow import keras
from typing_extensions import override


class PeriodSums:
    """The loss of the steps since the sums were last taken; checkpoints hold it, so that no step is lost.

    So is what else is measured of each step, `num_measures` numbers. On several replicas each keeps the whole batch's,
    so that a process can look at them without asking the others. To be made in the scope of the run's strategy.
    """

    def __init__(self, num_measures: int = 0) -> None:
        self._loss = _sum("loss_sum")
        self._steps = _sum("num_steps")
        # Not in checkpoints, which are not written once there was such a step.
        self._broken_steps = _sum("num_broken_steps")
        self._measures = _sum("measures_sum", (num_measures,))

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """What a checkpoint keeps, except the measures."""
        return {"loss_sum": self._loss, "num_steps": self._steps}

    @property
    def measures_variable(self) -> tf.Variable:
        """The sums of the measures, [measures], which a checkpoint keeps too."""
        return self._measures

    def add(self, values: tf.Tensor) -> None:
        """Adds a step, to be called in it.

        Args:
          values: [1 + measures], the loss and the measures; the replicas' add up to the batch's.
        """
        replica = tf.distribute.get_replica_context()
        if replica and replica.num_replicas_in_sync > 1:
            values = replica.all_reduce(tf.distribute.ReduceOp.SUM, values)
        self._loss.assign_add(values[0])
        self._measures.assign_add(values[1:])
        self._steps.assign_add(1.0)
        self._broken_steps.assign_add(tf.where(tf.math.is_finite(self._loss), 0.0, 1.0))

    @property
    def num_steps(self) -> int:
        """Steps since the sums were taken."""
        return round(float(self._steps.numpy()))

    @property
    def num_broken_steps(self) -> int:
        """Steps since the first whose loss was not finite, with it."""
        return round(float(self._broken_steps.numpy()))

    @property
    def total_loss(self) -> float:
        """The sum of these steps' losses."""
        return float(self._loss.numpy())

    @property
    def mean_loss(self) -> float:
        """The mean loss of these steps; NaN without steps."""
        return self.total_loss / self.num_steps if self.num_steps else math.nan

    @property
    def mean_measures(self) -> np.ndarray:
        """The means over these steps, [measures] float64; NaN without steps."""
        return self._measures.numpy().astype(np.float64) / (self.num_steps or math.nan)

    def reset(self) -> None:
        """Starts over."""
        for variable in (*self.variables.values(), self._measures):
            variable.assign(tf.zeros_like(variable))


def _sum(name: str, shape: tuple[int, ...] = ()) -> tf.Variable:
    return tf.Variable(
        tf.zeros(shape),
        trainable=False,
        name=name,
        synchronization=tf.VariableSynchronization.ON_READ,
        aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
    )


class LogMeanLoss(keras.callbacks.Callback):
    """At the end of a checkpoint period, gives the callbacks after it the mean loss of its steps."""

    def __init__(self, sums: PeriodSums):
        super().__init__()
        self._sums = sums

    @override
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if logs is not None:
            logs["loss"] = self._sums.mean_loss
