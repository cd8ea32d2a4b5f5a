"""Trains a teacher or a student: `python -m emotionet_tf.bin.train --flagfile=FILE --output_dir=DIR ...`.

Running the same command again resumes a run that was interrupted.
"""

from __future__ import annotations

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.train_config import TRAINABLE_GROUPS, TrainConfig
from emotionet_tf.training.values_by_au import parse_selective_target

_CONFIG = ConfigFlags(TrainConfig)
_OPTIONS = ConfigFlags(RunOptions)


def config_from_flags() -> TrainConfig:
    """Returns the run that the parsed flags describe; raises UserError for values that are not valid."""
    values = _CONFIG.values()
    aus = values["aus"] or TRAINABLE_GROUPS[values["group"]].aus
    return TrainConfig(
        **{**values, "selective_target": parse_selective_target(values["selective_target"], aus)}
    )


def main(arguments: list[str]) -> None:
    """Turns the flags into a configuration and trains."""
    entry_point.refuse_arguments(arguments)
    config, options = config_from_flags(), _OPTIONS.build()

    # Brings TensorFlow, which takes seconds: a wrong flag is told before.
    from emotionet_tf.training.train import train

    train(config, options)


if __name__ == "__main__":
    entry_point.run(main)
