"""Class records: crops with the person or category that they show, to pre-train a backbone on."""

from __future__ import annotations

from dataclasses import dataclass, field

from emotionet_tf.errors import UserError
from emotionet_tf.records.dataset_info import DatasetInfo
from emotionet_tf.records.splits import Split
from emotionet_tf.records.writing.photo_classes import (
    FOLDERS,
    closed_set_parts,
    join_classes,
    without_small_classes,
)
from emotionet_tf.records.writing.split_writer import PartsConfig, print_unused, read_faces, write_parts
from emotionet_tf.storage import files

_NUM_LISTED = 8


@dataclass(frozen=True)
class ClassRecordsConfig:
    """What to make class records of.

    Attributes:
      faces_dir: Output folder of `align_faces`: the face table and the crops.
      classes: "folders" (a photo's folder is its class), or a CSV of path or id, and class.
      dataset: The dataset's name; its records folder is `output_dir/dataset`.
      output_dir: Folder of the datasets.
      split: Its division into training and validation part; both have photos of every class.
      num_shards: TFRecord files of each dataset and view; 0 is one for each 2048 photos.
      min_photos_per_class: Classes with fewer photos that show a face are left out.
    Raises:
      UserError: If classes of one photo are to be divided.
    """

    faces_dir: str
    classes: str
    dataset: str
    output_dir: str
    split: Split = field(default_factory=Split)
    num_shards: int = 0
    min_photos_per_class: int = 2

    def __post_init__(self) -> None:
        least = 2 if self.split.val_fraction else 1
        if self.min_photos_per_class < least:
            why = ", so that both parts show every class" if least > 1 else ""
            raise UserError(f"min_photos_per_class is {least} or more{why}, got {self.min_photos_per_class}")


def write_class_records(config: ClassRecordsConfig) -> list[DatasetInfo]:
    """Writes a folder of class records for each part of a dataset, as `split_writer.write_parts` does.

    Records have no known AU; `dataset.json` lists the classes in the order of their names, the same for both parts,
    and `rows.csv` has a column `class`.

    Raises:
      UserError: If an input is at fault, fewer than two classes are left, a part would lack a class, or the output
        folder is something else.
    """
    parts = PartsConfig(config.faces_dir, config.dataset, config.output_dir, config.split, config.num_shards)
    faces = read_faces(parts)
    joined = join_classes(config.classes, faces, config.faces_dir)
    if config.classes != FOLDERS:
        print_unused(parts, faces, joined, "class")
    joined, small = without_small_classes(joined, config.min_photos_per_class)
    if small:
        _print_small(small, config.min_photos_per_class)
    classes = tuple(sorted({row.label.class_name for row in joined.rows}))
    if len(classes) < 2:
        raise UserError(
            f"dataset {config.dataset} would have {len(classes)} class(es) of {config.min_photos_per_class} or more "
            f"photos with a face; there must be two to tell apart"
        )
    part_of = closed_set_parts(joined, config.dataset, config.split)
    source = config.classes if config.classes == FOLDERS else files.sha256_of(config.classes)
    inputs = {"classes": source, "min_photos_per_class": config.min_photos_per_class}
    return write_parts(parts, faces, joined, part_of, inputs, classes)


def _print_small(small: dict[str, int], min_photos: int) -> None:
    listed = ", ".join(list(small)[:_NUM_LISTED]) + (", ..." if len(small) > _NUM_LISTED else "")
    print(f"left out: {len(small)} class(es) with fewer than {min_photos} photos that show a face: {listed}")
