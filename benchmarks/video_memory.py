"""Whether a long video takes more and more memory, or gets slower: the light command on a clip that is repeated.

    python -m benchmarks.video_memory --video=CLIP [--num_frames=15000]

Writes a video of so many frames from the clip's, predicts it, and prints memory and frames a second by quarter.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.errors import UserError

_VIDEO = flags.DEFINE_string("video", None, "The clip, whose frames are repeated.")
_NUM_FRAMES = flags.DEFINE_integer("num_frames", 15_000, "Length of the video, our choice.", lower_bound=1000)

_PAUSE_SECONDS = 0.5


def main(arguments: list[str]) -> None:
    """Prints a line for each quarter."""
    entry_point.refuse_arguments(arguments)
    if _VIDEO.value is None:
        raise UserError("--video must be given")
    from emotionet_tf.videos.frames import Video
    from emotionet_tf.videos.writing import VideoWriter

    frames = [frame.pixels for frame in Video(_VIDEO.value, end=10.0).frames()]
    with tempfile.TemporaryDirectory() as folder:
        with VideoWriter(Path(folder, "long.mp4"), 25) as writer:
            for pixels in itertools.islice(itertools.cycle(frames), _NUM_FRAMES.value):
                writer.add(pixels)
        samples = _samples(folder)
    quarter = samples[-1][0] / 4
    for number in range(4):
        own = [one for one in samples if number * quarter <= one[0] <= (number + 1) * quarter]
        seconds, rows = own[-1][0] - own[0][0], own[-1][2] - own[0][2]
        print(
            f"quarter {number + 1}: {max(one[1] for one in own):.0f} MB, {rows / seconds:.0f} rows a second"
        )


def _samples(folder: str) -> list[tuple[float, float, int]]:
    """Returns seconds, MB and rows that were written, from the first row to the end."""
    table = Path(folder, "long.csv")
    command = [
        sys.executable,
        "-m",
        "emotionet_tf.light.command",
        f"--output={table}",
        str(Path(folder, "long.mp4")),
    ]
    samples, start = [], time.perf_counter()
    env = {**os.environ, "PYTHONPATH": os.getcwd()}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=env) as process:
        while process.poll() is None:
            time.sleep(_PAUSE_SECONDS)
            aside = next(Path(folder).glob(".long.csv.*.part"), None)
            status = Path(f"/proc/{process.pid}/status")
            try:
                rows = 0 if aside is None else sum(1 for _ in aside.open("rb"))
                (memory,) = [line for line in status.read_text().splitlines() if line.startswith("VmRSS")]
            except (OSError, ValueError):
                break
            if rows:
                samples.append((time.perf_counter() - start, int(memory.split()[1]) / 1024, rows))
    return [(seconds - samples[0][0], memory, rows) for seconds, memory, rows in samples]


if __name__ == "__main__":
    entry_point.run(main)
