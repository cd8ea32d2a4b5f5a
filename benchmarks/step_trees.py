"""Times a training step beside an earlier commit's: `python -m benchmarks.step_trees`.

The step is that of `benchmarks.training_step`. Each tree has a process of its own; they take their steps in turn on the
same cores. Beside the clock's time stands the time that a process computed, on all cores together, which other work
disturbs less.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from absl import flags

from benchmarks.earlier_tree import BEFORE, ROOT, environment_of, unpack_earlier_tree
from emotionet_tf.cli import entry_point
from emotionet_tf.errors import UserError

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


class _Stepper:
    """A process of a tree that takes training steps when it is asked."""

    def __init__(self, tree: Path, network: str) -> None:
        command = [sys.executable, "-c", _STEP, network]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tree, env=environment_of(tree),
        )  # fmt: skip
        self._answer()

    def seconds(self) -> tuple[float, float]:
        """Returns the mean time of two steps: the clock's, and what the process computed."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        wall, cpu = json.loads(self._answer())
        return wall, cpu

    def end(self) -> None:
        self._process.kill()
        self._process.wait()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise UserError("a training step failed; see above")
        return line


def main(arguments: list[str]) -> None:
    """Prints for each network both trees' best times, and the median of the rounds' ratios with their range."""
    entry_point.refuse_arguments(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        trees = {BEFORE.value: unpack_earlier_tree(Path(temporary)), "this tree": ROOT}
        for network in _NETWORKS.value:
            steppers = [_Stepper(tree, network) for tree in trees.values()]
            rounds = [[stepper.seconds() for stepper in steppers] for _ in range(_ROUNDS.value)]
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
