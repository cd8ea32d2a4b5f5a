"""From a folder of photos to a folder of cropped faces with their face table; resumes where it was stopped."""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emotionet_tf.action_units import FRAMINGS, VIEWS
from emotionet_tf.errors import UserError, stop_says
from emotionet_tf.faces import unfinished_alignment
from emotionet_tf.faces.crops_and_rows import (
    SETTINGS_BEFORE,
    CropStyle,
    batch_size_setting,
    photos_dir_setting,
    write_rows,
)
from emotionet_tf.faces.detectors.interface import Detector, Face, tell_places
from emotionet_tf.faces.detectors.openface.photos import OpenFacePhotos
from emotionet_tf.faces.head_pose import lies, lying_remark
from emotionet_tf.faces.photo_groups import detect_in_groups
from emotionet_tf.faces.table import FaceRow
from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.photos.passed_over import passed_over
from emotionet_tf.photos.reading import list_photos
from emotionet_tf.photos.versions import PhotoVersion, unchanged_version, version_of
from emotionet_tf.settings import check_settings, setting
from emotionet_tf.storage.folder_settings import claim_folder
from emotionet_tf.storage.paths import as_path
from emotionet_tf.storage.write_locks import only_writer


@dataclass(frozen=True)
class AlignConfig:
    """A run of alignment; what each setting is, its declaration says.

    Raises:
      UserError: If a value is not valid.
    """

    photos_dir: str = photos_dir_setting()
    output_dir: str = setting(MISSING, "Folder for the crops and the face table; not inside photos_dir.")
    all_faces: bool = setting(
        False, "Crop every face of a photo; by default the largest one, as the challenge labels one."
    )
    style: CropStyle = setting(CropStyle, "")
    batch_size: int = batch_size_setting()

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True)
class AlignSummary:
    """What a face table holds.

    Attributes:
      num_photos: All photos; the sum of those with a face, those without, and the unreadable ones.
      num_with_face: Photos with at least one face.
      num_without_face: Photos that could be read and show none.
      num_faces: Faces over all photos.
      unreadable: Photo and reason of each that could not be read.
      faces_of_detector: How many faces each detector found that found any.
      passed_over: Sentences on files that look like photos and are of other kinds.
      num_changed: Photos of an earlier run that were replaced since, and were looked at again.
      lying: A sentence on faces that lie on their side or upside down; empty where none does.
    """

    num_photos: int
    num_with_face: int
    num_without_face: int
    num_faces: int
    unreadable: tuple[tuple[str, str], ...]
    faces_of_detector: Mapping[str, int]
    passed_over: tuple[str, ...] = ()
    num_changed: int = 0
    lying: str = ""


def align_photos(
    config: AlignConfig,
    detector: Detector,
    detector_settings: Mapping[str, Any],
    on_progress: Callable[[int, int], None] = lambda num_done, num_photos: None,
    openface: OpenFacePhotos | None = None,
) -> AlignSummary:
    """Detects and crops the faces of all photos below a folder, and writes their face table.

    Photos that an earlier call has finished are skipped, unless they could not be read, have changed since, or
    OpenFace's files say something else of them. Each batch leaves a table of its own, and the face table appears when
    all are done.

    Args:
      config: The run.
      detector: Finds the faces.
      detector_settings: What else decides the result, in JSON's types; the same folder refuses other ones.
      on_progress: Called before the first batch and after each with the photos done and the photos in all.
      openface: What OpenFace's files say, where the detector asks them; it is asked about each photo once.
    Raises:
      UserError: If there are no photos, two share an id, the output folder was made with other settings, or another
        run writes it.
    """
    folder = as_path(config.output_dir)

    def kept() -> str:
        return f"{len(unfinished_alignment.finished_rows(folder))} photos are done, the same command resumes"

    with only_writer(folder, is_filled=True), stop_says(kept):
        return _align_photos(config, detector, detector_settings, on_progress, openface)


