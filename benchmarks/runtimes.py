"""TensorFlow and ONNX Runtime side by side: from a command's start to the table of a photo, and photos a second.

    python -m benchmarks.runtimes [--photos_dir=DIR] [--num_photos=400]

First `predict` by each runtime and the light command, each for one photo, in turns: seconds from start to end, and the
most memory. Then the detector over photos, which are scaled to a longer side of 350 px, read and decoded: photos a
second of each runtime in turns, how many faces, and the largest difference of scores. It needs the extra onnx.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from absl import flags

from emotionet_tf.cli import entry_point

_PHOTOS_DIR = flags.DEFINE_string(
    "photos_dir", None, "Photos of faces. Default: those that come with the package."
)
_NUM_PHOTOS = flags.DEFINE_integer(
    "num_photos",
    400,
    "Photos over which the detector is timed; they are repeated where there are fewer.",
    lower_bound=1,
)
_ROUNDS = flags.DEFINE_integer("rounds", 5, "How often each is timed.", lower_bound=1)

_SIDE_PX = 350
_WAYS = {
    "predict": ("emotionet_tf.bin.predict", "--runtime=tensorflow"),
    "predict --runtime=onnx": ("emotionet_tf.bin.predict", "--runtime=onnx"),
    "emotionet-tf-light": ("emotionet_tf.light.command",),
}


def main(arguments: list[str]) -> None:
    """Prints the table of both."""
    entry_point.refuse_arguments(arguments)
    from emotionet_tf.inference.exports.faces import FACES_DIR
    from emotionet_tf.photos.reading import list_photos

    folder = Path(_PHOTOS_DIR.value or FACES_DIR)
    photos = [folder / name for name in list_photos(folder)]
    _time_commands(photos[0])
    _time_detectors(photos)


def _time_commands(photo: Path) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in _WAYS}
    megabytes = dict.fromkeys(_WAYS, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        # Once before: what is on the disk is then in memory for all of them.
        for _ in range(_ROUNDS.value + 1):
            for name, (module, *options) in _WAYS.items():
                command = [sys.executable, "-m", module, *options, f"--output={folder}/faces.csv", str(photo)]
                own, peak = _run(command)
                seconds[name].append(own)
                megabytes[name] = max(megabytes[name], peak)
    first = statistics.median(seconds["predict"][1:])
    print("one photo, from the command's start to its end")
    for name, values in seconds.items():
        median = statistics.median(values[1:])
        print(
            f"  {name}: {median:.2f} s, {first / median:.1f} times as fast, {megabytes[name]:.0f} MB at most"
        )


def _run(command: list[str]) -> tuple[float, float]:
    """Returns seconds and the most memory in MB of a command."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": os.getcwd()}
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def _time_detectors(places: list[Path]) -> None:
    import cv2
    import numpy as np

    from emotionet_tf.inference.au_detector import ActionUnitDetector
    from emotionet_tf.photos.reading import read_photo

    def scaled(photo: np.ndarray) -> np.ndarray:
        ratio = _SIDE_PX / max(photo.shape[:2])
        size = round(photo.shape[1] * ratio), round(photo.shape[0] * ratio)
        return cv2.resize(photo, size, interpolation=cv2.INTER_AREA)

    cv2.setNumThreads(1)  # as predict does
    read = [scaled(read_photo(place)) for place in places[: _NUM_PHOTOS.value]]
    photos = [read[number % len(read)] for number in range(_NUM_PHOTOS.value)]
    detectors = {runtime: ActionUnitDetector(runtime=runtime) for runtime in ("tensorflow", "onnx")}
    rates: dict[str, list[float]] = {runtime: [] for runtime in detectors}
    found = {}
    for detector in detectors.values():
        detector.warm_up()
    for _ in range(_ROUNDS.value):
        for runtime, detector in detectors.items():
            start = time.perf_counter()
            found[runtime] = [
                face
                for chunk in range(0, len(photos), 16)
                for face in detector.detect(photos[chunk : chunk + 16])
            ]
            rates[runtime].append(len(photos) / (time.perf_counter() - start))
    print(f"{len(photos)} photos of {_SIDE_PX} px, decoded")
    for runtime, values in rates.items():
        faces = sum(map(len, found[runtime]))
        print(f"  {runtime}: {statistics.median(values):.1f} photos a second, {faces} faces")
    ratios = [onnx / other for onnx, other in zip(rates["onnx"], rates["tensorflow"], strict=True)]
    pairs = [
        (one[0], other[0])
        for one, other in zip(found["onnx"], found["tensorflow"], strict=True)
        if one and other
    ]
    difference = max(float(np.abs(one.scores - other.scores).max()) for one, other in pairs)
    different = sum(int((one.decisions != other.decisions).sum()) for one, other in pairs)
    print(
        f"  onnx is {statistics.median(ratios):.2f} times as fast; scores differ by at most {difference:.1g}, "
        f"{different} of {len(pairs) * len(pairs[0][0].aus)} decisions differ"
    )


if __name__ == "__main__":
    entry_point.run(main)
