"""AU records: crops with the labels of label lists."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.label_lists.label_file_arguments import expand_label_files
from emotionet_tf.records.dataset_info import DatasetInfo
from emotionet_tf.records.protocols.choice import ProtocolChoice
from emotionet_tf.records.writing.dataset_settings import label_files_setting, label_inputs
from emotionet_tf.records.writing.labelled_faces import join_labels
from emotionet_tf.records.writing.part_records import write_part_records
from emotionet_tf.records.writing.split_writer import DatasetConfig, print_unused, read_faces, write_splits
from emotionet_tf.settings import setting


@dataclass(frozen=True, kw_only=True)
class RecordsConfig(DatasetConfig):
    """What to make records of."""

    label_files: tuple[str, ...] = label_files_setting()
    reading: LabelReading = setting(LabelReading, "")
    parts: ProtocolChoice = setting(ProtocolChoice, "")

    def __post_init__(self) -> None:
        if self.parts and self.split.val_fraction:
            raise UserError(
                f"protocol {self.parts.protocol} and val_fraction {self.split.val_fraction} exclude each other: a "
                "protocol says who is tested"
            )


def write_records(config: RecordsConfig) -> list[DatasetInfo]:
    """Writes a records folder for each split of a dataset, as `split_writer.write_splits` does.

    By a protocol it writes one for each part and one for all others of each tested part: `part_records`.

    Raises:
      UserError: If an input is invalid, a split would hold no record, or the output folder is something else.
    """
    faces = read_faces(config)
    label_files = expand_label_files(config.label_files, config.reading)
    joined = join_labels(label_files, faces, config.faces_dir, config.reading)
    for row in joined.rows:
        config.split.check_person(row.label.person, row.label.example_id)
    for remark in joined.remarks:
        print(remark)
    print_unused(config, faces, joined, "labels")
    inputs = label_inputs(label_files, config.reading)
    if config.parts:
        protocol = config.parts.protocol_of(row.label.person for row in joined.rows)
        return write_part_records(config, protocol, faces, joined, {**inputs, **config.parts.to_dict()})
    split_of = partial(config.split.name_of, config.dataset)
    return write_splits(config, faces, joined, split_of, inputs)
