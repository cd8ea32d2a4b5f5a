"""Predicts the AUs of faces in photos and videos.

`python -m emotionet_tf.bin.predict [--model_dir=DIR ...] [--output=faces.csv] PHOTO_VIDEO_OR_FOLDER...`

Without a model folder a detector that comes with the package predicts. A video's table has a row for each frame and
face; `--camera=0` predicts a camera.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from absl import flags

from emotionet_tf.cli import detector_flags, entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.interface import remarks_of, tell_places
from emotionet_tf.inference.prediction_settings import DetectorUse, PredictConfig
from emotionet_tf.inference.shipped_detectors import DEFAULT_DETECTOR

if TYPE_CHECKING:
    import numpy as np

    from emotionet_tf.faces.detectors.choice import DetectorChoice
    from emotionet_tf.inference.au_detector import ActionUnitDetector
    from emotionet_tf.inference.face_result import FaceResult

flags.adopt_module_key_flags(detector_flags)

_MODELS = ConfigFlags(DetectorUse)
_CONFIG = ConfigFlags(PredictConfig)
_MOST_SHOWN = 10


def main(arguments: list[str]) -> None:
    """Predicts photos or videos and prints the counts."""
    import cv2

    from emotionet_tf.inference.photo_prediction import checked_photos
    from emotionet_tf.inference.videos.paths import has_videos
    from emotionet_tf.inference.videos.prediction import checked_videos

    models, config = _MODELS.build(), _CONFIG.build(paths=tuple(arguments[1:]))
    # A wrong folder or path is told at once, before anything is loaded.
    _check_models(models, config)
    is_video = config.video.camera is not None or has_videos(config.paths)
    _check_plots(config, is_video)
    if config.report is not None:
        from emotionet_tf.plots.results_page import check_results_page

        check_results_page(config.report, config.format)
    photos = {} if is_video else checked_photos(config)
    if is_video:
        checked_videos(config)
    if remark := models.remark(DEFAULT_DETECTOR):
        print(remark)
    # Photos are searched side by side, a video's steps done side by side: more threads would be in each other's way.
    cv2.setNumThreads(1)
    detector = _detector(models, config.runtime)
    tell_places(detector.face_detector, photos.__getitem__, photos)
    if is_video:
        _predict_videos(config, detector)
    else:
        _predict_photos(config, detector)
    for line in remarks_of(detector.face_detector):
        print(line)
    print(f"table: {config.table}")
    if config.annotated_dir:
        print(f"annotated {'videos' if is_video else 'pictures'}: {config.annotated_dir}")
    _show_results(config, is_video, detector)


def _check_plots(config: PredictConfig, is_video: bool) -> None:
    """Raises UserError where plots are wanted that cannot be drawn."""
    if config.plots_dir is None:
        return
    if config.format is not None:
        raise UserError("--plots_dir draws our own table; leave out --format")
    from emotionet_tf.plots.canvas import new_figure
    from emotionet_tf.storage.files import check_writable
    from emotionet_tf.storage.paths import as_path

    new_figure(1, 1)
    check_writable(as_path(config.plots_dir) / "plot.png", "plots_dir", as_path(config.plots_dir))


def _show_results(config: PredictConfig, is_video: bool, detector: ActionUnitDetector) -> None:
    """Draws the plots and writes the page, where they are wanted; what both show is looked for once."""
    if config.plots_dir is None and config.report is None:
        return
    from emotionet_tf.inference.photo_rows import find_photos
    from emotionet_tf.inference.tables.about import about_path
    from emotionet_tf.inference.tables.conditions import conditions_of
    from emotionet_tf.inference.tables.file_formats import read_table
    from emotionet_tf.plots.examples import strongest_examples
    from emotionet_tf.plots.files import draw_plots
    from emotionet_tf.plots.results_page import write_results_page
    from emotionet_tf.storage.files import read_json_or_nothing
    from emotionet_tf.storage.paths import as_path

    def look(pixels: np.ndarray) -> list[FaceResult]:
        return detector.detect(pixels, all_faces=True)[0]

    table, examples, conditions = read_table(config.table), None, None
    if not is_video:
        photos = find_photos(config.paths)
        examples = strongest_examples(table, detector.aus, photos, look)
        if config.conditions is not None:
            conditions = conditions_of(list(photos), config.conditions)
    if config.plots_dir is not None:
        draw_plots(table, as_path(config.plots_dir), examples, conditions)
        print(f"plots: {config.plots_dir}")
    if config.report is not None:
        about = read_json_or_nothing(as_path(about_path(config.table)))
        write_results_page(as_path(config.report), table, about, examples=examples, conditions=conditions)
        print(f"report: {config.report}")


def _check_models(models: DetectorUse, config: PredictConfig) -> None:
    """Raises UserError where a folder is not a model's, or the runtime is missing; remarks on unfinished trainings."""
    from emotionet_tf.inference.scoring.onnx_file import ENDING
    from emotionet_tf.runtimes import ONNX, chosen_runtime

    if chosen_runtime(config.runtime) == ONNX:
        return
    from emotionet_tf.models.model_folders import is_unfinished, read_model_config

    for folder in models.folders(DEFAULT_DETECTOR):
        if folder.endswith(ENDING):
            continue
        read_model_config(folder)
        if is_unfinished(folder):
            print(f"{folder}: training is not finished")


