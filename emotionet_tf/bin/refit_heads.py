"""Fits a trained network's heads anew, as discriminants for photos of another kind.

`python -m emotionet_tf.bin.refit_heads --model_dir=DIR --source=HEAD=RECORDS_DIR --records_dir=DIR --output_dir=DIR`

The layers before the heads stay. Each AU's photos with and without it are told apart as if they varied like the photos
of --records_dir, whose labels are not looked at.
"""

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.training.adaptation.config import HeadRefitConfig

_CONFIG = ConfigFlags(HeadRefitConfig)


def main(arguments: list[str]) -> None:
    """Fits the heads and prints where the network is."""
    from emotionet_tf.training.adaptation.heads import refit_heads

    entry_point.refuse_arguments(arguments)
    print(f"refitted network: {refit_heads(_CONFIG.build())}")


if __name__ == "__main__":
    entry_point.run(main)
