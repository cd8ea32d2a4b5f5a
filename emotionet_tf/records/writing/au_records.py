"""Records of crops and label lists: sharded TFRecords, one folder a dataset."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from emotionet_tf.label_lists.label_file_arguments import expand_label_files
from emotionet_tf.records.dataset_info import DatasetInfo
from emotionet_tf.records.splits import Split
from emotionet_tf.records.writing.labelled_faces import join_labels
from emotionet_tf.records.writing.split_writer import PartsConfig, print_unused, read_faces, write_parts
from emotionet_tf.storage import files


@dataclass(frozen=True)
class RecordsConfig:
    """What to make records of.

    Attributes:
      faces_dir: Output folder of `align_faces`: the face table and the crops.
      label_files: Label lists, as `expand_label_files` takes them.
      dataset: The dataset's name; its records folder is `output_dir/dataset`.
      output_dir: Folder of the datasets.
      split: Its division into training and validation part.
      num_shards: TFRecord files of each dataset and view; 0 is one for each 2048 photos.
    """

    faces_dir: str
    label_files: tuple[str, ...]
    dataset: str
    output_dir: str
    split: Split = field(default_factory=Split)
    num_shards: int = 0


def write_records(config: RecordsConfig) -> list[DatasetInfo]:
    """Writes a records folder for each part of a dataset, as `split_writer.write_parts` does.

    Raises:
      UserError: If an input is at fault, a part would hold no record, or the output folder is something else.
    """
    parts = PartsConfig(config.faces_dir, config.dataset, config.output_dir, config.split, config.num_shards)
    faces = read_faces(parts)
    label_files = expand_label_files(config.label_files)
    joined = join_labels(label_files, faces, config.faces_dir)
    print_unused(parts, faces, joined, "labels")
    part_of = partial(config.split.part_of, config.dataset)
    inputs = {"labels": {file: files.sha256_of(file) for file in label_files}}
    return write_parts(parts, faces, joined, part_of, inputs)
