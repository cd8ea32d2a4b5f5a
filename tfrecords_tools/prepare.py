"""From photos and label lists to records in one pass: `python -m tfrecords_tools.prepare --photos_dir=DIR --labels=FILE
--dataset=NAME --output_dir=DIR`.

The records are those that align_faces and write_records make, byte for byte, without crops in files between. They go to
`OUTPUT_DIR/DATASET`, or to `DATASET-train` and `DATASET-val` where a share is kept for validation. Rows that became no
record are in `rejected.csv` there, with list, line and reason.

Running the same command again resumes where it was stopped, and takes up photos that have come or have been repaired
since. With other lists or other splits, the crops of photos that are done are taken over. With other crops or
detectors, a finished folder is rebuilt, and stays as it is until the new one is whole; unfinished work is kept for a
run that has its settings, until the dataset is finished. Folders that are divided otherwise are named, not removed.

It is an Apache Beam pipeline: `--runner=FlinkRunner -- --flink_master=HOST:8081` runs it elsewhere, where the folders
are on a disk that all machines share, or on gs://.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from absl import flags

from emotionet_tf.cli import detector_flags, entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.preparation.config import PrepareConfig

if TYPE_CHECKING:
    from emotionet_tf.preparation.beam_runners import RunnerChoice

_RUNNER = flags.DEFINE_string(
    "runner", "local", "Who runs the pipeline: local, Beam's local runner inside this command; or a runner by Beam's "
    "name for it, such as FlinkRunner, SparkRunner, DataflowRunner, whose own options follow behind --, as in "
    "--runner=FlinkRunner -- --flink_master=HOST:8081. All machines need the folders under the same paths, as on a "
    "shared disk or on gs://, and this library.",
)  # fmt: skip
_NUM_WORKERS = flags.DEFINE_integer(
    "num_workers", 1, "Processes of the local runner. Default 1, this one, whose threads use all cores; more take more "
    "memory and pay from a few cores and an hour of work on.", lower_bound=1,
)  # fmt: skip
_CONFIG = ConfigFlags(PrepareConfig)
flags.adopt_module_key_flags(detector_flags)


def main(arguments: list[str]) -> None:
    """Turns the flags into a configuration and prepares the dataset."""
    if _RUNNER.value == "local":
        entry_point.refuse_arguments(arguments)
    from emotionet_tf.preparation.prepare_dataset import prepare
    from emotionet_tf.preparation.required_packages import check_packages

    runner_options = tuple(arguments[1:])
    config = _CONFIG.build(detectors=detector_flags.detector_choice())
    if _RUNNER.value == "local":
        check_packages(config.detectors.names)
        prepare(config, lambda *work: _runner(runner_options).run_shards(*work))
    else:
        prepare(config, _runner(runner_options).run_shards)


def _runner(options: tuple[str, ...]) -> RunnerChoice:
    if _RUNNER.value == "local":
        # Imported later, by a worker's thread, it would complain when the process ends.
        import tensorflow  # noqa: F401

    # While it is imported, Beam tells of Google's packages that are not installed.
    logging.disable(logging.WARNING)
    from emotionet_tf.preparation.beam_runners import RunnerChoice

    logging.disable(logging.NOTSET)
    return RunnerChoice(_RUNNER.value, _NUM_WORKERS.value, options)


if __name__ == "__main__":
    entry_point.run(main)
