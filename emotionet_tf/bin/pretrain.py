"""Pre-trains a backbone: `python -m emotionet_tf.bin.pretrain --task=identity --records_dir=DIR --output_dir=DIR ...`.

It learns to tell persons or expressions apart, from class records; `train --init_backbone=DIR` starts from its folder.
Running the same command again resumes a run that was interrupted.
"""

from __future__ import annotations

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.training.pretrain_config import PretrainConfig, refuse_margin
from emotionet_tf.training.run_options import RunOptions

_CONFIG = ConfigFlags(PretrainConfig)
_OPTIONS = ConfigFlags(RunOptions)


def config_from_flags() -> PretrainConfig:
    """Returns the run that the parsed flags describe; raises UserError for values that are not valid."""
    # Here, as a flag that says the default is not seen in the configuration.
    refuse_margin(flags.FLAGS.task, [name for name in ("scale", "margin") if flags.FLAGS[name].present])
    return _CONFIG.build()


def main(arguments: list[str]) -> None:
    """Turns the flags into a configuration and trains."""
    entry_point.refuse_arguments(arguments)
    config, options = config_from_flags(), _OPTIONS.build()

    # Brings TensorFlow, which takes seconds: a wrong flag is told before.
    from emotionet_tf.training.pretrain import pretrain

    pretrain(config, options)


if __name__ == "__main__":
    entry_point.run(main)
