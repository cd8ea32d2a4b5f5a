"""Times a training step beside an earlier commit's: `python -m benchmarks.step_trees`.

The step is that of `benchmarks.training_step`. Each tree has a process of its own; they take their steps in turn on the
same cores. Beside the clock's time stands the time that a process computed, on all cores together, which other work
disturbs less.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

from absl import flags

from benchmarks.asked_process import AskedProcess
from benchmarks.earlier_tree import BEFORE, ROOT, environment_of, unpack_earlier_tree
from emotionet_tf.cli import entry_point

_NETWORKS = flags.DEFINE_list(
    "networks", ["mobilenet_v3_large", "efficientnet_b0"], "Networks to time, as --backbone has them."
)
_ROUNDS = flags.DEFINE_integer("rounds", 9, "Measurements of each tree, in turn.", lower_bound=1)

_STEP = """
import json, sys, time
from benchmarks.step_tensorflow import training_step
step = training_step(sys.argv[1], 16, 224)
step()
print("ready", flush=True)
for _ in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    step()
    step()
    print(json.dumps(((time.perf_counter() - wall) / 2, (time.process_time() - cpu) / 2)), flush=True)
"""


def _stepper(tree: Path, network: str) -> AskedProcess:
    """Returns a process of a tree that takes training steps when it is asked, once it is ready."""
    process = AskedProcess([sys.executable, "-c", _STEP, network], tree, environment_of(tree))
    process.line()
    return process


def main(arguments: list[str]) -> None:
    """Prints for each network both trees' best times, and the median of the rounds' ratios with their range."""
    entry_point.refuse_arguments(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        trees = {BEFORE.value: unpack_earlier_tree(Path(temporary)), "this tree": ROOT}
        for network in _NETWORKS.value:
            steppers = [_stepper(tree, network) for tree in trees.values()]
            rounds = [[json.loads(stepper.asked()) for stepper in steppers] for _ in range(_ROUNDS.value)]
            for stepper in steppers:
                stepper.end()
            for index, kind in enumerate(("wall", "computing")):
                columns = [[times[index] for times in column] for column in zip(*rounds, strict=True)]
                ratios = sorted(late / early for early, late in zip(*columns, strict=True))
                best = "  ".join(
                    f"{name} {min(column):.3f} s" for name, column in zip(trees, columns, strict=True)
                )
                print(
                    f"{network:20s} {kind:10s} {best}  ratio {statistics.median(ratios):.2f} "
                    f"({ratios[0]:.2f} to {ratios[-1]:.2f})",
                    flush=True,
                )


if __name__ == "__main__":
    entry_point.run(main)
