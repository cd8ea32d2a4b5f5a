"""How a run is carried out: nothing here changes what comes out, but by rounding."""

from __future__ import annotations

from dataclasses import dataclass

from emotionet_tf.errors import UserError


@dataclass(frozen=True)
class RunOptions:
    """How a run is carried out; a run that is gone on with may have others.

    Attributes:
      checkpoint_interval_minutes: Time between checkpoints within an interval of steps; None for none.
      num_checkpoints: So many of the newest are kept.
    Raises:
      UserError: If a value is none of the valid ones.
    """

    checkpoint_interval_minutes: float | None = None
    num_checkpoints: int = 2

    def __post_init__(self) -> None:
        minutes = self.checkpoint_interval_minutes
        if minutes is not None and minutes <= 0:
            raise UserError(f"checkpoint_interval_minutes is above 0, got {minutes:g}")
        if self.num_checkpoints < 1:
            raise UserError(f"num_checkpoints is at least 1, got {self.num_checkpoints}")
