"""Times preparation end to end and stage by stage on one core, and measures its memory at growing numbers of rows.

python -m benchmarks.preparation --photos_dir=DIR [--num_photos=100] [--memory_rows=1000,10000,100000]

Beside it, in the same run: the package `mtcnn` asked photo by photo, and the bare cost of decoding a JPEG and encoding
two crops, below which no preparation can be. End to end is run with the photos once and twice over: what the second
time takes more is the cost of the photos, what is left is the start.
"""

from __future__ import annotations

import csv
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from absl import flags

from emotionet_tf.cli import entry_point

if TYPE_CHECKING:
    import numpy as np

    from emotionet_tf.faces.detectors.interface import Face
    from emotionet_tf.preparation.config import PrepareConfig

_PHOTOS_DIR = flags.DEFINE_string("photos_dir", None, "Folder of photos.", required=True)
_NUM_PHOTOS = flags.DEFINE_integer("num_photos", 100, "Photos to time, the first of the folder.")
_MEMORY_ROWS = flags.DEFINE_list(
    "memory_rows", [], "Numbers of rows to measure memory at, such as 1000,10000,100000; none by default. The photos "
    "are links to small ones, and the detector is a fake that finds a face at once.",
)  # fmt: skip
_MEMORY_OF = flags.DEFINE_integer("memory_of", 0, "Used by the command itself: measures one number of rows.")

_Result = TypeVar("_Result")


