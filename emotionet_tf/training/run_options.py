"""How a run is carried out: nothing here changes what comes out, but by rounding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emotionet_tf.gpu_memory import check_gpu_memory
from emotionet_tf.settings import check_settings, setting

CPU, GPU, MIRRORED, MULTI_WORKER, TPU = "cpu", "gpu", "mirrored", "multi_worker", "tpu"
STRATEGIES = ("auto", CPU, GPU, MIRRORED, MULTI_WORKER, TPU)
"""What a run may compute on."""
JIT_CHOICES = ("auto", "true", "false")


@dataclass(frozen=True)
class RunOptions:
    """How a run is carried out; a run that is resumed may have others. What each is, its declaration says.

    The `jit_compile` "auto" does not compile: on a CPU a step of MobileNetV3 or EfficientNet-B0 then takes 15 times as
    long, the others' two to five times (`benchmarks.training_step`); on a GPU, where it has not been measured here,
    large networks compile for minutes. XLA makes other random numbers of a seed: dropouts then drop other places, and
    bits repeat only with one choice.

    `max_bad_records` decides whether a run continues, not which records are replaced: `record_recovery`.

    Raises:
      UserError: If a value is not valid.
    """

    checkpoint_interval_minutes: float | None = setting(
        None,
        "Minutes between checkpoints, where --checkpoint_interval_steps take longer. Changes no result. Default: no "
        "checkpoints by time.",
        above=0,
    )
    num_checkpoints: int = setting(
        2,
        "How many of the newest checkpoints are kept; the one before serves should the newest be damaged. Default: our "
        "choice.",
        at_least=1,
    )
    jit_compile: str = setting(
        "auto",
        "Compile the training step by XLA. Default: our choice, not, as measured on CPUs; a TPU always does.",
        choices=JIT_CHOICES,
    )
    steps_per_execution: int = setting(
        1,
        "Batches trained on between two looks of Python at the run, which saves time where a step is short, as on a "
        "TPU; a signal to stop, a checkpoint by time and the progress line wait for so many. Changes no result. "
        "Default: our choice.",
        at_least=1,
    )
    max_bad_records: int = setting(
        0,
        "So many broken records may be replaced by good ones of their shard; more end the run. They are listed below "
        "the model's repaired_records. Default: our choice.",
        at_least=0,
    )
    decoded_crops_gb: float = setting(
        0.0,
        "Memory, in GB, for crops that stay decoded from one epoch to the next, with --fast_stream; 5,000 of 240 px "
        "take 1 GB, what does not fit is decoded each time. Changes no result. Default: our choice, none.",
        at_least=0,
    )
    strategy: str = setting(
        "auto",
        "What to train on: the CPU, one GPU, all GPUs of this machine, the workers that TF_CONFIG names, a TPU "
        "(TPU_NAME, or this machine's), or the best of them that is there. Several devices share every batch; but for "
        "--nosync_batch_norm's statistics this changes rounding only. Default: our choice.",
        choices=STRATEGIES,
    )
    gpu_memory: str | None = setting(
        None,
        "Memory that is taken of each GPU: growth (what is needed, so that several commands share one), all (nearly "
        "everything at once, TensorFlow's own way), or the most in megabytes. Default: growth, unless "
        "TF_FORCE_GPU_ALLOW_GROWTH says otherwise.",
    )

    def __post_init__(self) -> None:
        check_settings(self)
        if self.gpu_memory is not None:
            check_gpu_memory(self.gpu_memory)

    @property
    def is_compiled(self) -> bool:
        """Whether XLA compiles the training step because it was asked to."""
        return self.jit_compile == "true"

    def compile_arguments(self) -> dict[str, Any]:
        """Returns the arguments of Keras's `compile` that these options decide."""
        return dict(jit_compile=self.is_compiled, steps_per_execution=self.steps_per_execution)
