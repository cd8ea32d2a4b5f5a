"""Times two environments side by side: `python -m benchmarks.stacks --pythons=.venv/bin/python,.venv-b/bin/python`.

Of each network, a whole training step as `benchmarks.training_step` takes it; and the time from a process's start to
its first prediction. The environments are measured in turn on the same cores, and each one's best round counts, as
other processes of the machine only ever slow down. Ratios are of the first environment.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from absl import flags

from benchmarks.asked_process import AskedProcess
from benchmarks.training_step import ARCHITECTURES
from emotionet_tf.cli import entry_point

ROOT = Path(__file__).parent.parent

_PYTHONS = flags.DEFINE_list("pythons", [".venv/bin/python", ".venv-b/bin/python"], "Pythons to compare.")
_NETWORKS = flags.DEFINE_list("networks", list(ARCHITECTURES), "Networks to time, as --backbone has them.")
_SIDE_PX = flags.DEFINE_integer("side_px", 224, "Side of the image in pixels; Magdeburg's.")
_IMAGES = flags.DEFINE_integer("images", 16, "Images a step; Magdeburg's.")
_NUM_ROUNDS = flags.DEFINE_integer("num_rounds", 5, "Measurements of each, in turn.", lower_bound=1)

_STEP = """
import json, sys, time
from benchmarks.step_tensorflow import training_step
step = training_step(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
step()
print("ready", flush=True)
for _ in sys.stdin:
    number, start = 0, time.perf_counter()
    while not number or time.perf_counter() - start < 1:
        step()
        number += 1
    print(json.dumps((time.perf_counter() - start) / number), flush=True)
"""
_PREDICTION = """
from emotionet_tf.cli.entry_point import set_up_process
set_up_process()
import numpy as np
from emotionet_tf.models.backbones.building import build_backbone
build_backbone("ownnet3", 224)(np.zeros((1, 224, 224, 3), np.float32))
"""


def _stepper(python: str, network: str) -> AskedProcess:
    """Returns a process of an environment that takes training steps when it is asked, once it is ready."""
    command = [python, "-c", _STEP, network, str(_IMAGES.value), str(_SIDE_PX.value)]
    process = AskedProcess(command, ROOT)
    process.line()
    return process


def main(arguments: list[str]) -> None:
    """Prints a line for each network, and one for the first prediction."""
    entry_point.refuse_arguments(arguments)
    for python in _PYTHONS.value:
        print(
            subprocess.run([python, "-c", _VERSIONS], capture_output=True, text=True, cwd=ROOT).stdout.strip()
        )
    for network in _NETWORKS.value:
        steppers = [_stepper(python, network) for python in _PYTHONS.value]
        rounds = [
            [float(json.loads(stepper.asked())) for stepper in steppers] for _ in range(_NUM_ROUNDS.value)
        ]
        for stepper in steppers:
            stepper.end()
        _report(f"{network}, a training step", rounds)
    _report("start to first prediction", [_first_predictions() for _ in range(_NUM_ROUNDS.value)])


_VERSIONS = """
import importlib.metadata, sys
names = ("tensorflow", "keras", "numpy")
print(sys.version.split()[0], *(f"{name} {importlib.metadata.version(name)}" for name in names))
"""


def _first_predictions() -> list[float]:
    seconds = []
    for python in _PYTHONS.value:
        start = time.perf_counter()
        subprocess.run([python, "-c", _PREDICTION], check=True, cwd=ROOT, stderr=sys.stderr)
        seconds.append(time.perf_counter() - start)
    return seconds


def _report(what: str, rounds: list[list[float]]) -> None:
    columns = list(zip(*rounds, strict=True))
    times = "  ".join(f"{min(one):.3f} s (to {max(one):.3f})" for one in columns)
    ratios = ", ".join(f"{min(one) / min(columns[0]):.2f}" for one in columns[1:])
    print(f"{what:36s}{times}  ratio {ratios}", flush=True)


if __name__ == "__main__":
    entry_point.run(main)
