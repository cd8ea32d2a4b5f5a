"""Times a whole training step beside PyTorch's: `python -m benchmarks.training_step`.

Forward pass, loss, backward pass and optimiser of Werner et al.'s student (two heads, gradient descent, weight decay),
on one batch in memory, without input stream. Each kind runs in a process of its own, all on the same cores; in each
round each of them takes a step or more in turn, and the best round counts, as other processes of the machine only ever
slow down. What is more than three times as slow as the fastest in the first round is not measured again.
"""

from __future__ import annotations

from absl import flags

from benchmarks import step_pytorch, step_tensorflow
from benchmarks.step_processes import Kind, StepProcess
from emotionet_tf.cli import entry_point
from emotionet_tf.cpu_cores import num_cores
from emotionet_tf.errors import UserError

ARCHITECTURES = (
    "ownnet3", "ownnet8", "mobilenet_v3_large", "efficientnet_b0", "resnet18", "resnet50", "resnet152",
)  # fmt: skip
OURS = "this library"
OURS_JIT = "this library, jit_compile"
_PEAKS = ("product, TensorFlow", "product, PyTorch")
_OTHERS = {
    "no oneDNN": "this library, no oneDNN",
    "no determinism": "this library, ops need not be deterministic",
    "one op": "this library, one op at a time",
    "bfloat16": "this library, --precision=bfloat16",
}
_TOO_SLOW = 3.0

_ARCHITECTURES = flags.DEFINE_list(
    "architectures", list(ARCHITECTURES), "Networks to time, as --backbone has them."
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 16, "Images a step; Magdeburg's.")
_IMAGE_SIZE = flags.DEFINE_integer("image_size_px", 224, "Side of the image in pixels; Magdeburg's.")
_ROUNDS = flags.DEFINE_integer("rounds", 4, "Measurements of each kind, in turn.", lower_bound=1)
_SECONDS = flags.DEFINE_float(
    "seconds", 1.0, "Least time of a measurement in seconds; it is one step at least."
)
_PYTORCH = flags.DEFINE_bool("pytorch", True, "Compare with PyTorch, of the extra [bench].")
_JIT = flags.DEFINE_bool("jit", True, "Also measure with --jit_compile.")
_NUM_THREADS = flags.DEFINE_integer(
    "num_threads", 0, "Threads of each process. Default: one per core.", lower_bound=0
)
_OWN_TIME = flags.DEFINE_bool(
    "own_time", False, "Count the time that a process computes instead of the clock's, for a machine with other work. "
    "Only with --num_threads=1: waiting threads of PyTorch compute, too.",
)  # fmt: skip
_CAUSES = flags.DEFINE_bool("causes", False, "Also measure what single settings do, for this library.")
_LIMIT_SECONDS = flags.DEFINE_float("limit_seconds", 240, "Longest time to compile and take a first step.")
_PRODUCT_SIZE = flags.DEFINE_integer(
    "product_size", 3072, "Rows of the square matrices that measure the peak."
)


def main(arguments: list[str]) -> None:
    """Prints for each network every kind's images a second and its share of the peak, then one table of ratios."""
    entry_point.refuse_arguments(arguments)
    if _OWN_TIME.value and _NUM_THREADS.value != 1:
        raise UserError("--own_time needs --num_threads=1")
    lines = []
    for backbone in _ARCHITECTURES.value:
        flops = _flops_of(backbone)
        seconds = _measured(backbone)
        peak = max(2 * _PRODUCT_SIZE.value**3 / seconds[name] for name in _PEAKS if name in seconds)
        speeds = {name: _BATCH_SIZE.value / one for name, one in seconds.items() if name not in _PEAKS}
        gigaflops = f"{flops / 1e9:.2f} GFLOP an image, peak {peak / 1e9:.0f} GFLOP/s"
        print(f"{backbone}: {gigaflops}")
        for name, speed in speeds.items():
            print(
                f"  {name:45s}{speed:8.2f} images a second, {speed * flops / peak:4.0%} of the peak",
                flush=True,
            )
        lines.append(_ratios(backbone, speeds, flops / peak))
    print("\n".join(["", f"{'':20s}  ours   share of peak   over PyTorch   jit_compile over ours", *lines]))