def _detector(models: DetectorUse, runtime: str | None) -> ActionUnitDetector:
    from emotionet_tf.faces.detectors.choice import build_detector
    from emotionet_tf.inference.au_detector import ActionUnitDetector

    return ActionUnitDetector.of(models, runtime, build_detector(_face_detectors(runtime)))


def _face_detectors(runtime: str | None) -> DetectorChoice:
    """Returns the detectors that the flags name, MTCNN among them with the runtime."""
    choice = detector_flags.detector_choice()
    mtcnn = replace(choice.of("mtcnn"), runtime=runtime)  # type: ignore[call-arg]
    return replace(choice, settings_of={**choice.settings_of, "mtcnn": mtcnn})


def _predict_photos(config: PredictConfig, detector: ActionUnitDetector) -> None:
    from emotionet_tf.console.progress import CountLine
    from emotionet_tf.faces.detectors.choice import format_counts
    from emotionet_tf.inference.photo_prediction import predict_photos
    from emotionet_tf.inference.tables.conditions import summary_path
    from emotionet_tf.photos.reading import format_unreadable

    choice = detector_flags.detector_choice()
    settings = {"detectors": choice.names, **choice.settings(), "runtime": config.runtime}
    summary = predict_photos(config, detector, CountLine("photos"), settings)
    num_without = summary.num_photos - summary.num_with_face - len(summary.unreadable)
    print(
        f"{summary.num_photos} photos: {summary.num_with_face} with a face ({summary.num_faces} faces), "
        f"{num_without} without, {len(summary.unreadable)} unreadable"
    )
    if len(choice.names) > 1:
        print(f"faces found by {format_counts(choice.names, summary.faces_of_detector)}")
    if summary.unreadable:
        print(format_unreadable(summary.unreadable))
    if summary.lying:
        print(summary.lying)
    for line in summary.passed_over:
        print(line)
    if config.conditions is not None:
        left_out = summary.num_photos - summary.num_with_condition
        print(
            f"summary: {summary_path(config.table)}"
            + (f" ({left_out} photos have no condition)" if left_out else "")
        )


def _predict_videos(config: PredictConfig, detector: ActionUnitDetector) -> None:
    from emotionet_tf.console.progress import CountLine
    from emotionet_tf.inference.videos.prediction import predict_videos

    lines: dict[str, CountLine] = {}

    def show(name: str, num_done: int, num_frames: int | None) -> None:
        # A stream does not say how much is to come.
        lines.setdefault(name, CountLine(f"frames of {name}"))(num_done, num_frames or num_done + 1)

    face_settings = detector_flags.detector_choice().settings()
    for video in predict_videos(config, detector, show, face_settings):
        people = f"{video.num_people} {'person' if video.num_people == 1 else 'people'}"
        print(f"{video.name}: {video.num_frames} frames, {video.num_with_face} with a face; {people}")
        for damage in video.damage[:_MOST_SHOWN]:
            print(f"  damaged: {damage}")
        if len(video.damage) > _MOST_SHOWN:
            print(f"  and {len(video.damage) - _MOST_SHOWN} more places")


if __name__ == "__main__":
    entry_point.run(main)
