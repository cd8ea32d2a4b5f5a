"""Trains and tests by person: `python -m emotionet_tf.bin.cross_validate --protocol=NAME --faces_dir=DIR ... -- FLAGS`.

What stands behind `--` are flags of `train`; `--train_flagfile` has more of them. Every node is one command. What is
done is skipped, so that the same call resumes an interrupted run.
"""

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.cli.flag_parsing import passed_on_flags
from emotionet_tf.errors import UserError
from emotionet_tf.experiments.cross_validation.settings import CrossValidation
from emotionet_tf.storage.paths import refuse_remote

_CONFIG = ConfigFlags(CrossValidation)
_TRAIN_FLAGFILE = flags.DEFINE_string(
    "train_flagfile", "", "File of flags of train; those behind -- count where both have one. Default: none."
)
_JOBS = flags.DEFINE_integer(
    "jobs",
    1,
    "Commands at work at a time, each on its share of the processor's cores; on a GPU each takes the memory that it "
    "needs.",
    lower_bound=1,
)
_DRY_RUN = flags.DEFINE_boolean("dry_run", False, "Print the commands in order, with what each waits for.")
_REDO_OUTDATED = flags.DEFINE_boolean(
    "redo_outdated", False, "Make again what was made by another command or from other input."
)

_NOT_PASSED_ON = {
    "source": "what is learnt from",
    "output_dir": "where the models go",
    "val_records_dir": "that nothing chooses a network but its last step: the tested persons must not",
}
"""Flags of train that the protocol decides, and what it decides by them."""


def main(arguments: list[str]) -> None:
    """Plans the cross-validation, runs or prints it, and writes its scores."""
    training_flags = passed_on_flags(arguments[1:], _TRAIN_FLAGFILE.value, _NOT_PASSED_ON)
    if not training_flags:
        raise UserError(
            "the training's settings are missing: give --train_flagfile=FILE, or flags of train behind --, such as "
            "-- --backbone=ownnet3 --num_steps=3000"
        )
    config = _CONFIG.build(training_flags=training_flags)
    refuse_remote(output_dir=config.output_dir, faces_dir=config.faces_dir)

    from emotionet_tf.experiments.cross_validation.run import cross_validate, dry_run

    if _DRY_RUN.value:
        print(dry_run(config), end="")
    else:
        cross_validate(config, jobs=_JOBS.value, redo_outdated=_REDO_OUTDATED.value)


if __name__ == "__main__":
    entry_point.run(main)
