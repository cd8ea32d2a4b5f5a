"""Makes records of crops and labels: `python -m tfrecords_tools.write_records --faces_dir=DIR --labels=FILE ...`.

The records go to `OUTPUT_DIR/DATASET`, or to `DATASET-train` and `DATASET-val` where a part is kept for validation.
"""

from absl import flags

from emotionet_tf import command_line

_FACES_DIR = flags.DEFINE_string(
    "faces_dir", None, "Output folder of tfrecords_tools.align_faces: crops and faces.csv.", required=True
)
_LABELS = flags.DEFINE_multi_string(
    "labels", None, "A label list: EmotioNet's training list (dataFile_NNNN.txt), its opt list saved as CSV, or a "
    "plain CSV of path or id and AU columns. A * in quotes stands for several files; repeat for more.", required=True,
)  # fmt: skip
_DATASET = flags.DEFINE_string("dataset", None, "Name of the dataset, such as opt.", required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder of the datasets' folders.", required=True)
_VAL_FRACTION = flags.DEFINE_float(
    "val_fraction", 0.0, "Share of the photos kept for validation, 0 to 1; the paper keeps 0.2 of the opt set. "
    "Default: none.",
)  # fmt: skip
_SEED = flags.DEFINE_integer("seed", 0, "Decides which photos are kept; 0 is as good as any.", lower_bound=0)
_SPLIT_BY = flags.DEFINE_enum(
    "split_by",
    "id",
    ["id", "folder"],
    "What stays on one side: id (a photo and its duplicate rows) or folder (all photos of a folder, where that is a "
    "person, as in the synthetic set). Default: id, as EmotioNet's folders mean nothing.",
)
_NUM_SHARDS = flags.DEFINE_integer(
    "num_shards", 0, "TFRecord files of each dataset and view. Default 0: one for each 2048 photos, about 40 MB.",
    lower_bound=0,
)  # fmt: skip


def main(arguments: list[str]) -> None:
    """Turns the flags into a configuration and writes the records."""
    command_line.refuse_arguments(arguments)
    from emotionet_tf.data.record_folders import RecordsConfig, write_records
    from emotionet_tf.data.splits import Split

    write_records(
        RecordsConfig(
            faces_dir=_FACES_DIR.value,
            label_files=tuple(_LABELS.value),
            dataset=_DATASET.value,
            output_dir=_OUTPUT_DIR.value,
            split=Split(_VAL_FRACTION.value, _SEED.value, _SPLIT_BY.value),
            num_shards=_NUM_SHARDS.value,
        )
    )


if __name__ == "__main__":
    command_line.run(main)