def _ratios(backbone: str, speeds: dict[str, float], seconds_at_peak: float) -> str:
    ours, jit = speeds[OURS], speeds.get(OURS_JIT)
    theirs = {name: speed for name, speed in speeds.items() if name.startswith("PyTorch")}
    best = max(theirs, key=lambda name: theirs[name], default="")
    over_best = f"{ours / theirs[best]:.2f} ({best.removeprefix('PyTorch ')})" if best else "-"
    over_jit = f"{jit / ours:.2f}" if jit else "-"
    return f"{backbone:20s}{ours:7.2f}  {ours * seconds_at_peak:8.0%}     {over_best:32s}  {over_jit}"


def _flops_of(backbone: str) -> int:
    """Counts in a process of its own, as TensorFlow must not be set up here."""
    import multiprocessing

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_count, (backbone, _IMAGE_SIZE.value))


def _count(backbone: str, image_size_px: int) -> int:
    entry_point.set_up_process()
    from benchmarks.flops import training_flops
    from emotionet_tf.models.backbones.building import build_backbone

    return training_flops(build_backbone(backbone, image_size_px))


def _measured(backbone: str) -> dict[str, float]:
    """Returns each kind's best time a step, in seconds."""
    processes = {}
    for kind in _kinds(backbone):
        try:
            processes[kind.name] = StepProcess(kind, _LIMIT_SECONDS.value)
        except (TimeoutError, RuntimeError) as error:
            print(f"{backbone}, {kind.name}: {error}", flush=True)
    best = {name: _seconds_per_step(process) for name, process in processes.items()}
    fastest = min(one for name, one in best.items() if name not in _PEAKS)
    for _ in range(_ROUNDS.value - 1):
        for name, process in processes.items():
            if name in _PEAKS or best[name] <= _TOO_SLOW * fastest:
                best[name] = min(best[name], _seconds_per_step(process))
    for process in processes.values():
        process.end()
    return best


def _seconds_per_step(process: StepProcess) -> float:
    elapsed, own = process.seconds_per_step(_SECONDS.value)
    return own if _OWN_TIME.value else elapsed


def _kinds(backbone: str) -> list[Kind]:
    num_threads = _NUM_THREADS.value or num_cores()
    threads = {"TF_NUM_INTRAOP_THREADS": str(num_threads), "TF_NUM_INTEROP_THREADS": str(num_threads)}
    shared = {"backbone": backbone, "batch_size": _BATCH_SIZE.value, "image_size_px": _IMAGE_SIZE.value}
    step, product = step_tensorflow.training_step, {"size": _PRODUCT_SIZE.value}
    kinds = [
        Kind(_PEAKS[0], step_tensorflow.matrix_product, product, threads), Kind(OURS, step, shared, threads)
    ]  # fmt: skip
    if _JIT.value:
        kinds.append(Kind(OURS_JIT, step, {**shared, "jit_compile": True}, threads))
    if _CAUSES.value:
        kinds += [
            Kind(_OTHERS["no oneDNN"], step, shared, {**threads, "TF_ENABLE_ONEDNN_OPTS": "0"}),
            Kind(_OTHERS["no determinism"], step, {**shared, "is_deterministic": False}, threads),
            Kind(_OTHERS["one op"], step, shared, {**threads, "TF_NUM_INTEROP_THREADS": "1"}),
            Kind(_OTHERS["bfloat16"], step, {**shared, "precision": "bfloat16"}, threads),
        ]
    if _PYTORCH.value:
        theirs = {
            **shared, "num_heads": len(step_tensorflow.HEADS), "num_outputs": step_tensorflow.NUM_AUS,
            "num_threads": num_threads,
        }  # fmt: skip
        kinds.append(Kind(_PEAKS[1], step_pytorch.matrix_product, {**product, "num_threads": num_threads}))
        for name, way in {
            "eager": {},
            "eager, channels last": {"channels_last": True},
            "compiled, channels last": {"channels_last": True, "compiled": True},
        }.items():
            kinds.append(Kind(f"PyTorch {name}", step_pytorch.training_step, {**theirs, **way}))
    return kinds


if __name__ == "__main__":
    entry_point.run(main)
