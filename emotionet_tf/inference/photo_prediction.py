"""Photos and folders in; a table of faces with their AUs, its summary, and annotated pictures out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from emotionet_tf.errors import UserError
from emotionet_tf.faces.head_pose import lies, lying_remark
from emotionet_tf.inference.annotated_pictures import annotate, write_picture
from emotionet_tf.inference.au_detector import ActionUnitDetector
from emotionet_tf.inference.photo_rows import Seen, find_photos, rows_of_groups
from emotionet_tf.inference.prediction_settings import PredictConfig
from emotionet_tf.inference.safe_output_paths import check_targets, picture_path, refuse_other_file
from emotionet_tf.inference.tables.about import about_path
from emotionet_tf.inference.tables.conditions import conditions_of, summarize, summary_path
from emotionet_tf.inference.tables.face_rows import columns, roll_of, table_of_rows
from emotionet_tf.inference.tables.file_formats import check_format, write_table
from emotionet_tf.inference.tables.other_layouts import LAYOUTS, in_layout
from emotionet_tf.label_lists.rejection_reasons import why_unreadable
from emotionet_tf.photos.passed_over import passed_over
from emotionet_tf.storage.files import write_json
from emotionet_tf.storage.paths import as_path
from emotionet_tf.storage.rows_so_far import RowsSoFar, rows_so_far, stamp_of


@dataclass(frozen=True)
class PredictSummary:
    """What was predicted: counts of photos and faces, photo and reason of each that could not be read, how many faces
    each detector found that found any, how many photos have a condition, and sentences on files of other kinds and, if
    there are some, on faces that lie on their side or upside down."""

    num_photos: int
    num_with_face: int
    num_faces: int
    unreadable: tuple[tuple[str, str], ...]
    faces_of_detector: Mapping[str, int]
    num_with_condition: int = 0
    passed_over: tuple[str, ...] = ()
    lying: str = ""


def checked_photos(config: PredictConfig, endings: Counter[str] | None = None) -> dict[str, Path]:
    """Returns the photos of a configuration, as `find_photos`, once it is sure that the results can be written.

    Args:
      config: What to predict.
      endings: Counts the endings of other files in the folders, as `walk_photos` does.
    Raises:
      UserError: As `find_photos`, `check_targets`, `check_format` and `conditions_of`, or if the table was not given a
        place and its usual one is taken.
    """
    photos = find_photos(config.paths, endings)
    if not config.output:
        refuse_other_file(config.table, list(columns(())[:3]))
    others = {"about": about_path(config.table)}
    if config.conditions is not None:
        conditions_of(list(photos), config.conditions)
        others["summary"] = summary_path(config.table)
    check_targets(config.table, config.annotated_dir, config.paths, photos, others)
    check_format(config.table, for_excel=config.excel)
    return photos


def predict_photos(
    config: PredictConfig,
    detector: ActionUnitDetector,
    on_progress: Callable[[int, int], None] = lambda num_done, num_photos: None,
    detector_settings: Mapping[str, Any] | None = None,
) -> PredictSummary:
    """Predicts photos; writes the table, what made it, and what else is wanted.

    What a killed run has done is kept beside the table, and the same call resumes it.

    Args:
      config: What to predict.
      detector: Finds faces and their AUs.
      on_progress: Called before the first photo and after each with the photos done and the photos in all.
      detector_settings: What decides the faces that it finds, in JSON's types: a run with other ones starts again.
    Raises:
      UserError: As `checked_photos`, if no photo can be read, or if another run writes the table.
    """
    endings: Counter[str] = Counter()
    photos, about = checked_photos(config, endings), detector.about
    made_by = {
        "about": about,
        "detector": detector_settings,
        "all_faces": config.all_faces,
        "annotated_dir": config.annotated_dir and str(as_path(config.annotated_dir).resolve()),
    }
    with rows_so_far(config.table, made_by, "photos") as so_far:
        rows = _predicted_rows(config, detector, photos, on_progress, so_far)
        unreadable = tuple(
            (str(photos[row["file"]]), why)
            for row in rows
            if (why := why_unreadable(row["reason"])) is not None
        )
        if len(unreadable) == len(photos):
            raise UserError(f"no photo of {len(photos)} can be read; {unreadable[0][0]}: {unreadable[0][1]}")
        table = table_of_rows(rows, detector.table_head)
        _write(config, table, about)
        with_condition: Mapping[str, str] = {}
        if config.conditions is not None:
            with_condition = conditions_of(list(photos), config.conditions)
            write_table(summarize(table, detector.aus, with_condition), about, summary_path(config.table))
    found = [row for row in rows if row["found"]]
    return PredictSummary(
        num_photos=len(photos),
        num_with_face=len({row["file"] for row in found}),
        num_faces=len(found),
        unreadable=unreadable,
        faces_of_detector=Counter(row["detector"] for row in found),
        num_with_condition=len(with_condition),
        passed_over=tuple(passed_over(endings)),
        lying=lying_remark(sum(lies(roll_of(row)) for row in found)),
    )


def _predicted_rows(
    config: PredictConfig,
    detector: ActionUnitDetector,
    photos: Mapping[str, Path],
    on_progress: Callable[[int, int], None],
    so_far: RowsSoFar,
) -> list[dict[str, Any]]:
    """Returns the rows of the photos, and writes their annotated pictures; what is done already is not done again."""
    stamps = {name: stamp_of(place) for name, place in photos.items()}
    known = _known_rows(config, so_far, stamps)
    so_far.num_kept = num_done = len(known)

    def detect(pixels: list[np.ndarray], names: list[str]) -> list[list[Any]]:
        return detector.detect(pixels, all_faces=config.all_faces, names=names)

    def draw(name: str, seen: Seen) -> None:
        if config.annotated_dir is not None and not isinstance(seen, str):
            write_picture(picture_path(config.annotated_dir, name), annotate(seen.pixels, seen.faces))

    on_progress(num_done, len(photos))
    # Neighbours that are to do are looked at in the groups of a run that nothing disturbed.
    for is_known, names in groupby(photos, key=known.__contains__):
        if is_known:
            continue
        places = {name: photos[name] for name in names}
        for group in rows_of_groups(places, detect, config.batch_size, draw):
            entry = [[name, stamps[name], of_photo] for name, of_photo in group.items()]
            known |= {name: of_photo for name, _, of_photo in so_far.add(entry)}
            so_far.num_kept = len(known)
            for _ in group:
                num_done += 1
                on_progress(num_done, len(photos))
    return [row for name in photos for row in known[name]]


def _known_rows(
    config: PredictConfig, so_far: RowsSoFar, stamps: Mapping[str, list[int] | None]
) -> dict[str, list[dict[str, Any]]]:
    """Returns the rows of the photos that are done, have not changed, could be read, and have their pictures."""
    known: dict[str, list[dict[str, Any]]] = {}
    for name, stamp, of_photo in (photo for group in so_far.entries for photo in group):
        if name not in stamps or stamp != stamps[name] or why_unreadable(of_photo[0]["reason"]) is not None:
            continue
        if config.annotated_dir is None or picture_path(config.annotated_dir, name).is_file():
            known[name] = of_photo
    return known


def _write(config: PredictConfig, table: pd.DataFrame, about: Mapping[str, Any]) -> None:
    if config.format is not None:
        about = {**about, "columns": f"as {LAYOUTS[config.format].title} writes them; blank where unknown"}
        table = in_layout(table, config.format)
    write_table(table, about, config.table, for_excel=config.excel)
    write_json(about_path(config.table), about)
