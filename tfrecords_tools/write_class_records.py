"""Makes records of crops and classes: `python -m tfrecords_tools.write_class_records --faces_dir=DIR ...`.

A class is a person or a category of expression, to pre-train a backbone on with `emotionet_tf.bin.pretrain`. The
records go to `OUTPUT_DIR/DATASET`, or to `DATASET-train` and `DATASET-val` where a part is kept for validation.
"""

from absl import flags

from emotionet_tf import command_line

_FACES_DIR = flags.DEFINE_string(
    "faces_dir", None, "Output folder of tfrecords_tools.align_faces: crops and faces.csv.", required=True
)
_CLASSES = flags.DEFINE_string(
    "classes", None, "folders: a photo's class is its folder below the photos_dir of align_faces. Otherwise a CSV with "
    "a column path or id, as the face table has them, and a column class.", required=True,
)  # fmt: skip
_DATASET = flags.DEFINE_string("dataset", None, "Name of the dataset, such as vggface2.", required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder of the datasets' folders.", required=True)
_MIN_PHOTOS_PER_CLASS = flags.DEFINE_integer(
    "min_photos_per_class", 2, "Classes with fewer photos that show a face are left out. Default: the fewest that "
    "training and validation can share.",
)  # fmt: skip
_VAL_FRACTION = flags.DEFINE_float(
    "val_fraction",
    0.0,
    "Share of each class's photos kept for validation, 0 to 1; one photo at least. Default: none.",
)
_SEED = flags.DEFINE_integer("seed", 0, "Decides which photos are kept; 0 is as good as any.", lower_bound=0)
_SPLIT_BY = flags.DEFINE_enum(
    "split_by",
    "id",
    ["id", "folder"],
    "What stays on one side: id (a photo) or folder (all photos of a folder, for expressions where that is a person). "
    "Both sides must show every class. Default: id, the only one for classes that are folders.",
)
_NUM_SHARDS = flags.DEFINE_integer(
    "num_shards", 0, "TFRecord files of each dataset and view. Default 0: one for each 2048 photos, about 40 MB.",
    lower_bound=0,
)  # fmt: skip


def main(arguments: list[str]) -> None:
    """Turns the flags into a configuration and writes the records."""
    command_line.refuse_arguments(arguments)
    from emotionet_tf.data.class_records import ClassRecordsConfig, write_class_records
    from emotionet_tf.data.splits import Split

    write_class_records(
        ClassRecordsConfig(
            faces_dir=_FACES_DIR.value,
            classes=_CLASSES.value,
            dataset=_DATASET.value,
            output_dir=_OUTPUT_DIR.value,
            split=Split(_VAL_FRACTION.value, _SEED.value, _SPLIT_BY.value),
            num_shards=_NUM_SHARDS.value,
            min_photos_per_class=_MIN_PHOTOS_PER_CLASS.value,
        )
    )


if __name__ == "__main__":
    command_line.run(main)
