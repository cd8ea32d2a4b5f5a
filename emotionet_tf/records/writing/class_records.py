"""Class records: crops with the person or category that they show, to pre-train a backbone on."""

from __future__ import annotations

from dataclasses import MISSING, dataclass

from emotionet_tf.errors import UserError
from emotionet_tf.records.dataset_info import DatasetInfo
from emotionet_tf.records.writing.photo_classes import (
    FOLDERS,
    closed_set_splits,
    join_classes,
    without_small_classes,
)
from emotionet_tf.records.writing.split_writer import DatasetConfig, print_unused, read_faces, write_splits
from emotionet_tf.settings import check_settings, setting
from emotionet_tf.storage import files

_NUM_LISTED = 8


@dataclass(frozen=True, kw_only=True)
class ClassRecordsConfig(DatasetConfig):
    """What to make class records of; both splits have photos of every class.

    Raises:
      UserError: If classes of one photo are to be split.
    """

    classes: str = setting(
        MISSING,
        "folders: a photo's class is its folder below the photos_dir of align_faces. Otherwise a CSV with a column "
        "path or id, as the face table has them, and a column class.",
    )
    min_photos_per_class: int = setting(
        2,
        "Classes with fewer photos that show a face are left out. Default: the fewest that training and validation can "
        "share.",
    )

    def __post_init__(self) -> None:
        check_settings(self)
        least = 2 if self.split.val_fraction else 1
        if self.min_photos_per_class < least:
            why = ", so that both splits show every class" if least > 1 else ""
            raise UserError(
                f"min_photos_per_class must be {least} or more{why}, got {self.min_photos_per_class}"
            )


def write_class_records(config: ClassRecordsConfig) -> list[DatasetInfo]:
    """Writes a folder of class records for each split of a dataset, as `split_writer.write_splits` does.

    Records have no known AU; `dataset.json` lists the classes in the order of their names, the same for both splits,
    and `rows.csv` has a column `class`.

    Raises:
      UserError: If an input is invalid, fewer than two classes are left, a split would lack a class, or the output
        folder is something else.
    """
    faces = read_faces(config)
    joined = join_classes(config.classes, faces, config.faces_dir)
    for remark in joined.remarks:
        print(remark)
    if config.classes != FOLDERS:
        print_unused(config, faces, joined, "class")
    joined, small = without_small_classes(joined, config.min_photos_per_class)
    if small:
        _print_small(small, config.min_photos_per_class)
    classes = tuple(sorted({row.label.class_name for row in joined.rows}))
    if len(classes) < 2:
        raise UserError(
            f"dataset {config.dataset} would have {len(classes)} class(es) of {config.min_photos_per_class} or more "
            f"photos with a face; at least two are needed"
        )
    split_of = closed_set_splits(joined, config.dataset, config.split)
    source = config.classes if config.classes == FOLDERS else files.sha256_of(config.classes)
    inputs = {"classes": source, "min_photos_per_class": config.min_photos_per_class}
    return write_splits(config, faces, joined, split_of, inputs, classes)


def _print_small(small: dict[str, int], min_photos: int) -> None:
    listed = ", ".join(list(small)[:_NUM_LISTED]) + (", ..." if len(small) > _NUM_LISTED else "")
    print(f"left out: {len(small)} class(es) with fewer than {min_photos} photos that show a face: {listed}")
