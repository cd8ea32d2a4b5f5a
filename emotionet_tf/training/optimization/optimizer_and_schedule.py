"""The optimisers of a run and their learning rates: schedules, slower variables, averages of the weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import tensorflow as tf
from tensorflow import keras

from emotionet_tf.keras_versions import LossScaling, SumBeforeClipping
from emotionet_tf.training.optimization.weight_averages import AveragedWeights
from emotionet_tf.training.run_config import FLOAT16, FLOAT32, RunConfig

_NOT_DECAYED = ["bias", "beta", "gamma"]


class _SlowerVariables:
    """Makes a Keras optimiser use a lower learning rate for some variables, for steps and weight decay alike.

    The factor is not a variable: it is traced into each variable's computation, so checkpoints are those of the plain
    optimiser. With momentum, gradients enter at the lower rate; with Adam, the step is scaled.
    """

    _slow_keys: frozenset = frozenset()
    _slow_factor: float = 1.0
    _factor_in_use: float | None = None

    def slow_down(self, variables: Sequence[tf.Variable], factor: float) -> None:
        """Gives these variables the learning rate times the factor; to be called before the first step."""
        self._slow_keys = frozenset(self._var_key(variable) for variable in variables)  # type: ignore[attr-defined]
        self._slow_factor = factor

    @property
    def learning_rate(self) -> Any:
        """The rate of the variables that are being updated; from outside, of those that are not slowed down."""
        rate = super().learning_rate  # type: ignore[misc]
        return rate if self._factor_in_use is None else rate * self._factor_in_use

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        keras.optimizers.Optimizer.learning_rate.fset(self, value)

    @contextmanager
    def _slowed(self) -> Iterator[None]:
        self._factor_in_use = self._slow_factor
        try:
            yield
        finally:
            self._factor_in_use = None

    def _is_slow(self, variable: tf.Variable) -> bool:
        return self._var_key(variable) in self._slow_keys  # type: ignore[attr-defined]

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable, *rate: tf.Tensor) -> None:
        """Updates one variable, a slow one at its own rate, which Keras 3 hands over and Keras 2 does not."""
        if not self._is_slow(variable):
            return super().update_step(gradient, variable, *rate)  # type: ignore[misc]
        with self._slowed():
            slowed = [one * self._slow_factor for one in rate]
            return super().update_step(gradient, variable, *slowed)  # type: ignore[misc]

    def _apply_weight_decay(self, variables: Sequence[tf.Variable]) -> None:
        super()._apply_weight_decay([one for one in variables if not self._is_slow(one)])  # type: ignore[misc]
        with self._slowed():
            super()._apply_weight_decay([one for one in variables if self._is_slow(one)])  # type: ignore[misc]


class RunSGD(_SlowerVariables, AveragedWeights, SumBeforeClipping, keras.optimizers.SGD):
    """Gradient descent with all that a run may ask for."""


class RunAdam(_SlowerVariables, AveragedWeights, SumBeforeClipping, keras.optimizers.Adam):
    """Adam with all that a run may ask for."""


def rate_falls(num_steps: int, points: Sequence[float]) -> list[int]:
    """Returns after how many steps the rate falls, for each point; see `stepwise_schedule`."""
    # As fractions, since 0.29 * 100 is a little less than 29.
    return [math.floor(Fraction(str(point)) * num_steps) for point in points]


def stepwise_schedule(
    learning_rate: float, num_steps: int, *, factor: float = 0.33, points: Sequence[float] = (0.5, 0.75)
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Returns the papers' kind of schedule: a rate that is multiplied by a factor at some points of the run.

    Args:
      learning_rate: Rate before the first point.
      num_steps: Length of the run.
      factor: What the rate is multiplied by at each point.
      points: Shares of the run's length, ascending, between 0 and 1; none for a constant rate. A point that falls
        between two steps is the earlier one.
    Source: the defaults are Werner et al. 2020, sec. 2: "reducing it by a factor of 0.33 after half and three
      quarters". SIAT-NTU's are 0.1 at 0.3, 0.5 and 0.8.
    """
    # A boundary is the last step, counted from 0, that still has the earlier rate.
    boundaries = [fall - 1 for fall in rate_falls(num_steps, points)]
    rates = [learning_rate * factor**i for i in range(len(points) + 1)]
    if not points:
        boundaries, rates = [num_steps], 2 * rates
    return keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, rates)


def configured_schedule(
    config: RunConfig,
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Returns a run's learning rate, which falls stepwise."""
    return stepwise_schedule(
        config.initial_learning_rate,
        config.num_steps,
        factor=config.lr_decay_factor,
        points=config.lr_decay_points,
    )


def configured_optimizer(
    config: RunConfig,
    *,
    slow_variables: Sequence[tf.Variable] = (),
    slow_factor: float = 1.0,
) -> keras.optimizers.Optimizer:
    """Returns a run's optimiser, its learning rate falling stepwise, as `build_optimizer` makes it."""
    return build_optimizer(
        config.optimizer,
        configured_schedule(config),
        momentum=config.momentum,
        weight_decay=config.weight_decay,
        slow_variables=slow_variables,
        slow_factor=slow_factor,
        clip_norm=config.clip_norm,
        ema_decay=config.ema_decay,
        precision=config.precision,
    )


def build_optimizer(
    name: str,
    learning_rate: keras.optimizers.schedules.LearningRateSchedule,
    *,
    momentum: float,
    weight_decay: float,
    slow_variables: Sequence[tf.Variable] = (),
    slow_factor: float = 1.0,
    clip_norm: float | None = None,
    ema_decay: float | None = None,
    precision: str = FLOAT32,
) -> keras.optimizers.Optimizer:
    """Returns an optimiser.

    Weight decay is decoupled from the gradient and takes the learning rate, so it falls with it and with the factor;
    biases and batch normalisations' factors and offsets have none. Gradients are clipped when those of all replicas
    have been added up, and before momentum and factor.

    Args:
      name: "sgd" or "adam".
      learning_rate: By step.
      momentum: Of gradient descent; Adam's beta_1.
      weight_decay: Per step and unit of learning rate.
      slow_variables: Those with a learning rate of their own.
      slow_factor: What theirs is multiplied by.
      clip_norm: Largest norm of the gradients of all variables together, to which longer ones are scaled down; None for
        none.
      ema_decay: Of the averages of the weights that `AveragedWeights` keeps; None for none.
      precision: What the network computes in, one of `run_config.PRECISIONS`: with float16 the loss is scaled.
    """
    settings: dict[str, Any] = dict(weight_decay=weight_decay, global_clipnorm=clip_norm)
    if ema_decay is not None:
        settings |= dict(use_ema=True, ema_momentum=ema_decay)
    optimizer: RunSGD | RunAdam
    if name == "adam":
        optimizer = RunAdam(learning_rate, beta_1=momentum, **settings)
    else:
        optimizer = RunSGD(learning_rate, momentum=momentum, **settings)
    optimizer.exclude_from_weight_decay(var_names=_NOT_DECAYED)
    if slow_factor != 1:
        optimizer.slow_down(slow_variables, slow_factor)
    # Small gradients vanish in float16. The scale doubles every 2,000 steps and halves whenever a gradient overflows;
    # that step changes no weight, and counts.
    return LossScaling(optimizer) if precision == FLOAT16 else optimizer
