"""How a run is carried out: nothing here changes what comes out, but by rounding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emotionet_tf.errors import UserError

CPU, GPU, MIRRORED, MULTI_WORKER, TPU = "cpu", "gpu", "mirrored", "multi_worker", "tpu"
STRATEGIES = ("auto", CPU, GPU, MIRRORED, MULTI_WORKER, TPU)
"""What a run may compute on."""
JIT_CHOICES = ("auto", "true", "false")


@dataclass(frozen=True)
class RunOptions:
    """How a run is carried out; a run that is gone on with may have others.

    Attributes:
      checkpoint_interval_minutes: Time between checkpoints within an interval of steps; None for none.
      num_checkpoints: So many of the newest are kept.
      jit_compile: Whether XLA compiles the training step: "true", "false", or "auto", which is not: on a CPU a step of
        MobileNetV3 or EfficientNet-B0 takes 15 times as long, the others' two to five times
        (`benchmarks.training_step`); on a GPU, where it has not been measured here, large networks compile for minutes.
        A TPU always compiles. XLA makes other random numbers of a seed: dropouts then drop other places, and bits
        repeat only with one choice.
      steps_per_execution: Batches that are trained on between two looks of Python at the run. A signal to stop, a
        checkpoint by time and the progress line wait for so many; intervals end where they would.
      strategy: What it computes on, one of `STRATEGIES`: the CPU; one GPU; all devices of this machine; all workers
        that `TF_CONFIG` names; a TPU; or, of these, the best that is there.
      max_bad_records: So many broken records may be replaced by good ones; the run ends at more. It decides whether a
        run goes on, not which records are replaced: `sound_records`.
    Raises:
      UserError: If a value is none of the valid ones.
    """

    checkpoint_interval_minutes: float | None = None
    num_checkpoints: int = 2
    jit_compile: str = "auto"
    steps_per_execution: int = 1
    max_bad_records: int = 0
    strategy: str = "auto"

    def __post_init__(self) -> None:
        minutes = self.checkpoint_interval_minutes
        if minutes is not None and minutes <= 0:
            raise UserError(f"checkpoint_interval_minutes is above 0, got {minutes:g}")
        if self.max_bad_records < 0:
            raise UserError(f"max_bad_records is 0 or more, got {self.max_bad_records}")
        if self.num_checkpoints < 1:
            raise UserError(f"num_checkpoints is at least 1, got {self.num_checkpoints}")
        if self.jit_compile not in JIT_CHOICES:
            raise UserError(f"jit_compile {self.jit_compile!r} is none of {', '.join(JIT_CHOICES)}")
        if self.strategy not in STRATEGIES:
            raise UserError(f"strategy {self.strategy!r} is none of {', '.join(STRATEGIES)}")
        if self.steps_per_execution < 1:
            raise UserError(f"steps_per_execution is at least 1, got {self.steps_per_execution}")

    @property
    def is_compiled(self) -> bool:
        """Whether XLA compiles the training step because it was asked to."""
        return self.jit_compile == "true"

    def compile_arguments(self) -> dict[str, Any]:
        """Returns the arguments of Keras's `compile` that these options decide."""
        return dict(jit_compile=self.is_compiled, steps_per_execution=self.steps_per_execution)
