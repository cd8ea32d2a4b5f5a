"""Times preparation end to end and part by part on one core, and measures its memory at growing numbers of rows.

python -m benchmarks.preparation --photos_dir=DIR [--num_photos=100] [--memory_rows=1000,10000,100000]

Beside it, in the same run: the package `mtcnn` asked photo by photo, and the bare cost of decoding a JPEG and encoding
two crops, below which no preparation can be.
"""

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from absl import flags

from emotionet_tf import command_line

_PHOTOS_DIR = flags.DEFINE_string("photos_dir", None, "Folder of photos.", required=True)
_NUM_PHOTOS = flags.DEFINE_integer("num_photos", 100, "Photos to time, the first of the folder.")
_MEMORY_ROWS = flags.DEFINE_list(
    "memory_rows", [], "Numbers of rows to measure memory at, such as 1000,10000,100000; none by default. The photos "
    "are links to small ones, and the detector is a stand-in that finds a face at once.",
)  # fmt: skip
_MEMORY_OF = flags.DEFINE_integer("memory_of", 0, "Used by the command itself: measures one number of rows.")


def main(arguments: list[str]) -> None:
    """Prints milliseconds a photo and photos a second of every way, then the memory."""
    command_line.refuse_arguments(arguments)
    if _MEMORY_OF.value:
        print(_peak_memory(_MEMORY_OF.value))
        return
    if hasattr(os, "sched_setaffinity"):
        # One core, for this process and all threads that it starts from here on.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    _time_ways()
    if _MEMORY_ROWS.value:
        print("peak memory")
    for rows in _MEMORY_ROWS.value:
        command = [sys.executable, "-m", "benchmarks.preparation", "--photos_dir=-", f"--memory_of={rows}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        print(f"{int(rows):8d} rows  {done.stdout.strip().splitlines()[-1]}", flush=True)


def _time_ways() -> None:
    import cv2
    import numpy as np
    from mtcnn import MTCNN

    from emotionet_tf.action_units import VIEWS
    from emotionet_tf.data.record_encoding import encode_row
    from emotionet_tf.faces.box_crops import crop_face
    from emotionet_tf.faces.face_rows import CropStyle
    from emotionet_tf.faces.mtcnn_detector import MtcnnDetector
    from emotionet_tf.faces.photos import list_photos, read_photo
    from emotionet_tf.label_lists.rows import LabelRow

    paths = [Path(_PHOTOS_DIR.value, name) for name in list_photos(_PHOTOS_DIR.value)[: _NUM_PHOTOS.value]]
    photos = [read_photo(path) for path in paths]
    files = [path.read_bytes() for path in paths]
    style, detector, package = CropStyle(), MtcnnDetector(), MTCNN()
    detector.detect(photos[:2])  # the first call compiles
    package.detect_faces(photos[0])
    results: dict[str, Any] = {}

    def timed(name: str, work: Callable[[], Any]) -> None:
        start = time.perf_counter()
        results[name] = work()
        milliseconds = (time.perf_counter() - start) / len(paths) * 1e3
        found = f", a face in {sum(map(bool, results[name]))}" if "detect" in name else ""
        print(
            f"{name:44s}{milliseconds:8.1f} ms a photo {1e3 / milliseconds:8.1f} photos/s{found}", flush=True
        )

    def register() -> list[list[np.ndarray]]:
        faces = [(photo, own[0]) for photo, own in zip(photos, results["detect"], strict=True) if own]
        return [
            [crop_face(photo, face, view, style.crop_size_px, style.framing) for view in VIEWS]
            for photo, face in faces
        ]

    label = LabelRow("id", "id", np.zeros(23, np.float32), np.ones(23, np.float32))
    options = [cv2.IMWRITE_JPEG_QUALITY, style.jpeg_quality]

    def encode() -> list[bytes]:
        return [
            encode_row(label, (0.0, 0.0, 0.0), cv2.imencode(".jpg", crop, options)[1].tobytes())
            for crops in results["register"]
            for crop in crops
        ]

    def bare() -> None:
        crops = results["register"][0]
        for data in files:
            cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            for crop in crops:
                cv2.imencode(".jpg", crop, options)

    sides = [max(photo.shape) for photo in photos]
    print(f"{len(paths)} photos, longer side {min(sides)} to {max(sides)} px, on one core")
    timed("decode", lambda: [read_photo(path) for path in paths])
    timed("detect", lambda: detector.detect(photos))
    timed("register", register)
    timed("encode", encode)
    timed("bare JPEG decode and encode of two crops", bare)
    timed(
        "package mtcnn, photo by photo: detect only",
        lambda: [package.detect_faces(photo) for photo in photos],
    )
    with tempfile.TemporaryDirectory() as folder:
        seconds = _end_to_end(Path(folder), paths)
    print(
        f"{'end to end':44s}{seconds / len(paths) * 1e3:8.1f} ms a photo {len(paths) / seconds:8.1f} photos/s"
        ", with planning, start of the pipeline, the detector's loading and compiling, and joining"
    )


def _end_to_end(folder: Path, paths: list[Path]) -> float:
    """Returns the seconds that a preparation of photos takes, all imports done."""
    from emotionet_tf.data.preparation.run import prepare
    from emotionet_tf.data.preparation.runners import RunnerChoice

    (folder / "photos").mkdir()
    for number, path in enumerate(paths):
        (folder / "photos" / f"{number}{path.suffix}").symlink_to(path.resolve())
    names = [f"{number}{path.suffix}" for number, path in enumerate(paths)]
    start = time.perf_counter()
    prepare(_config(folder, names), RunnerChoice().run_shards)
    return time.perf_counter() - start


def _config(folder: Path, names: list[str], **changes: Any) -> Any:
    from emotionet_tf.data.preparation.config import PrepareConfig

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

    from emotionet_tf.data.preparation import chunk_worker
    from emotionet_tf.data.preparation.run import prepare
    from emotionet_tf.data.preparation.runners import RunnerChoice
    from emotionet_tf.faces.detection import Face
    from emotionet_tf.faces.face_rows import CropStyle

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
        start = time.perf_counter()
        prepare(config, RunnerChoice().run_shards)
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{before / 1024:6.0f} MB before, {peak / 1024:6.0f} MB at the peak, {seconds:.0f} s"


if __name__ == "__main__":
    command_line.run(main)
