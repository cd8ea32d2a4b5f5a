"""Times how soon a training starts, beside an earlier commit: `python -m benchmarks.start_up`.

The demonstration's training of a teacher, on records made for the measurement: `train --help`, and the time from the
process's start to the end of its first step. Both trees are measured in turn by one Python on the same cores, by the
wall's clock and by the time that the process computed, on all cores together, which other work disturbs less. Then
where the time of each tree goes, which packages it imports longest, and whether both trees train the same weights.
"""

from __future__ import annotations

import collections
import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from absl import flags

from benchmarks.earlier_tree import BEFORE, ROOT, environment_of, unpack_earlier_tree
from emotionet_tf.cli import entry_point
from emotionet_tf.errors import UserError

_ROUNDS = flags.DEFINE_integer("rounds", 7, "Measurements of each tree, in turn.", lower_bound=1)
_STEPS = flags.DEFINE_integer(
    "compared_steps", 30, "Steps after which both trees' weights are compared; 0 for no comparison.", lower_bound=0
)  # fmt: skip
_NUM_PHOTOS = {"train": 960, "val": 240}
"""As the demonstration's opt-train and opt-val have about."""
_CROP_PX, _IMAGE_PX = 104, 96

_TRAIN = "emotionet_tf.bin.train"
_TO_FIRST_STEP = """
import importlib.util, json, os, runpy, sys, time
import emotionet_tf.lazy_names

marks = []

def mark(name):
    marks.append((name, time.time(), time.process_time()))

def wrapped(owner, attribute, before, after):
    inner = getattr(owner, attribute)
    def outer(*args, **kwargs):
        if before:
            mark(before)
        value = inner(*args, **kwargs)
        if after:
            mark(after)
        return value
    setattr(owner, attribute, outer)

def watch():
    mark("imports")
    from tensorflow import keras
    from emotionet_tf.training import train

    wrapped(train, "run_to_end", "records' descriptions", None)
    wrapped(train.AuTraining, "build", None, "network, labels")
    wrapped(train.AuTraining, "batches", None, "the stream, traced")
    wrapped(train.AuTraining, "announce", None, "files, checkpoints")
    wrapped(train.AuTraining, "draw_batch", None, "the first batch, drawn")
    fit = keras.Model.fit

    class End(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            mark("first step" if marks[-1][0] != "first step" else "a further step")
            if marks[-1][0] == "a further step":
                print("marks", json.dumps(marks), flush=True)
                os._exit(0)

    def watched_fit(self, *args, callbacks, **kwargs):
        return fit(self, *args, callbacks=[*callbacks, End()], **kwargs)

    keras.Model.fit = watched_fit

sys.modules["emotionet_tf.lazy_names"].after_imports(["emotionet_tf.training.train"], watch)
sys.argv = ["train", *sys.argv[1:]]
runpy.run_module("emotionet_tf.bin.train", run_name="__main__", alter_sys=True)
"""
_WEIGHTS = """
import hashlib, sys
from emotionet_tf.cli.entry_point import set_up_process
set_up_process()
import emotionet_tf.models
from tensorflow import keras
for path in sys.argv[1:]:
    digest = hashlib.sha256()
    for weight in keras.models.load_model(path, compile=False).get_weights():
        digest.update(weight.tobytes())
    print(digest.hexdigest())
"""


class Seconds(NamedTuple):
    """Times in seconds: the wall's, and what the process computed on all cores together."""

    wall: float
    cpu: float


