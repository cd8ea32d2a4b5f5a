"""The learning rate over a run."""

from __future__ import annotations

from tensorflow import keras

_FACTOR = 0.33


def stepwise_schedule(
    learning_rate: float, num_steps: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Returns the paper's schedule: x0.33 after one half and again after three quarters of the steps.

    Args:
      learning_rate: Rate of the first half.
      num_steps: Length of the run.
    Source: Werner et al. 2020, sec. 2: "reducing it by a factor of 0.33 after half and three quarters".
    """
    # A boundary is the last step, counted from 0, that still has the earlier rate.
    boundaries = [num_steps // 2 - 1, num_steps * 3 // 4 - 1]
    rates = [learning_rate * _FACTOR**i for i in range(3)]
    return keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, rates)
