"""Measures the training stream against an earlier one: `python -m benchmarks.input_stream_before`.

The stream of an earlier commit, the present one image by image, which
makes the same bits, batch by batch, and batch by batch with all crops kept decoded, and libjpeg-turbo by itself. Each
has a process of its own, on the same records and cores, and gets its turn in each round. Ratios are of one round: their
median, with the least and the largest. Where other work takes cores, only the computed time says something.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from absl import flags

from benchmarks import timed_stream
from benchmarks.asked_process import AskedProcess
from benchmarks.earlier_tree import ROOT, environment_of, unpack_earlier_tree
from emotionet_tf.cli import entry_point

_RECORDS_DIR = flags.DEFINE_string(
    "records_dir",
    None,
    "Records to read. Default: 1,024 made for the measurement, as input_stream makes them.",
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 64, "Images a batch.", lower_bound=1)
_SECONDS = flags.DEFINE_float("seconds", 2.0, "Least time of a turn, in seconds.")
_ROUNDS = flags.DEFINE_integer("rounds", 7, "Turns of each.", lower_bound=1)

_WARM_UP_SECONDS = 0.3
_FIRST, _LAST = "before", "bare decoding"


@dataclass(frozen=True)
class Turn:
    """What one process did in its turn.

    Attributes:
      images: How many it made.
      seconds: How long that took.
      computed_seconds: What it computed, on all cores together.
    """

    images: int
    seconds: float
    computed_seconds: float

    @property
    def images_a_second(self) -> float:
        """By the clock."""
        return self.images / self.seconds

    @property
    def computed_ms(self) -> float:
        """Milliseconds of computing for an image."""
        return 1e3 * self.computed_seconds / self.images


def timed_process(checkout: Path, records_dir: str, kind: str) -> AskedProcess:
    """Returns a process that makes batches when it is asked to, once it is ready."""
    command = [sys.executable, timed_stream.__file__, records_dir, str(_BATCH_SIZE.value), kind]
    process = AskedProcess(command, checkout, environment_of(checkout))
    while (line := process.line()) != "ready":
        print(line)
    return process


def turn_of(process: AskedProcess, seconds: float) -> Turn:
    """Returns what a process does in at least so many seconds."""
    images, elapsed, computed = process.asked(str(seconds)).split()
    return Turn(int(images), float(elapsed), float(computed))


def main(arguments: list[str]) -> None:
    """Prints each stream's images a second, computed time, and ratios."""
    entry_point.refuse_arguments(arguments)
    with tempfile.TemporaryDirectory() as folder:
        before = unpack_earlier_tree(Path(folder) / "before")
        records_dir = _RECORDS_DIR.value or _made(Path(folder))
        with contextlib.ExitStack() as stack:
            streams = {}
            for name, checkout, kind in (
                (_FIRST, before, timed_stream.STREAM),
                ("now, image by image", ROOT, timed_stream.STREAM),
                ("now, batch by batch", ROOT, timed_stream.BATCHED),
                ("now, crops kept", ROOT, timed_stream.KEPT),
                (_LAST, ROOT, timed_stream.BARE),
            ):
                streams[name] = timed_process(checkout, str(Path(records_dir).resolve()), kind)
                stack.callback(streams[name].end)
            turns: dict[str, list[Turn]] = {name: [] for name in streams}
            for _ in range(_ROUNDS.value):
                for name, stream in streams.items():
                    turn_of(stream, _WARM_UP_SECONDS)
                    turns[name].append(turn_of(stream, _SECONDS.value))
    _show(turns)


def _made(folder: Path) -> str:
    entry_point.set_up_process()
    from benchmarks.made_records import make_records

    return make_records(folder)


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> str:
    """Returns the median of the rounds' ratios, with the least and the largest."""
    values = [one / other for one, other in zip(numerators, denominators, strict=True)]
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def _show(turns: dict[str, list[Turn]]) -> None:
    speeds = {name: [turn.images_a_second for turn in own] for name, own in turns.items()}
    computed = {name: [turn.computed_ms for turn in own] for name, own in turns.items()}
    print(f"{'':22}{'':14}times as fast as before, by{'':14}| share of bare decoding, by")
    print(f"{'':22}images a second, best | clock{'':16}| computed ms  times less{'':10}| clock | computing")
    for name in turns:
        print(
            f"{name:22}{max(speeds[name]):21.0f} | {ratios(speeds[name], speeds[_FIRST]):20} "
            f"| {statistics.median(computed[name]):11.3f}  {ratios(computed[_FIRST], computed[name]):20} "
            f"| {ratios(speeds[name], speeds[_LAST])} | {ratios(computed[_LAST], computed[name])}"
        )


if __name__ == "__main__":
    entry_point.run(main)