def main(arguments: list[str]) -> None:
    """Prints both trees' times, where they go, and whether the trees train the same."""
    entry_point.refuse_arguments(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        trees = {BEFORE.value: unpack_earlier_tree(folder / "before"), "this tree": ROOT}
        records = _made_records(folder)
        helps: dict[str, list[Seconds]] = {name: [] for name in trees}
        starts: dict[str, list[dict[str, Seconds]]] = {name: [] for name in trees}
        for number in range(_ROUNDS.value):
            for name, tree in trees.items():
                helps[name].append(_help(tree))
                starts[name].append(_start(tree, records, folder / f"run-{number}-{tree.name}"))
        _show("train --help", helps)
        totals = {
            name: [_total(times, "a further step") for times in rounds] for name, rounds in starts.items()
        }
        _show("to the end of the first step", totals)
        _show_phases(starts)
        for name, tree in trees.items():
            _show_imports(name, tree)
        if _STEPS.value:
            _compare_weights(trees, records, folder)


def _made_records(folder: Path) -> dict[str, str]:
    code = (
        "import sys; from pathlib import Path; from benchmarks.made_records import make_records\n"
        "make_records(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))"
    )
    for split, number in _NUM_PHOTOS.items():
        command = [sys.executable, "-c", code, str(folder / split), str(number), str(_CROP_PX)]
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return {split: str(folder / split / "records" / "made") for split in _NUM_PHOTOS}


def _flags(records: Mapping[str, str], output_dir: Path, num_steps: int) -> list[str]:
    """Returns the flags of the demonstration's first training."""
    return [
        f"--flagfile={ROOT / 'emotionet_tf' / 'configs' / 'demo.flags'}",
        f"--output_dir={output_dir}",
        f"--source=opt={records['train']}",
        f"--val_records_dir={records['val']}",
        "--group=expression",
        "--backbone=ownnet2",
        f"--image_size_px={_IMAGE_PX}",
        f"--num_steps={num_steps}",
        "--learning_rate=0.03",
        "--seed=0",
    ]


def _run(tree: Path, arguments: Sequence[str]) -> str:
    """Runs this Python with a tree's packages; returns what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=tree, env=environment_of(tree)
    )
    if done.returncode and "--help" not in arguments:  # absl ends it with 1
        raise UserError(f"{' '.join(arguments[:2])} failed in {tree}: {done.stderr.strip()}")
    return done.stdout


def _help(tree: Path) -> Seconds:
    before, start = os.times(), time.perf_counter()
    _run(tree, ["-m", _TRAIN, "--help"])
    wall, after = time.perf_counter() - start, os.times()
    return Seconds(
        wall,
        after.children_user + after.children_system - before.children_user - before.children_system,
    )


def _start(tree: Path, records: Mapping[str, str], output_dir: Path) -> dict[str, Seconds]:
    """Returns the time of each phase, by its name, of a training up to its second step."""
    wall, cpu = time.time(), 0.0
    output = _run(tree, ["-c", _TO_FIRST_STEP, *_flags(records, output_dir, 1500)])
    line = next(line for line in output.splitlines() if line.startswith("marks "))
    times: dict[str, Seconds] = {}
    for name, wall_now, cpu_now in json.loads(line.removeprefix("marks ")):
        times[name] = Seconds(wall_now - wall, cpu_now - cpu)
        wall, cpu = wall_now, cpu_now
    return times


def _total(times: Mapping[str, Seconds], without: str) -> Seconds:
    counted = [one for name, one in times.items() if name != without]
    return Seconds(sum(one.wall for one in counted), sum(one.cpu for one in counted))


def _show(what: str, rounds: Mapping[str, Sequence[Seconds]]) -> None:
    """Prints medians, and the median of the rounds' ratios with the smallest and the largest."""
    print(what)
    before, after = rounds.values()
    for kind in Seconds._fields:
        columns = [[getattr(one, kind) for one in column] for column in (before, after)]
        ratios = sorted(late / early for early, late in zip(*columns, strict=True))
        medians = "  ".join(
            f"{name} {statistics.median(column):.2f} s" for name, column in zip(rounds, columns, strict=True)
        )
        print(
            f"  {kind:4s}  {medians}  ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})",
            flush=True,
        )


def _show_phases(starts: Mapping[str, Sequence[Mapping[str, Seconds]]]) -> None:
    print("where it goes, ms of computing (of the wall), medians")
    print(f"  {'':24s}" + "".join(f"{name:>18s}" for name in starts))
    for phase in next(iter(starts.values()))[0]:
        cells = []
        for rounds in starts.values():
            wall, cpu = (
                1000 * statistics.median(getattr(times[phase], kind) for times in rounds)
                for kind in Seconds._fields
            )
            cells.append(f"{cpu:8.0f} {f'({wall:.0f})':>9s}")
        print(f"  {phase:24s}" + "".join(cells), flush=True)


def _show_imports(name: str, tree: Path, num_shown: int = 8) -> None:
    """Prints the packages whose own modules take longest to import, as `python -X importtime` has it."""
    code = (
        "import runpy, sys; from emotionet_tf.cli import entry_point\n"
        "entry_point.run(lambda arguments: __import__('emotionet_tf.training.train'))"
    )
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code],
        stderr=subprocess.PIPE, text=True, cwd=tree, env=environment_of(tree),
    )  # fmt: skip
    microseconds: collections.Counter[str] = collections.Counter()
    for own, module in re.findall(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", done.stderr, re.M):
        microseconds[module.partition(".")[0]] += int(own)
    shown = ", ".join(f"{one} {time_ / 1000:.0f}" for one, time_ in microseconds.most_common(num_shown))
    print(f"imports of {name}, ms of the wall: {shown}; all {microseconds.total() / 1000:.0f}", flush=True)


def _compare_weights(trees: Mapping[str, Path], records: Mapping[str, str], folder: Path) -> None:
    """Prints whether both trees' trainings, validation included, end with the same weights and curves."""
    found = []
    for name, tree in trees.items():
        run_dir = folder / f"compared-{tree.name}"
        periods = ["--checkpoint_interval_steps=10", "--validation_interval_steps=10"]
        _run(tree, ["-m", _TRAIN, *_flags(records, run_dir, _STEPS.value), *periods])
        files = [str(run_dir / f"{network}.keras") for network in ("last", "best")]
        weights = _run(tree, ["-c", _WEIGHTS, *files]).split()
        curves = hashlib.sha256((run_dir / "curves.csv").read_bytes()).hexdigest()
        found.append((*weights, curves))
        print(f"{name}, after {_STEPS.value} steps: " + ", ".join(digest[:12] for digest in found[-1]))
    print("last, best weights and curves are " + ("the same" if found[0] == found[1] else "DIFFERENT"))


if __name__ == "__main__":
    entry_point.run(main)
