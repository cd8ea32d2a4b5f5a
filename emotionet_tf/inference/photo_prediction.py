"""Photos and folders in, a table of faces with their AUs out."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from emotionet_tf.action_units import au_name
from emotionet_tf.errors import UserError
from emotionet_tf.faces.crops_and_rows import reason_without_face
from emotionet_tf.faces.photo_groups import SeenPhoto, detect_in_groups
from emotionet_tf.faces.table import BOX_COLUMNS
from emotionet_tf.inference.annotated_pictures import annotate
from emotionet_tf.inference.au_detector import ActionUnitDetector, FaceResult
from emotionet_tf.inference.prediction_files import threshold_columns
from emotionet_tf.inference.prediction_settings import PredictConfig
from emotionet_tf.inference.safe_output_paths import check_targets, picture_path, refuse_other_file
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.rejection_reasons import why_unreadable
from emotionet_tf.photos.reading import list_photos
from emotionet_tf.storage.files import written_aside
from emotionet_tf.storage.paths import as_path

ANGLE_COLUMNS = ("pitch_degrees", "yaw_degrees", "roll_degrees")


@dataclass(frozen=True)
class PredictSummary:
    """What was predicted: counts of photos and faces, photo and reason of each that could not be read, and how many
    faces each detector found that found any."""

    num_photos: int
    num_with_face: int
    num_faces: int
    unreadable: tuple[tuple[str, str], ...]
    faces_of_detector: Mapping[str, int]


def find_photos(paths: Sequence[str]) -> dict[str, Path]:
    """Returns the photos of files and folders: each file's place by its name in the table.

    A photo in a folder is named by its path from there, a photo that was named itself by its file name.

    Raises:
      UserError: If there is no path, one does not exist, a folder has no photo, or two photos get one name or id.
    """
    if not paths:
        raise UserError("name at least one photo or folder")
    photos: dict[str, Path] = {}
    ids: dict[str, Path] = {}
    for path in map(as_path, paths):
        if not path.exists():
            raise UserError(f"{path} does not exist: expected a photo or a folder")
        names = {name: path / name for name in list_photos(path)} if path.is_dir() else {path.name: path}
        for name, place in names.items():
            other = ids.setdefault(example_id(name), place)
            if name in photos or other != place:
                raise UserError(
                    f"{other} and {place} would share the id {example_id(name)}: predict them apart"
                )
            photos[name] = place
    return photos


def checked_photos(config: PredictConfig) -> dict[str, Path]:
    """Returns the photos of a configuration, as `find_photos`, once it is sure that the results can be written.

    Raises:
      UserError: As `find_photos` and `check_targets`, or if the table was not given a place and its usual one is taken.
    """
    photos = find_photos(config.paths)
    if not config.output:
        refuse_other_file(config.table, list(columns(())[:3]))
    check_targets(config.table, config.annotated_dir, config.paths, photos)
    return photos


def predict_photos(
    config: PredictConfig,
    detector: ActionUnitDetector,
    on_progress: Callable[[int, int], None] = lambda num_done, num_photos: None,
) -> PredictSummary:
    """Predicts photos and writes the table, and annotated pictures where they are wanted.

    Args:
      config: What to predict.
      detector: Finds faces and their AUs.
      on_progress: Called before the first batch and after each with the photos done and the photos in all.
    Raises:
      UserError: As `checked_photos`, or if no photo can be read.
    """
    photos = checked_photos(config)
    rows: list[dict[str, Any]] = []
    num_done = 0
    on_progress(num_done, len(photos))
    for group in _seen_photos(photos, config, detector):
        rows += _finished_rows(group, photos, config, detector.aus)
        num_done += len(group)
        on_progress(num_done, len(photos))
    unreadable = tuple(
        (row["file"], why) for row in rows if (why := why_unreadable(row["reason"])) is not None
    )
    if len(unreadable) == len(photos):
        raise UserError(f"no photo of {len(photos)} can be read; {unreadable[0][0]}: {unreadable[0][1]}")
    with written_aside(config.table) as aside:
        table = pd.DataFrame(rows, columns=columns(detector.aus))
        table.assign(**threshold_columns(detector.aus, detector.thresholds)).to_csv(aside, index=False)
    found = [row for row in rows if row["found"]]
    return PredictSummary(
        num_photos=len(photos),
        num_with_face=len({row["file"] for row in found}),
        num_faces=len(found),
        unreadable=unreadable,
        faces_of_detector=Counter(row["detector"] for row in found),
    )


def columns(aus: Sequence[int]) -> list[str]:
    """Returns the table's columns for these AUs; behind them come thresholds, where they are not 0.5."""
    names = [au_name(au) for au in aus]
    about_face = ["id", "file", "face_index", "found", "reason", "detector", "confidence"]
    about_face += [*BOX_COLUMNS, *ANGLE_COLUMNS]
    return [*about_face, *names, *(f"{name}_decision" for name in names)]


