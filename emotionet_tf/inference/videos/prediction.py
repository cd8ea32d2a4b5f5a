"""Videos in; a table with a row for each frame and face, and annotated videos out. A stopped run is resumed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from emotionet_tf.errors import UserError, stop_says
from emotionet_tf.inference.annotated_pictures import annotate
from emotionet_tf.inference.au_detector import ActionUnitDetector
from emotionet_tf.inference.prediction_settings import PredictConfig, VideoSettings
from emotionet_tf.inference.safe_output_paths import check_targets, refuse_other_file
from emotionet_tf.inference.tables.about import about_path
from emotionet_tf.inference.tables.face_rows import decision_name
from emotionet_tf.inference.tables.file_formats import check_format, write_table
from emotionet_tf.inference.tables.other_layouts import in_layout
from emotionet_tf.inference.videos.frame_results import results_of_frames
from emotionet_tf.inference.videos.frame_rows import rows_of_frames
from emotionet_tf.inference.videos.paths import find_videos
from emotionet_tf.inference.videos.smoothing import smoothed
from emotionet_tf.inference.videos.table_parts import TablePart, joined
from emotionet_tf.storage.files import sha256_of, write_json, written_aside
from emotionet_tf.storage.paths import refuse_remote
from emotionet_tf.storage.write_locks import only_writer
from emotionet_tf.videos.camera import Camera
from emotionet_tf.videos.frames import Video, check_decoder
from emotionet_tf.videos.tracking import FaceTracker
from emotionet_tf.videos.writing import VideoWriter

_FRAMES_OF_A_SAVE = 320
"""Frames between two saves, from which a stopped run resumes; our choice."""

OnProgress = Callable[[str, int, int | None], None]
"""Is called with a video's name, its frames that are done, and its frames in all, where it says how many."""


@dataclass(frozen=True)
class VideoSummary:
    """What was predicted in a video: counts of frames, those with a face, people, and where it is damaged."""

    name: str
    num_frames: int
    num_with_face: int
    num_people: int
    damage: tuple[str, ...]


def checked_videos(config: PredictConfig) -> dict[str, str]:
    """Returns the videos of a configuration, once it is sure that the results can be written.

    Raises:
      UserError: As `find_videos`, `check_targets` and `check_format`, or if a setting is for photos alone.
    """
    camera = config.video.camera
    if camera is None or config.annotated_dir is not None:
        check_decoder()
    if camera is not None and config.paths:
        raise UserError("--camera takes no videos beside it")
    videos = {f"camera {camera}": ""} if camera is not None else find_videos(config.paths)
    refuse_remote(output=config.table, annotated_dir=config.annotated_dir or "")
    if config.conditions is not None:
        raise UserError("--conditions is for photos; a video's table has times to choose by")
    if not config.output:
        refuse_other_file(config.table, ["id", "file"])
    places = {name: Path(place) for name, place in videos.items() if os.path.isfile(place)}
    check_targets(
        config.table, config.annotated_dir, config.paths, places, {"about": about_path(config.table)}
    )
    check_format(config.table, for_excel=config.excel)
    return videos


def predict_videos(
    config: PredictConfig,
    detector: ActionUnitDetector,
    on_progress: OnProgress = lambda name, num_done, num_frames: None,
    face_settings: Mapping[str, Any] | None = None,
) -> list[VideoSummary]:
    """Predicts videos and writes their table; the rows lie beside it until all are done.

    A run that was stopped is resumed by the same call: frames that were done are not done again.

    Args:
      config: What to predict.
      detector: Finds faces and their AUs.
      on_progress: Told of each video's frames.
      face_settings: What, beside the face detector's name, decides the faces; other ones are not resumed.
    Raises:
      UserError: As `checked_videos`, or if a video cannot be read, or has no frame that can be decoded, or if another
        run writes the table.
    """
    videos = checked_videos(config)
    about = {**detector.about, "video": asdict(config.video)}
    with only_writer(config.table), stop_says(lambda: _kept(config, videos)):
        parts = [
            _predicted(
                config,
                name,
                place,
                _rows_file(config.table, name),
                detector,
                on_progress,
                face_settings or {},
            )
            for name, place in videos.items()
        ]
        _write(config, parts, about, detector)
        for part in parts:
            part.remove()
    return [
        VideoSummary(name, part.num_frames, part.num_with_face, part.num_people, tuple(part.damage))
        for name, part in zip(videos, parts, strict=True)
    ]


def _kept(config: PredictConfig, videos: Mapping[str, str]) -> str:
    if config.video.camera is not None or config.annotated_dir is not None:
        return "videos that are done are kept, the same command starts with the others"
    num_videos = sum(_rows_file(config.table, name).is_file() for name in videos)
    return f"what is done of {num_videos} of {len(videos)} videos is kept, the same command resumes"


