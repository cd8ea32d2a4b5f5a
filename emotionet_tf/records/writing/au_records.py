"""AU records: crops with the labels of label lists."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.label_lists.label_file_arguments import expand_label_files
from emotionet_tf.records.dataset_info import DatasetInfo
from emotionet_tf.records.writing.dataset_settings import label_files_setting, label_inputs
from emotionet_tf.records.writing.labelled_faces import join_labels
from emotionet_tf.records.writing.split_writer import DatasetConfig, print_unused, read_faces, write_splits
from emotionet_tf.settings import setting


@dataclass(frozen=True, kw_only=True)
class RecordsConfig(DatasetConfig):
    """What to make records of."""

    label_files: tuple[str, ...] = label_files_setting()
    reading: LabelReading = setting(LabelReading, "")


def write_records(config: RecordsConfig) -> list[DatasetInfo]:
    """Writes a records folder for each split of a dataset, as `split_writer.write_splits` does.

    Raises:
      UserError: If an input is invalid, a split would hold no record, or the output folder is something else.
    """
    faces = read_faces(config)
    label_files = expand_label_files(config.label_files, config.reading)
    joined = join_labels(label_files, faces, config.faces_dir, config.reading)
    config.split.check_persons(row.label.person for row in joined.rows)
    for remark in joined.remarks:
        print(remark)
    print_unused(config, faces, joined, "labels")
    split_of = partial(config.split.name_of, config.dataset)
    inputs = label_inputs(label_files, config.reading)
    return write_splits(config, faces, joined, split_of, inputs)
