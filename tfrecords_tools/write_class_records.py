"""Makes records of crops and classes: `python -m tfrecords_tools.write_class_records --faces_dir=DIR ...`.

A class is a person or a category of expression, to pre-train a backbone on with `emotionet_tf.bin.pretrain`. The
records go to `OUTPUT_DIR/DATASET`, or to `DATASET-train` and `DATASET-val` where photos are kept for validation.
"""

from absl import flags

from emotionet_tf.cli import entry_point
from tfrecords_tools import _record_flags

_CLASSES = flags.DEFINE_string(
    "classes", None, "folders: a photo's class is its folder below the photos_dir of align_faces. Otherwise a CSV with "
    "a column path or id, as the face table has them, and a column class.", required=True,
)  # fmt: skip
_MIN_PHOTOS_PER_CLASS = flags.DEFINE_integer(
    "min_photos_per_class", 2, "Classes with fewer photos that show a face are left out. Default: the fewest that "
    "training and validation can share.",
)  # fmt: skip
_record_flags.define_faces_dir()
_record_flags.define_split(
    "Share of each class's photos kept for validation, 0 to below 1; one photo at least. Default: none.",
    "What stays on one side: id (a photo) or folder (all photos of a folder, for expressions where that is a person). "
    "Both sides must show every class. Default: id, the only one for classes that are folders.",
)
flags.adopt_module_key_flags(_record_flags)


def main(arguments: list[str]) -> None:
    """Turns the flags into a configuration and writes the records."""
    entry_point.refuse_arguments(arguments)
    from emotionet_tf.records.writing.class_records import ClassRecordsConfig, write_class_records

    write_class_records(
        ClassRecordsConfig(
            faces_dir=flags.FLAGS.faces_dir,
            classes=_CLASSES.value,
            min_photos_per_class=_MIN_PHOTOS_PER_CLASS.value,
            **_record_flags.common_settings(),
        )
    )


if __name__ == "__main__":
    entry_point.run(main)
