"""Makes records of crops and labels: `python -m tfrecords_tools.write_records --faces_dir=DIR --labels=FILE ...`.

The records go to `OUTPUT_DIR/DATASET`, or to `DATASET-train` and `DATASET-val` where photos are kept for validation.
"""

from absl import flags

from emotionet_tf.cli import entry_point
from tfrecords_tools import _record_flags

_record_flags.define_faces_dir()
_record_flags.define_labels()
flags.adopt_module_key_flags(_record_flags)


def main(arguments: list[str]) -> None:
    """Turns the flags into a configuration and writes the records."""
    entry_point.refuse_arguments(arguments)
    from emotionet_tf.records.writing.au_records import RecordsConfig, write_records

    write_records(
        RecordsConfig(
            faces_dir=flags.FLAGS.faces_dir,
            label_files=tuple(flags.FLAGS.labels),
            **_record_flags.common_settings(),
        )
    )


if __name__ == "__main__":
    entry_point.run(main)
