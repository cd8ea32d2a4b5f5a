"""Measures whether training costs more with more records: `python -m benchmarks.growth`.

A shard of small crops, linked many times under other names, stands for up to a million records. Each size and mode is
a real `train` of a tiny network in a process of its own: from the start, and resumed deep in an epoch and after
several epochs, where its checkpoint is told to be of such a step. "CPU" is the process's own time on all cores, which
other processes of the machine hardly change.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from absl import flags

from emotionet_tf.cli import entry_point

if TYPE_CHECKING:
    from emotionet_tf.training.train_config import TrainConfig

_SIZES = flags.DEFINE_list("sizes", ["1000", "100000", "1000000"], "Records, multiples of 1000.")
_MODES = flags.DEFINE_list(
    "modes", ["plain", "label_shards", "balance_sampling"], "What the run does: plain, label_shards, balance_sampling."
)  # fmt: skip
_STEPS = flags.DEFINE_integer("timed_steps", 400, "Steps that are timed, after 50 more.")
_ROUNDS = flags.DEFINE_integer("rounds", 1, "Measurements of each size and mode, in turn.", lower_bound=1)
_FOLDER = flags.DEFINE_string(
    "folder", None, "Where records are made, on a disk that can link. Default: temporary."
)
_MEASURE = flags.DEFINE_string(
    "measure", None, "Internal: the JSON of one measurement, made in this process."
)
SHARD_SIZE = 1000
CROP_PX = 36
BATCH_SIZE = 16
_WARM_UP_STEPS = 50
_RESUME_AT = {"resume at 0.7 epochs": 0.7, "resume at 3.7 epochs": 3.7}


class _EnoughError(Exception):
    """Ends a run that has been measured."""


def repeat_folder(base: Path, target: Path, times: int) -> None:
    """Makes a folder of records, or of label shards, that holds another one's shards so many times, as hard links."""
    from emotionet_tf.records import dataset_info as infos

    target.mkdir(parents=True)

    def repeated(shards: tuple[infos.Shard, ...], kind: str) -> tuple[infos.Shard, ...]:
        copies = []
        for number in range(times * len(shards)):
            shard = shards[number % len(shards)]
            name = f"{kind}-{number:05d}-of-{times * len(shards):05d}.tfrecord"
            os.link(base / shard.file, target / name)
            copies.append(dataclasses.replace(shard, file=name))
        return tuple(copies)

    def scaled(info: Any) -> dict[str, Any]:
        changes = {
            name: {au: n * times for au, n in getattr(info, name).items()} for name in ("known", "positives")
        }
        return {**changes, "num_examples": info.num_examples * times}

    if (base / infos.DATASET_FILE).is_file():
        info = infos.load_dataset_info(base)
        views = {view: repeated(shards, view) for view, shards in info.views.items()}
        changed = dataclasses.replace(info, views=views, num_rows=info.num_rows * times, **scaled(info))
        infos.save_dataset_info(target, changed)
        for table in base.glob("*.csv"):
            os.link(table, target / table.name)
    else:
        labels = infos.load_label_info(base)
        changed = dataclasses.replace(labels, shards=repeated(labels.shards, "labels"), **scaled(labels))
        infos.save_label_info(target, changed)


def measure(records: str, labels: str, mode: str, num_steps: int, run_dir: str) -> dict[str, float]:
    """Trains, resumes twice, and returns seconds and megabytes by what they are of.

    Args:
      records: Records folder.
      labels: Folder of label shards for it.
      mode: As `--modes`.
      num_steps: Steps that are timed.
      run_dir: The run's folder.
    """
    from tensorflow import keras

    from emotionet_tf.records.dataset_info import load_dataset_info
    from emotionet_tf.training.lifecycle.checkpoints import RunState
    from emotionet_tf.training.train import train

    config = _config(records, labels, mode, run_dir)
    clock = StepClock(_WARM_UP_STEPS, num_steps)
    fit, restore = keras.Model.fit, RunState.restore

    def clocked_fit(self: Any, *args: Any, callbacks: list, **kwargs: Any) -> Any:
        return fit(self, *args, callbacks=[*callbacks, clock.callback()], **kwargs)

    def run(name: str) -> dict[str, float]:
        keras.backend.clear_session()
        start = Moment.now()
        try:
            train(config)
        except _EnoughError:
            return clock.times_since(start, name)
        raise AssertionError("the run ended")

    keras.Model.fit = clocked_fit
    results = run("start")
    results["memory after start"] = _resident_mb("VmRSS")
    num_examples = load_dataset_info(records).num_examples
    for name, epochs in _RESUME_AT.items():
        step = int(epochs * num_examples / BATCH_SIZE)

        def restored(self: Any, step: int = step) -> int:
            restore(self)
            self._optimizer.iterations.assign(step)
            self._finished_step.assign(step)
            return step

        RunState.restore = restored
        results |= run(name)
    results["memory, peak"] = _resident_mb("VmHWM")
    return results


