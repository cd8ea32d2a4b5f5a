"""The learning rate over a run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from tensorflow import keras


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
    # As fractions, since 0.29 * 100 is a little less than 29. A boundary is the last step, counted from 0, that still
    # has the earlier rate.
    boundaries = [math.floor(Fraction(str(point)) * num_steps) - 1 for point in points]
    rates = [learning_rate * factor**i for i in range(len(points) + 1)]
    if not points:
        boundaries, rates = [num_steps], 2 * rates
    return keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, rates)