def _rows_file(table: str, name: str) -> Path:
    """Returns where the rows of a video lie until the table is written; hidden, beside it."""
    mark = hashlib.sha256(name.encode()).hexdigest()[:12]
    return Path(table).with_name(f".{Path(table).name}.{mark}.part")


def _predicted(
    config: PredictConfig,
    name: str,
    place: str,
    rows: Path,
    detector: ActionUnitDetector,
    on_progress: OnProgress,
    face_settings: Mapping[str, Any],
) -> TablePart:
    made_by = {
        "video": sha256_of(place) if os.path.isfile(place) else name,
        "about": detector.about,
        "thresholds": detector.thresholds.tolist(),
        "faces": {"detector": detector.face_detector.name, **face_settings},
        "settings": {name: value for name, value in asdict(config.video).items() if name != "smooth"},
        "annotated": config.annotated_dir,
    }
    with ExitStack() as stack:
        video = _opened(place, config.video)
        stack.callback(video.close)
        part = TablePart.resumed(rows, made_by)
        if part.is_done:
            on_progress(name, part.num_frames, part.num_frames)
            return part
        if config.annotated_dir is not None or not os.path.isfile(place):
            # A picture's frames cannot be added to, and a stream cannot be gone back in.
            part.remove()
            part = TablePart.resumed(rows, made_by)
        writer = None
        if config.annotated_dir is not None:
            target = Path(config.annotated_dir, Path(name).with_suffix(".mp4"))
            writer = stack.enter_context(VideoWriter(target, video.rate / config.video.every))
        _add_rows(part, video, config.video, name, detector, writer, on_progress)
    if not part.num_frames:
        part.remove()
        raise UserError(f"{place or name}: {_why_empty(part, config.video)}")
    return part


def _why_empty(part: TablePart, settings: VideoSettings) -> str:
    if part.damage:
        return f"no frame could be decoded; {part.damage[0]}"
    if settings.start or settings.end is not None:
        return "it has no frame between --start and --end"
    return "it has no frame"


def _opened(place: str, settings: VideoSettings) -> Video | Camera:
    if settings.camera is not None:
        return Camera(settings.camera, settings.every, settings.end)
    return Video(place, settings.every, settings.start, settings.end)


def _add_rows(
    part: TablePart,
    video: Video | Camera,
    settings: VideoSettings,
    name: str,
    detector: ActionUnitDetector,
    writer: VideoWriter | None,
    on_progress: OnProgress,
) -> None:
    """Adds the rows of the frames that are not done."""
    tracker = FaceTracker(detector.face_detector, settings.search_every)
    if part.tracker is not None:
        tracker.restore(part.tracker)
    total = None if video.num_frames is None else -(-video.num_frames // settings.every)
    on_progress(name, part.num_frames, total)
    head = detector.table_head
    batches = results_of_frames(
        video.frames(part.next_frame),
        tracker,
        detector.results,
        is_live=isinstance(video, Camera),
        frames_of_a_save=_FRAMES_OF_A_SAVE,
    )
    with closing(batches):
        for results, num_people, state in batches:
            part.append(rows_of_frames(name, results), head)
            if writer is not None:
                for one in results:
                    writer.add(annotate(one.pixels, one.faces, one.face_ids))
            part.next_frame = results[-1].number + 1
            part.num_frames += len(results)
            part.num_with_face += sum(bool(one.faces) for one in results)
            part.num_people = num_people
            if state is not None:
                part.save(state)
            on_progress(name, part.num_frames, total)
    part.damage, part.is_done = list(dict.fromkeys(video.damage)), bool(part.num_frames)
    part.save(None)


def _write(
    config: PredictConfig, parts: Sequence[TablePart], about: Mapping[str, Any], detector: ActionUnitDetector
) -> None:
    is_plain = Path(config.table).suffix.lower() in ("", ".csv") and config.format is None
    if is_plain and not config.excel and not config.video.smooth:
        with written_aside(config.table) as aside:
            joined(parts, aside)
    else:
        table = pd.concat([pd.read_csv(part.rows) for part in parts], ignore_index=True)
        # Whole numbers that can be blank; as floats they would be written as 1.0.
        decisions = [decision_name(au) for au in detector.aus]
        table = table.astype(dict.fromkeys([*decisions, "face_id"], "Int64"))
        if config.video.smooth:
            table = smoothed(table, detector.aus, detector.thresholds, config.video.smooth)
        if config.format is not None:
            table = in_layout(table, config.format)
        write_table(table, about, config.table, for_excel=config.excel)
    write_json(about_path(config.table), about)