def _config(records: str, labels: str, mode: str, run_dir: str) -> TrainConfig:
    from emotionet_tf.stream.sources import Source
    from emotionet_tf.training.train_config import TrainConfig

    return TrainConfig(
        output_dir=run_dir,
        sources=(Source("opt", records, labels if mode == "label_shards" else None),),
        group="expression",
        backbone="ownnet1",
        image_size_px=32,
        num_steps=10**9,
        batch_size=BATCH_SIZE,
        balance_sampling=mode == "balance_sampling",
        checkpoint_interval_steps=_WARM_UP_STEPS,
        validation_interval_steps=_WARM_UP_STEPS,
    )


class Moment(NamedTuple):
    """A time on the wall's clock and this process's own, in seconds."""

    wall: float
    cpu: float

    @classmethod
    def now(cls) -> Moment:
        """Returns the present one."""
        return cls(time.perf_counter(), time.process_time())


class StepClock:
    """Times a run's steps and then ends it.

    Args:
      num_warm_up: Steps before the ones that are timed.
      num_timed: Those.
    """

    def __init__(self, num_warm_up: int, num_timed: int) -> None:
        self._num_warm_up = num_warm_up
        self._num_timed = num_timed
        self._moments: list[Moment] = []

    def callback(self) -> Any:
        """Returns a Keras callback for one `fit`."""
        from tensorflow import keras

        clock = self

        class Record(keras.callbacks.Callback):
            def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
                clock.add(Moment.now())

        return Record()

    def add(self, now: Moment) -> None:
        """Takes the end of a step; raises `_EnoughError` once all are timed."""
        self._moments.append(now)
        if len(self._moments) > self._num_warm_up + self._num_timed:
            raise _EnoughError

    def times_since(self, start: Moment, name: str) -> dict[str, float]:
        """Returns the seconds to the run's first step and of a step, and forgets the run.

        Of a step, the wall's is the median and the process's own the mean.
        """
        first, timed = self._moments[0], self._moments[self._num_warm_up :]
        self._moments = []
        gaps = sorted(later.wall - earlier.wall for earlier, later in pairwise(timed))
        return {
            name: first.wall - start.wall,
            f"{name}, CPU": first.cpu - start.cpu,
            f"{name}, then a step": gaps[len(gaps) // 2],
            f"{name}, then a step, CPU": (timed[-1].cpu - timed[0].cpu) / len(gaps),
        }


def _resident_mb(entry: str) -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{entry}:")[1].split()[0]) / 1024


def main(arguments: list[str]) -> None:
    """Prints what each size costs, and what it costs beside the smallest."""
    entry_point.refuse_arguments(arguments)
    if _MEASURE.value:
        print("measured", json.dumps(measure(**json.loads(_MEASURE.value))))
        return
    with tempfile.TemporaryDirectory(dir=_FOLDER.value) as temporary:
        folder = Path(temporary)
        from benchmarks.made_records import make_labelled_records

        records, labels = make_labelled_records(folder / "base", SHARD_SIZE, CROP_PX)
        sizes = [int(size) for size in _SIZES.value]
        for size in sizes:
            repeat_folder(records, folder / f"records{size}", size // SHARD_SIZE)
            repeat_folder(labels, folder / f"labels{size}", size // SHARD_SIZE)
        for mode in _MODES.value:
            best: dict[int, dict[str, float]] = {}
            for _ in range(_ROUNDS.value):
                for size in sizes:
                    found = _measured_apart(folder, size, mode)
                    best[size] = {name: min(found[name], best.get(size, found)[name]) for name in found}
            _print_table(mode, best)


def _measured_apart(folder: Path, size: int, mode: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=folder) as run_dir:
        task = {
            "records": str(folder / f"records{size}"), "labels": str(folder / f"labels{size}"), "mode": mode,
            "num_steps": _STEPS.value, "run_dir": str(Path(run_dir, "run")),
        }  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.growth", f"--measure={json.dumps(task)}"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("measured "))
    return json.loads(line.removeprefix("measured "))


def _print_table(mode: str, found: dict[int, dict[str, float]]) -> None:
    print(f"{mode:46s}" + "".join(f"{size:>12,}" for size in found) + "   largest over smallest")
    smallest, largest = (found[size] for size in (min(found), max(found)))
    for name in smallest:
        unit, factor = ("MB", 1) if name.startswith("memory") else ("ms", 1e3)
        values = "".join(f"{factor * one[name]:12.1f}" for one in found.values())
        print(f"  {name + ', ' + unit:44s}{values}   {largest[name] / smallest[name]:.2f}", flush=True)


if __name__ == "__main__":
    entry_point.run(main)