def main(arguments: list[str]) -> None:
    """Prints milliseconds a photo and photos a second of every way, then the memory."""
    entry_point.refuse_arguments(arguments)
    logging.disable(logging.WARNING)  # Beam tells of Google's packages that are not installed
    if _MEMORY_OF.value:
        print(_peak_memory(_MEMORY_OF.value))
        return
    if hasattr(os, "sched_setaffinity"):
        # One core, for this process and all threads that it starts from here on.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    _time_ways(_PHOTOS_DIR.value, _NUM_PHOTOS.value)
    if _MEMORY_ROWS.value:
        print("peak memory")
    for rows in _MEMORY_ROWS.value:
        command = [sys.executable, "-m", "benchmarks.preparation", "--photos_dir=-", f"--memory_of={rows}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        print(f"{int(rows):8d} rows  {done.stdout.strip().splitlines()[-1]}", flush=True)


def _time_ways(photos_dir: str, num_photos: int) -> None:
    from emotionet_tf.faces.detectors.mtcnn import MtcnnDetector
    from emotionet_tf.photos.reading import list_photos, read_photo

    paths = [Path(photos_dir, name) for name in list_photos(photos_dir)[:num_photos]]
    photos, _ = _timed(lambda: [read_photo(path) for path in paths])
    sides = [max(photo.shape) for photo in photos]
    print(f"{len(paths)} photos, longer side {min(sides)} to {max(sides)} px, on one core")
    _, seconds = _timed(lambda: [read_photo(path) for path in paths])
    _print_time("decode", seconds, len(paths))
    detector = MtcnnDetector()
    detector.detect(photos[:2])  # the first call compiles
    found, detect_seconds = _timed(lambda: detector.detect(photos))
    _print_time("detect", detect_seconds, len(paths), f", a face in {sum(map(bool, found))}")
    _time_crops(paths, photos, found)
    package_seconds = _time_package(photos, found)
    _print_time("package mtcnn, photo by photo: detect only", package_seconds, len(paths))
    steady_seconds = _time_end_to_end(paths)
    print(f"detect is {package_seconds / detect_seconds:.1f} times as fast as the package mtcnn")
    print(
        f"end to end, start apart, is {package_seconds / steady_seconds:.1f} times as fast as its detection alone"
    )


def _time_crops(paths: Sequence[Path], photos: Sequence[np.ndarray], found: Sequence[Sequence[Face]]) -> None:
    """Times what follows detection, and the bare cost of JPEG."""
    import cv2
    import numpy as np

    from emotionet_tf.action_units import VIEWS
    from emotionet_tf.faces.box_crops import crop_face
    from emotionet_tf.faces.crops_and_rows import CropStyle
    from emotionet_tf.label_lists.rows import LabelRow
    from emotionet_tf.records.writing.encoding import encode_row

    style = CropStyle()
    faces = [(photo, own[0]) for photo, own in zip(photos, found, strict=True) if own]
    crops, seconds = _timed(
        lambda: [
            [crop_face(photo, face, view, style.crop_size_px, style.framing) for view in VIEWS]
            for photo, face in faces
        ]
    )
    _print_time("register", seconds, len(paths))
    label = LabelRow("id", "id", np.zeros(23, np.float32), np.ones(23, np.float32))
    options = [cv2.IMWRITE_JPEG_QUALITY, style.jpeg_quality]

    def encode() -> None:
        for crop in (crop for own in crops for crop in own):
            encode_row(label, (0.0, 0.0, 0.0), cv2.imencode(".jpg", crop, options)[1].tobytes())

    _print_time("encode", _timed(encode)[1], len(paths))
    files = [path.read_bytes() for path in paths]

    def bare() -> None:
        for data in files:
            cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            for crop in crops[0]:
                cv2.imencode(".jpg", crop, options)

    _print_time("bare JPEG decode and encode of two crops", _timed(bare)[1], len(paths))


def _time_package(photos: Sequence[np.ndarray], found: Sequence[Sequence[Face]]) -> float:
    """Returns the seconds of the package's own detection, and prints how far it agrees with ours."""
    from mtcnn import MTCNN

    package = MTCNN()
    package.detect_faces(photos[0])
    theirs, seconds = _timed(lambda: [package.detect_faces(photo) for photo in photos])
    pairs = [(own[0], _largest(other)) for own, other in zip(found, theirs, strict=True) if own and other]
    print(
        f"both find a face in {len(pairs)} photos, ours alone in {sum(map(bool, found)) - len(pairs)}, the package "
        f"alone in {sum(map(bool, theirs)) - len(pairs)}; differences of the largest face:"
    )
    if pairs:
        _print_differences(pairs)
    return seconds


def _largest(faces: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return max(faces, key=lambda face: face["box"][2] * face["box"][3])


def _print_differences(pairs: Sequence[tuple[Face, dict[str, Any]]]) -> None:
    """Prints how far the package's boxes and landmarks lie from ours, the farthest coordinate of each face."""
    import numpy as np

    from emotionet_tf.faces.detectors.mtcnn_settings import MtcnnSettings

    names = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
    boxes = [np.abs(np.subtract(own.box, other["box"])).max() for own, other in pairs]
    points = [
        np.abs(own.landmarks - [other["keypoints"][name] for name in names]).max() for own, other in pairs
    ]
    width = np.median([own.box[2] for own, _ in pairs])
    print(f"  box {np.median(boxes):.1f} px in the median, {max(boxes):.1f} px at most")
    print(f"  landmarks {np.median(points):.1f} px in the median, {max(points):.1f} px at most")
    print(
        f"  faces are {width:.0f} px wide in the median; the package looks at photos in full size, ours at "
        f"{MtcnnSettings().max_side_px} px"
    )


def _time_end_to_end(paths: Sequence[Path]) -> float:
    """Prints what a preparation takes, the start on its own line, and returns the seconds without it."""
    once, twice = (_end_to_end(list(paths) * times) for times in (1, 2))
    steady = max(twice - once, 1e-9)
    _print_time("end to end, without the start", steady, len(paths), f", start {once - steady:.1f} s")
    return steady


def _end_to_end(paths: Sequence[Path]) -> float:
    """Returns the seconds that a preparation of photos takes, all imports done."""
    from emotionet_tf.preparation.beam_runners import RunnerChoice
    from emotionet_tf.preparation.prepare_dataset import prepare

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "photos").mkdir()
        names = [f"{number}{path.suffix}" for number, path in enumerate(paths)]
        for own, path in zip(names, paths, strict=True):
            (folder / "photos" / own).symlink_to(path.resolve())
        config = _config(folder, names)
        return _timed(lambda: prepare(config, RunnerChoice().run_shards))[1]


def _timed(work: Callable[[], _Result]) -> tuple[_Result, float]:
    """Returns what the work returns, and the seconds that it took."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def _print_time(name: str, seconds: float, num_photos: int, note: str = "") -> None:
    each = seconds / num_photos
    print(f"{name:44s}{each * 1e3:8.1f} ms a photo {1 / each:8.1f} photos/s{note}", flush=True)


def _config(folder: Path, names: Sequence[str], **changes: Any) -> PrepareConfig:
    from emotionet_tf.preparation.config import PrepareConfig

    with (folder / "labels.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "AU12"])
        writer.writerows((name, len(name) % 2) for name in names)
    return PrepareConfig(
        photos_dir=str(folder / "photos"),
        label_files=(str(folder / "labels.csv"),),
        dataset="benchmark",
        output_dir=str(folder / "records"),
        **changes,
    )


def _peak_memory(num_rows: int) -> str:
    """Prepares so many rows and returns the peak memory of this process, before and at the end."""
    import cv2
    import numpy as np

    from emotionet_tf.faces.crops_and_rows import CropStyle
    from emotionet_tf.faces.detectors.interface import Face
    from emotionet_tf.preparation import chunk_worker
    from emotionet_tf.preparation.beam_runners import RunnerChoice
    from emotionet_tf.preparation.prepare_dataset import prepare

    points = np.array([(20, 22), (40, 22), (30, 32), (22, 42), (38, 42)], float)

    class AtOnce:
        """Finds the same face in every photo."""

        name = "mtcnn"

        def detect(
            self, photos: Sequence[np.ndarray], *, largest_only: bool = True, names: Sequence[str] = ()
        ) -> list[list[Face]]:
            return [[Face((8.0, 8.0, 44.0, 46.0), 1.0, points)] for _photo in photos]

    chunk_worker.build_detector = lambda choice: AtOnce()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cv2.imwrite(str(folder / "photo.jpg"), np.full((64, 64, 3), 90, np.uint8))
        names = [f"{number // 1000}/{number}.jpg" for number in range(num_rows)]
        for own in names:
            path = folder / "photos" / own
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(folder / "photo.jpg")
        config = _config(folder, names, style=CropStyle(crop_size_px=32))
        del names
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = _timed(lambda: prepare(config, RunnerChoice().run_shards))[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{before / 1024:6.0f} MB before, {peak / 1024:6.0f} MB at the peak, {seconds:.0f} s"


if __name__ == "__main__":
    entry_point.run(main)
