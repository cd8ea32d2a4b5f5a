"""The command `emotionet-tf-light`: photos and videos in, a table of faces and AUs out, without TensorFlow.

`emotionet-tf-light [--output=faces.csv] [--annotated_dir=DIR] PHOTO_VIDEO_OR_FOLDER...`
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path

import cv2

from emotionet_tf import __version__
from emotionet_tf.console.progress import CountLine
from emotionet_tf.errors import UserError
from emotionet_tf.faces.head_pose import lies, lying_remark
from emotionet_tf.inference.annotated_pictures import annotate, write_picture
from emotionet_tf.inference.au_detector import ActionUnitDetector
from emotionet_tf.inference.photo_rows import Seen, find_photos, photo_rows
from emotionet_tf.inference.prediction_settings import VideoSettings
from emotionet_tf.inference.safe_output_paths import check_targets, picture_path, refuse_other_file
from emotionet_tf.inference.shipped_detectors import DEFAULT_DETECTOR, described
from emotionet_tf.inference.tables.about import about_path
from emotionet_tf.inference.tables.csv_table import CsvTable
from emotionet_tf.inference.tables.face_rows import columns, roll_of
from emotionet_tf.inference.videos.paths import find_videos, has_videos
from emotionet_tf.inference.videos.streaming import written_frames
from emotionet_tf.runtimes import ONNX
from emotionet_tf.storage.files import write_json, written_aside
from emotionet_tf.videos.frames import Video, check_decoder
from emotionet_tf.videos.tracking import FaceTracker

_BATCH_SIZE = 16


def main(arguments: Sequence[str] | None = None) -> None:
    """Predicts photos or videos, prints the counts, and ends with 2 and one line where something given is wrong."""
    options = _parser().parse_args(arguments)
    try:
        _run(options)
    except UserError as error:
        sys.exit(_failed(str(error)))
    except OSError as error:
        sys.exit(_failed(f"{error.filename or 'the disk'}: {error.strerror}"))
    except KeyboardInterrupt:
        sys.exit(130)


def _failed(message: str) -> int:
    print(f"emotionet-tf-light: {message}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="emotionet-tf-light", description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH", help="photos, videos, or folders of photos or of videos")
    add("--output", help="table to write, .csv (default: predictions.csv)")
    add("--annotated_dir", help="also write each photo or video with its faces and AUs into this folder")
    add("--all_faces", action="store_true", help="a row for every face of a photo, not the largest only")
    add("--model", help=f"an exported .onnx file, or a detector of the package (default: {DEFAULT_DETECTOR})")
    add(
        "--mirror",
        action="store_true",
        help="mean over each face and its mirror image; networks take twice as long",
    )
    add("--every", type=int, default=1, help="of videos: predict each so-many-th frame")
    add("--start", type=float, default=0.0, help="of videos: leave out what comes before, in seconds")
    add("--end", type=float, help="of videos: leave out what comes from here on, in seconds")
    add(
        "--search_every", type=int, default=10, help="of videos: frames from one search for faces to the next"
    )
    add("--version", action="version", version=f"emotionet-tf-light {__version__}")
    return parser


def _run(options: argparse.Namespace) -> None:
    video = VideoSettings(options.every, options.start, options.end, options.search_every)
    table = options.output or "predictions.csv"
    if not table.lower().endswith(".csv"):
        raise UserError(f"--output={table} must end in .csv; emotionet_tf's predict writes other formats")
    is_video = has_videos(options.paths)
    if is_video:
        check_decoder()
    places = find_videos(options.paths) if is_video else find_photos(options.paths)
    if not options.output:
        refuse_other_file(table, list(columns(())[:2]))
    files = {name: Path(place) for name, place in places.items() if os.path.isfile(place)}
    check_targets(table, options.annotated_dir, options.paths, files, {"about": about_path(table)})
    # Photos are searched side by side, a video's steps done side by side: more threads would be in each other's way.
    cv2.setNumThreads(1)
    detector = _detector(options.model, options.mirror)
    with _opened_table(table, detector, is_video) as rows:
        if is_video:
            for name, place in places.items():
                _predict_video(name, os.fspath(place), video, options.annotated_dir, detector, rows)
        else:
            _predict_photos(files, options, detector, rows)
    write_json(about_path(table), {**detector.about, **({"video": asdict(video)} if is_video else {})})
    print(f"table: {table}")


def _detector(model: str | None, mirror: bool) -> ActionUnitDetector:
    if model and model.endswith(".onnx"):
        return ActionUnitDetector([model], mirror=mirror, runtime=ONNX)
    print(f"model: {described(model or DEFAULT_DETECTOR)}")
    return ActionUnitDetector(model=model, mirror=mirror, runtime=ONNX)


@contextmanager
def _opened_table(path: str, detector: ActionUnitDetector, is_video: bool) -> Iterator[CsvTable]:
    with written_aside(path) as aside, aside.open("w", newline="", encoding="utf-8") as file:
        yield CsvTable(file, detector.table_head, is_of_videos=is_video)


def _predict_photos(
    photos: dict[str, Path], options: argparse.Namespace, detector: ActionUnitDetector, table: CsvTable
) -> None:
    num_faces = num_with_face = num_unreadable = num_lying = 0
    progress = CountLine("photos")

    def draw(name: str, seen: Seen) -> None:
        nonlocal num_faces, num_with_face, num_unreadable
        if isinstance(seen, str):
            num_unreadable += 1
            print(f"{photos[name]} cannot be read: {seen}")
            return
        num_faces += len(seen.faces)
        num_with_face += bool(seen.faces)
        if options.annotated_dir is not None:
            write_picture(picture_path(options.annotated_dir, name), annotate(seen.pixels, seen.faces))

    def detect(pixels: list, names: list[str]) -> list:
        return detector.detect(pixels, all_faces=options.all_faces)

    progress(0, len(photos))
    for num_done, rows in enumerate(photo_rows(photos, detect, _BATCH_SIZE, draw), start=1):
        table.write(rows)
        num_lying += sum(lies(roll_of(row)) for row in rows)
        progress(num_done, len(photos))
    if num_unreadable == len(photos):
        raise UserError(f"no photo of {len(photos)} can be read")
    print(
        f"{len(photos)} photos: {num_with_face} with a face ({num_faces} faces), "
        f"{len(photos) - num_with_face - num_unreadable} without, {num_unreadable} unreadable"
    )
    if remark := lying_remark(num_lying):
        print(remark)


def _predict_video(
    name: str,
    place: str,
    settings: VideoSettings,
    annotated_dir: str | None,
    detector: ActionUnitDetector,
    table: CsvTable,
) -> None:
    num_frames = num_with_face = 0
    progress = CountLine(f"frames of {name}")
    video = Video(place, settings.every, settings.start, settings.end)
    total = None if video.num_frames is None else -(-video.num_frames // settings.every)
    annotated = None if annotated_dir is None else Path(annotated_dir, Path(name).with_suffix(".mp4"))
    tracker = FaceTracker(detector.face_detector, settings.search_every)
    progress(0, total or 1)
    with closing(video), closing(written_frames(video, name, detector, tracker, table, annotated)) as batches:
        for results in batches:
            num_frames += len(results)
            num_with_face += sum(bool(one.faces) for one in results)
            progress(num_frames, max(total or 0, num_frames + 1))
    if not num_frames:
        raise UserError(
            f"{place}: no frame could be decoded" + (f"; {video.damage[0]}" if video.damage else "")
        )
    print(f"{name}: {num_frames} frames, {num_with_face} with a face; people: {tracker.num_people}")
    for damage in dict.fromkeys(video.damage):
        print(f"  damaged: {damage}")


if __name__ == "__main__":
    main()
