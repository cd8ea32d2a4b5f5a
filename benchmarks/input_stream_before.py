"""Measures the training stream against an earlier one: `python -m benchmarks.input_stream_before`.

The stream of an earlier commit, from a git worktree that is removed afterwards, the present one image by image, which
makes the same bits, batch by batch, and batch by batch with all crops kept decoded, and libjpeg-turbo by itself. Each
has a process of its own, on the same records and cores, and gets its turn in each round. Ratios are of one round: their
median, with the least and the largest. Where other work takes cores, only the computed time says something.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from absl import flags

from benchmarks import timed_stream
from emotionet_tf.cli import entry_point
from emotionet_tf.errors import UserError

_BEFORE = flags.DEFINE_string(
    "before",
    "d7fea42",
    "Commit to compare with. Default: the last one before batches were parsed and changed at once.",
)
_RECORDS_DIR = flags.DEFINE_string(
    "records_dir",
    None,
    "Records to read. Default: 1,024 made for the measurement, as input_stream makes them.",
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 64, "Images a batch.", lower_bound=1)
_SECONDS = flags.DEFINE_float("seconds", 2.0, "Least time of a turn, in seconds.")
_ROUNDS = flags.DEFINE_integer("rounds", 7, "Turns of each.", lower_bound=1)

_ROOT = Path(__file__).parents[1]
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


class TimedStream:
    """A process that makes batches when it is asked to."""

    def __init__(self, checkout: Path, records_dir: str, kind: str) -> None:
        command = [sys.executable, timed_stream.__file__, records_dir, str(_BATCH_SIZE.value), kind]
        environment = {**os.environ, "PYTHONPATH": str(checkout)}
        self._process = subprocess.Popen(
            command, cwd=checkout, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        while (line := self._read()) != "ready":
            print(line)

    def turn(self, seconds: float) -> Turn:
        """Returns what it does in at least so many seconds."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        images, elapsed, computed = self._read().split()
        return Turn(int(images), float(elapsed), float(computed))

    def end(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the stream failed")
        return line.strip()


def main(arguments: list[str]) -> None:
    """Prints each stream's images a second, computed time, and ratios."""
    entry_point.refuse_arguments(arguments)
    with tempfile.TemporaryDirectory() as folder, _worktree(Path(folder) / "before") as before:
        records_dir = _RECORDS_DIR.value or _made(Path(folder))
        with contextlib.ExitStack() as stack:
            streams = {}
            for name, checkout, kind in (
                (_FIRST, before, timed_stream.STREAM),
                ("now, image by image", _ROOT, timed_stream.STREAM),
                ("now, batch by batch", _ROOT, timed_stream.BATCHED),
                ("now, crops kept", _ROOT, timed_stream.KEPT),
                (_LAST, _ROOT, timed_stream.BARE),
            ):
                streams[name] = TimedStream(checkout, str(Path(records_dir).resolve()), kind)
                stack.callback(streams[name].end)
            turns: dict[str, list[Turn]] = {name: [] for name in streams}
            for _ in range(_ROUNDS.value):
                for name, stream in streams.items():
                    stream.turn(_WARM_UP_SECONDS)
                    turns[name].append(stream.turn(_SECONDS.value))
    _show(turns)


@contextlib.contextmanager
def _worktree(folder: Path) -> Iterator[Path]:
    git = ["git", "-C", str(_ROOT), "worktree"]
    added = subprocess.run([*git, "add", "--quiet", "--detach", str(folder), _BEFORE.value], check=False)
    if added.returncode:
        raise UserError(
            f"--before={_BEFORE.value} is not a commit of this checkout; fetch it, or name another one"
        )
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=True)


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