def _align_photos(
    config: AlignConfig,
    detector: Detector,
    detector_settings: Mapping[str, Any],
    on_progress: Callable[[int, int], None],
    openface: OpenFacePhotos | None,
) -> AlignSummary:
    others: Counter[str] = Counter()
    photos = list_photos(config.photos_dir, others)
    _refuse_shared_ids(photos)
    folder = as_path(config.output_dir)
    if folder.resolve().is_relative_to(as_path(config.photos_dir).resolve()):
        raise UserError(f"output_dir {folder} lies inside photos_dir, where its crops would count as photos")
    if before := unfinished_alignment.settings_before(folder):
        config = dataclasses.replace(config, style=config.style.as_begun(before))
    settings = _settings(config, detector, detector_settings)
    defaults = {"framing": FRAMINGS[0], **SETTINGS_BEFORE}
    claim_folder(
        folder / unfinished_alignment.SETTINGS_NAME,
        settings,
        defaults={name: value for name, value in defaults.items() if name in settings},
    )
    photos_dir = as_path(config.photos_dir)
    tell_places(detector, lambda photo: photos_dir / photo, photos)
    if openface:
        openface.tell_places(lambda photo: photos_dir / photo)
    checksums = {photo: openface.checksum(photo) if openface else "" for photo in photos}
    before = unfinished_alignment.finished_rows(folder)
    with ThreadPoolExecutor() as threads:
        versions, num_changed = _unchanged(config, photos, before, threads)
        rows = {
            photo: before[photo] for photo in versions if before[photo][0].openface_csv == checksums[photo]
        }
        todo = [photo for photo in photos if photo not in rows]
        num_done = len(photos) - len(todo)
        on_progress(num_done, len(photos))
        for start in range(0, len(todo), config.batch_size):
            batch = todo[start : start + config.batch_size]
            seen = dict(
                zip(batch, threads.map(lambda photo: version_of(photos_dir / photo), batch), strict=True)
            )
            new_rows = {
                photo: [dataclasses.replace(row, openface_csv=checksums[photo]) for row in own]
                for photo, own in _align_batch(batch, config, detector, threads).items()
            }
            for photo in batch:
                _remove_crops(folder, before.get(photo, ()), new_rows[photo])
            unfinished_alignment.write_batch(
                folder, [row for photo in batch for row in new_rows[photo]], seen
            )
            rows.update(new_rows)
            versions.update(seen)
            on_progress(num_done + start + len(batch), len(photos))
    table = [row for photo in photos for row in rows[photo]]
    unfinished_alignment.merge_batches(folder, table, {photo: versions[photo] for photo in photos})
    return dataclasses.replace(
        summarize(table),
        passed_over=tuple(passed_over(others)),
        num_changed=num_changed,
    )


def _unchanged(
    config: AlignConfig,
    photos: Sequence[str],
    before: Mapping[str, Sequence[FaceRow]],
    threads: ThreadPoolExecutor,
) -> tuple[dict[str, PhotoVersion], int]:
    """Returns the versions of photos that are done and as they were, and how many are done and were replaced."""
    known = unfinished_alignment.finished_versions(as_path(config.output_dir))
    # A photo that could not be read may have been repaired since.
    done = [photo for photo in photos if photo in before and before[photo][0].why_unreadable is None]

    def look(photo: str) -> PhotoVersion | None:
        return unchanged_version(as_path(config.photos_dir) / photo, known.get(photo))

    versions = {
        photo: version
        for photo, version in zip(done, threads.map(look, done), strict=True)
        if version is not None
    }
    return versions, len(done) - len(versions)


def _remove_crops(folder: Path, before: Iterable[FaceRow], now: Iterable[FaceRow]) -> None:
    """Removes the crops of faces that a changed photo no longer shows."""
    kept = {getattr(row, view) for row in now for view in VIEWS}
    for row in before:
        for view in VIEWS:
            if (crop := getattr(row, view)) and crop not in kept:
                (folder / crop).unlink(missing_ok=True)


def summarize(rows: Sequence[FaceRow]) -> AlignSummary:
    """Counts a face table's photos and faces."""
    first_rows = [row for row in rows if row.face_index == 0]
    unreadable = tuple(
        (row.photo, row.why_unreadable) for row in first_rows if row.why_unreadable is not None
    )
    num_with_face = sum(row.found for row in first_rows)
    return AlignSummary(
        num_photos=len(first_rows),
        num_with_face=num_with_face,
        num_without_face=len(first_rows) - num_with_face - len(unreadable),
        num_faces=sum(row.found for row in rows),
        unreadable=unreadable,
        faces_of_detector=Counter(row.detector for row in rows if row.found),
        lying=lying_remark(sum(lies(row.roll_radians) for row in rows)),
    )


def _settings(
    config: AlignConfig, detector: Detector, detector_settings: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "photos_dir": str(as_path(config.photos_dir).resolve()),
        "all_faces": config.all_faces,
        **config.style.recorded(),
        "detector": detector.name,
        **detector_settings,
    }


def _refuse_shared_ids(photos: Sequence[str]) -> None:
    first: dict[str, str] = {}
    for photo in photos:
        other = first.setdefault(example_id(photo), photo)
        if other != photo:
            raise UserError(
                f"photos {other} and {photo} share the id {example_id(photo)}: remove or rename one"
            )


def _align_batch(
    photos: Sequence[str], config: AlignConfig, detector: Detector, threads: ThreadPoolExecutor
) -> dict[str, list[FaceRow]]:
    """Returns the rows of each photo, whose crops are written."""
    folder = as_path(config.output_dir)
    places = {photo: as_path(config.photos_dir) / photo for photo in photos}
    write = functools.partial(write_rows, detector=detector.name, folder=folder, style=config.style)

    def detect(pixels: list[np.ndarray], names: list[str]) -> list[list[Face]]:
        return detector.detect(pixels, largest_only=not config.all_faces, names=names)

    rows: dict[str, list[FaceRow]] = {}
    for seen in detect_in_groups(places, detect, threads):
        rows.update(zip(seen, threads.map(write, seen, seen.values()), strict=True))
    return rows
