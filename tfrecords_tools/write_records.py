"""Makes records of crops and labels: `python -m tfrecords_tools.write_records --faces_dir=DIR --labels=FILE ...`.

The records go to `OUTPUT_DIR/DATASET`, or to `DATASET-train` and `DATASET-val` where photos are kept for validation.
"""

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.records.writing.au_records import RecordsConfig, write_records

_CONFIG = ConfigFlags(RecordsConfig)


def main(arguments: list[str]) -> None:
    """Turns the flags into a configuration and writes the records."""
    entry_point.refuse_arguments(arguments)
    write_records(_CONFIG.build())


if __name__ == "__main__":
    entry_point.run(main)
