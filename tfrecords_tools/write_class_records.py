"""Makes records of crops and classes: `python -m tfrecords_tools.write_class_records --faces_dir=DIR ...`.

A class is a person or a category of expression, to pre-train a backbone on with `emotionet_tf.bin.pretrain`. The
records go to `OUTPUT_DIR/DATASET`, or to `DATASET-train` and `DATASET-val` where photos are kept for validation.
"""

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.records.writing.class_records import ClassRecordsConfig, write_class_records

_CONFIG = ConfigFlags(ClassRecordsConfig)


def main(arguments: list[str]) -> None:
    """Turns the flags into a configuration and writes the records."""
    entry_point.refuse_arguments(arguments)
    write_class_records(_CONFIG.build())


if __name__ == "__main__":
    entry_point.run(main)