def _seen_photos(
    photos: Mapping[str, Path], config: PredictConfig, detector: ActionUnitDetector
) -> Iterator[dict[str, SeenPhoto[FaceResult] | str]]:
    """Yields photos with their faces, some at a time, while the next ones are being read."""

    def detect(pixels: list[np.ndarray], names: list[str]) -> list[list[FaceResult]]:
        return detector.detect(pixels, all_faces=config.all_faces, names=names)

    with ThreadPoolExecutor() as threads:
        yield from detect_in_groups(photos, detect, threads, config.batch_size)


def _finished_rows(
    group: Mapping[str, SeenPhoto[FaceResult] | str],
    places: Mapping[str, Path],
    config: PredictConfig,
    aus: Sequence[int],
) -> list[dict[str, Any]]:
    """Returns the rows of some photos, and writes their annotated pictures."""
    rows = []
    for name, seen in group.items():
        if config.annotated_dir is not None and not isinstance(seen, str):
            picture = annotate(seen.pixels, seen.faces)
            _write_picture(picture_path(config.annotated_dir, name), picture)
        rows += _rows_of_photo(name, places[name], seen, aus)
    return rows


def _rows_of_photo(
    name: str, place: Path, seen: SeenPhoto[FaceResult] | str, aus: Sequence[int]
) -> list[dict[str, Any]]:
    results = [] if isinstance(seen, str) else seen.faces
    rows = [_row_of_face(name, place, index, result) for index, result in enumerate(results)]
    return rows or [_row_without_face(name, place, reason_without_face(seen), aus)]


def _row_of_face(name: str, place: Path, index: int, result: FaceResult) -> dict[str, Any]:
    face = result.face
    row: dict[str, Any] = {
        "id": example_id(name) + (f"#{index}" if index else ""),
        "file": os.fspath(place),
        "face_index": index,
        "found": 1,
        "reason": "",
        "detector": face.detector,
        "confidence": round(face.confidence, 4),
    }
    row |= {column: round(value, 1) for column, value in zip(BOX_COLUMNS, face.box, strict=True)}
    if result.angles is not None:
        degrees = (round(math.degrees(angle), 1) for angle in result.angles)
        row |= dict(zip(ANGLE_COLUMNS, degrees, strict=True))
    for au, score, decision in zip(result.aus, result.scores, result.decisions, strict=True):
        row |= {au_name(au): round(float(score), 6), f"{au_name(au)}_decision": int(decision)}
    return row


def _row_without_face(name: str, place: Path, reason: str, aus: Sequence[int]) -> dict[str, Any]:
    # No face means that no AU can be seen: absent, as in the challenge's evaluation (Werner et al. 2020, sec. 2).
    row: dict[str, Any] = {"id": example_id(name), "file": os.fspath(place), "face_index": 0, "found": 0}
    row["reason"] = reason
    for au in aus:
        row |= {au_name(au): 0.0, f"{au_name(au)}_decision": 0}
    return row


def _write_picture(path: Path, picture: np.ndarray) -> None:
    data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
    with written_aside(path) as aside:
        aside.write_bytes(data.tobytes())
