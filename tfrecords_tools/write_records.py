"""Makes records of crops and labels: `python -m tfrecords_tools.write_records --faces_dir=DIR --labels=FILE ...`.

The records go to `OUTPUT_DIR/DATASET`, or to `DATASET-train` and `DATASET-val` where a part is kept for validation.
"""

from absl import flags

from emotionet_tf import command_line
from tfrecords_tools import _record_flags

_LABELS = flags.DEFINE_multi_string(
    "labels", None, "A label list: EmotioNet's training list (dataFile_NNNN.txt), its opt list saved as CSV, or a "
    "plain CSV of path or id and AU columns. A * in quotes stands for several files; repeat for more.", required=True,
)  # fmt: skip
_record_flags.define_split(
    "Share of the photos kept for validation, 0 to 1; the paper keeps 0.2 of the opt set. Default: none.",
    "What stays on one side: id (a photo and its duplicate rows) or folder (all photos of a folder, where that is a "
    "person, as in the synthetic set). Default: id, as EmotioNet's folders mean nothing.",
)
flags.adopt_module_key_flags(_record_flags)


def main(arguments: list[str]) -> None:
    """Turns the flags into a configuration and writes the records."""
    command_line.refuse_arguments(arguments)
    from emotionet_tf.data.record_folders import RecordsConfig, write_records

    write_records(RecordsConfig(label_files=tuple(_LABELS.value), **_record_flags.common_settings()))


if __name__ == "__main__":
    command_line.run(main)
