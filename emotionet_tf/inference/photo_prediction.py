"""Photos and folders in; a table of faces with their AUs, its summary, and annotated pictures out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from emotionet_tf.errors import UserError
from emotionet_tf.faces.head_pose import lies, lying_remark
from emotionet_tf.inference.annotated_pictures import annotate, write_picture
from emotionet_tf.inference.au_detector import ActionUnitDetector
from emotionet_tf.inference.photo_rows import Seen, find_photos, photo_rows
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
) -> PredictSummary:
    """Predicts photos; writes the table, what made it, and what else is wanted.

    Args:
      config: What to predict.
      detector: Finds faces and their AUs.
      on_progress: Called before the first photo and after each with the photos done and the photos in all.
    Raises:
      UserError: As `checked_photos`, or if no photo can be read.
    """
    endings: Counter[str] = Counter()
    photos, about = checked_photos(config, endings), detector.about
    rows = _predicted_rows(config, detector, photos, on_progress)
    unreadable = tuple(
        (str(photos[row["file"]]), why) for row in rows if (why := why_unreadable(row["reason"])) is not None
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
) -> list[dict[str, Any]]:
    """Returns the rows of the photos, and writes their annotated pictures."""

    def detect(pixels: list[np.ndarray], names: list[str]) -> list[list[Any]]:
        return detector.detect(pixels, all_faces=config.all_faces, names=names)

    def draw(name: str, seen: Seen) -> None:
        if config.annotated_dir is not None and not isinstance(seen, str):
            write_picture(picture_path(config.annotated_dir, name), annotate(seen.pixels, seen.faces))

    rows: list[dict[str, Any]] = []
    on_progress(0, len(photos))
    for num_done, of_photo in enumerate(photo_rows(photos, detect, config.batch_size, draw), start=1):
        rows += of_photo
        on_progress(num_done, len(photos))
    return rows


def _write(config: PredictConfig, table: pd.DataFrame, about: Mapping[str, Any]) -> None:
    if config.format is not None:
        about = {**about, "columns": f"as {LAYOUTS[config.format].title} writes them; blank where unknown"}
        table = in_layout(table, config.format)
    write_table(table, about, config.table, for_excel=config.excel)
    write_json(about_path(config.table), about)
