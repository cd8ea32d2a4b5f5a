"""Computes what 950,000 photos and both papers' trees take on many machines, from costs that were measured on one.

    python -m benchmarks.internet_scale             prints the tables of docs/guides/scale.md
    python -m benchmarks.internet_scale --measure   measures what no other benchmark prints, and keeps it

`internet_scale.json` beside this file has the costs with the commands that print them. The trees are those that
`reproduce --scale=paper` runs. Nothing is known here of GPUs: they are as fast as a published figure that is named, and
`--gpu_images_a_second` puts another in its place. `scale_model` has the arithmetic.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from absl import flags

from benchmarks.scale_model import (
    Limit,
    Machine,
    download_limits,
    longest_chain,
    makespan,
    most_at_once,
    slowest,
    spread_limits,
)
from benchmarks.scale_trees import CORES_MEASURED, CROP_BYTES, commands_of, job_of, limit_of
from emotionet_tf.cli import entry_point

_MEASURE = flags.DEFINE_bool(
    "measure", False, "Measure list rows, shard reads, label joins and predictions anew."
)
_NUM_PHOTOS = flags.DEFINE_integer("num_photos", 950_000, "Photos of the training list; EmotioNet's.")
_NUM_LABELLED = flags.DEFINE_integer(
    "num_labelled", 24_600, "Photos with labels by hand; EmotioNet's opt set."
)
_MACHINES = flags.DEFINE_list("machines", ["1", "8", "64"], "Numbers of machines.")
_CORES = flags.DEFINE_integer("cores", 16, "Cores of a machine; an assumption.", lower_bound=1)
_GPU_RATE = flags.DEFINE_float(
    "gpu_images_a_second", 909.0, "Images of a ResNet-50's training step on a machine's GPU. Default: one A100 40 GB, "
    "batches of 256, TF32 with XLA, as NVIDIA has published it in DeepLearningExamples, TensorFlow, resnet50v1.5.",
)  # fmt: skip
_DISK = flags.DEFINE_float("disk_mb_a_second", 1000.0, "What the shared disk delivers to all; an assumption.")
_PHOTO_KB = flags.DEFINE_float("photo_kb", 100.0, "A photo as it is downloaded; an assumption.")
_HOST_SHARES = flags.DEFINE_list(
    "largest_host_shares", ["1", "0.1"], "Shares of the photos that the list's largest host has; assumptions."
)
_HOST_SECONDS = flags.DEFINE_float(
    "host_seconds", 0.2, "From a request to a photo's last byte; an assumption."
)

COSTS_FILE = Path(__file__).with_suffix(".json")
_NUM_ROWS = 20_000
_NUM_RECORDS = 512
_REPEATS = 5


def main(arguments: list[str]) -> None:
    """Measures or prints the tables."""
    entry_point.refuse_arguments(arguments)
    costs = json.loads(COSTS_FILE.read_text())
    if _MEASURE.value:
        costs |= _measured()
        COSTS_FILE.write_text(json.dumps(costs, indent=2) + "\n")
    _print_costs(costs)
    values = {name: cost["value"] for name, cost in costs.items()}
    _print_photos(values)
    for paper in ("werner2020", "siat_ntu2020"):
        _print_tree(paper, values)


def _print_costs(costs: Mapping[str, Mapping[str, object]]) -> None:
    _print_head(["what", "cost", "command"])
    for cost in costs.values():
        _print_row([str(cost["what"]), f"{cost['value']:g} {cost['unit']}", f"`{cost['command']}`"])


def _machine(costs: Mapping[str, float], *, has_gpu: bool) -> Machine:
    core_rate = costs["step_resnet50"] / CORES_MEASURED
    return Machine(_CORES.value, _GPU_RATE.value / core_rate if has_gpu else 0.0, _DISK.value * 1e6)


def _print_photos(costs: Mapping[str, float]) -> None:
    counts = [int(number) for number in _MACHINES.value]
    number = _NUM_PHOTOS.value
    _print_head([f"{number:,} photos", *counts])
    for share in map(float, _HOST_SHARES.value):
        limits = download_limits(
            number,
            largest_host_share=share,
            requests_a_second=50,
            connections=6,
            host_seconds=_HOST_SECONDS.value,
            process_photos_a_second=costs["download_process"],
        )
        _print_limits(f"download, {share:.0%} from one host", [slowest(limits)] * len(counts))
    machine = _machine(costs, has_gpu=False)
    photo_bytes = 1e3 * _PHOTO_KB.value + 2 * CROP_BYTES
    for name, cost, item_bytes, is_spread in (
        ("read the label list", costs["list_row"], 0.0, False),
        ("prepare", costs["prepare_photo"], photo_bytes, True),
        ("read the shards of a view", costs["shard_row"], CROP_BYTES, True),
        ("join label shards", costs["label_join"], 0.0, True),
    ):
        one = dataclasses.replace(machine, cores=1)
        places = [(machine, machines) if is_spread else (one, 1) for machines in counts]
        _print_limits(name, [slowest(spread_limits(number, cost, item_bytes, *place)) for place in places])


def _print_limits(name: str, limits: Iterable[Limit]) -> None:
    _print_row([name, *(f"{_time(limit.seconds)}: {limit.name}" for limit in limits)])


def _print_tree(paper: str, costs: Mapping[str, float]) -> None:
    counts = [int(number) for number in _MACHINES.value]
    commands = commands_of(paper, num_photos=_NUM_PHOTOS.value, num_labelled=_NUM_LABELLED.value)
    trainings = sum(command.is_training for command in commands.values())
    _print_head(
        [
            f"{paper}: {trainings} trainings of {len(commands)} commands",
            *counts,
            "longest chain",
            "waits for, on the most",
        ]
    )
    for title, has_gpu in (("without GPUs", False), ("with a GPU each", True)):
        machine = _machine(costs, has_gpu=has_gpu)
        times = []
        for number in counts:
            num_busy = 1
            for _ in range(2):  # first how many are at work at once, then what they wait for
                limits = {
                    name: limit_of(command, costs, machine, num_busy) for name, command in commands.items()
                }
                jobs = {name: job_of(command, limits[name]) for name, command in commands.items()}
                num_busy = min(number, most_at_once(jobs))
            times.append(_time(makespan(jobs, number)))
        _print_row([title, *times, _time(longest_chain(jobs)), _shares(limits.values())])


def _shares(limits: Iterable[Limit]) -> str:
    """Returns which share of all time is waited for what, most first."""
    seconds: Counter[str] = Counter()
    for limit in limits:
        seconds[limit.name] += limit.seconds
    return ", ".join(f"{name} {own / seconds.total():.0%}" for name, own in seconds.most_common() if own)


def _print_head(cells: Iterable[object]) -> None:
    names = [str(cell) for cell in cells]
    print()
    _print_row(names)
    _print_row(["---"] * len(names))


def _print_row(cells: Iterable[str]) -> None:
    print(f"| {' | '.join(cells)} |")


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 72 * 3600 else f"{seconds / 86400:.1f} days"


def _measured() -> dict[str, dict[str, object]]:
    """Measures computing time, on all cores together, which other work on the machine disturbs least."""
    command = "python -m benchmarks.internet_scale --measure"
    entry_point.set_up_process()
    with tempfile.TemporaryDirectory() as name:
        rows = {
            "list_row": (_list_row(Path(name)), "core seconds a row", "reading a row of EmotioNet's training list"),
            **_shard_costs(Path(name) / "made"),
            "forward_share": (_forward_share(), "of the step", "OwnNet8's forward pass, as a share of its step"),
        }  # fmt: skip
    return {
        key: {"value": float(f"{value:.3g}"), "unit": unit, "what": what, "command": command}
        for key, (value, unit, what) in rows.items()
    }


def _own_time(work: Callable[[], object]) -> float:
    """Returns the least computing time of several calls, after one that is not timed."""
    work()
    seconds = []
    for _ in range(_REPEATS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def _list_row(folder: Path) -> float:
    from emotionet_tf.label_lists.reading import read_label_list

    path = folder / "dataFile_0001.txt"
    cells = ["0", "1", "999"] * 20
    addresses = (f"http://host{i % 7}.example/a/N_{i // 100}/N_{i // 100}_{i}.jpg" for i in range(_NUM_ROWS))
    path.write_text("".join("\t".join([url, url, *cells]) + "\n" for url in addresses))
    return _own_time(lambda: read_label_list(path)) / _NUM_ROWS


def _shard_costs(folder: Path) -> dict[str, tuple[float, str, str]]:
    """Times reading shards with their checksums, and reading label shards."""
    import tensorflow as tf

    from benchmarks.made_records import make_labelled_records
    from emotionet_tf.action_units import EXPRESSION
    from emotionet_tf.records.reading.shard_reader import open_shards
    from emotionet_tf.stream.source_labels import load_label_table
    from emotionet_tf.stream.sources import Source

    records, labels = make_labelled_records(folder, _NUM_RECORDS, 240)

    shards = open_shards(str(records), "close_up")
    stream = tf.data.Dataset.range(len(shards.files)).flat_map(shards.read).repeat(_REPEATS)
    read = _own_time(lambda: stream.reduce(0, lambda number, _: number + 1))
    source, aus = Source("made", str(records), str(labels)), EXPRESSION.aus
    label_rows = _own_time(lambda: [load_label_table(source, aus) for _ in range(_REPEATS)])
    num_rows = _REPEATS * _NUM_RECORDS
    return {
        "shard_row": (
            read / num_rows,
            "core seconds a record",
            "reading a record of 20 kB and its checksums",
        ),
        "label_join": (
            label_rows / num_rows,
            "core seconds a row",
            "reading and parsing a label shard's row",
        ),
    }


def _forward_share() -> float:
    from benchmarks.step_tensorflow import forward_pass, training_step

    step, forward = (make("ownnet8", 16, 224) for make in (training_step, forward_pass))
    return _own_time(forward) / _own_time(step)


if __name__ == "__main__":
    entry_point.run(main)
