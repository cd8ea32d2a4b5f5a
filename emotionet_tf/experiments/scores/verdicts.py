"""When a difference says that a claim holds.

A claimed gain *holds* where the 95 % interval of the difference lies above 0, *does not hold* where it lies below 0,
and *cannot be told at this size* where it contains 0, or where no row of the run was trained with a second seed: a
difference of one training each may be the seeds' alone. That something is no gain holds where the interval's upper end
is below `NO_GAIN_MARGIN`, and does not hold where its lower end is above 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from emotionet_tf.action_units import NUM_AUS
from emotionet_tf.experiments.scores.bootstrap import Interval

HOLDS = "holds"
FAILS = "does not hold"
OPEN = "cannot be told at this size"
NOT_RUN = "not run"

NO_GAIN_MARGIN = 0.005
"""Smaller gains count as none. Ours: half of what seeds alone make (.01), a few times the paper's own losses (.001)."""


@dataclass(frozen=True)
class Comparison:
    """A difference that the paper speaks of.

    Attributes:
      title: What is subtracted from what.
      interval: The difference; None where a row is missing.
      verdict: `HOLDS`, `FAILS`, `OPEN` or `NOT_RUN`.
      dataset: What it is from.
      published_difference: The paper's own; None where it prints none.
      num_aus: The scores' AUs.
      decides: Whether the claim is judged by it.
      measure: What is compared: one of `bootstrap.MEASURES`.
    """

    title: str
    interval: Interval | None
    verdict: str
    dataset: str
    published_difference: float | None = None
    num_aus: int = NUM_AUS
    decides: bool = True
    measure: str = "ranking_score"


@dataclass(frozen=True)
class Claim:
    """A statement of the paper with what the results say.

    Attributes:
      key: Short and unique.
      title: The claim in a few words.
      text: How the paper has it, what is compared here, and by which rule it is judged.
      comparisons: Those that decide first.
      verdict: As of a comparison.
    """

    key: str
    title: str
    text: str
    comparisons: tuple[Comparison, ...]
    verdict: str


def verdict_on_gain(interval: Interval | None) -> str:
    """Returns the verdict on a difference that is claimed to be above 0."""
    if interval is None:
        return NOT_RUN
    if interval.covers_seeds and interval.low > 0:
        return HOLDS
    return FAILS if interval.covers_seeds and interval.high < 0 else OPEN


def verdict_on_no_gain(interval: Interval | None) -> str:
    """Returns the verdict on a difference that is claimed to be no gain: 0 or less, up to `NO_GAIN_MARGIN`."""
    if interval is None:
        return NOT_RUN
    if interval.covers_seeds and interval.high < NO_GAIN_MARGIN:
        return HOLDS
    return FAILS if interval.covers_seeds and interval.low > 0 else OPEN


def combined_verdict(comparisons: Iterable[Comparison]) -> str:
    """Returns a claim's verdict from the comparisons that decide it."""
    verdicts = [comparison.verdict for comparison in comparisons if comparison.decides]
    if FAILS in verdicts:
        return FAILS
    if NOT_RUN in verdicts:
        return NOT_RUN
    return HOLDS if all(verdict == HOLDS for verdict in verdicts) else OPEN
