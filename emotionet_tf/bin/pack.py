"""Packs a trained model for others: a small folder without code, whose scores are calibrated on neutral faces.

`python -m emotionet_tf.bin.pack --model_dir=DIR --output_dir=DIR --neutral_records_dir=DIR`

What it writes is a model folder: predict and all other commands take it.
"""

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.inference.packing.settings import PackConfig

_CONFIG = ConfigFlags(PackConfig)


def main(arguments: list[str]) -> None:
    """Packs the model and prints where it is."""
    from emotionet_tf.inference.packing.pack import pack

    entry_point.refuse_arguments(arguments)
    print(f"packed model: {pack(_CONFIG.build())}")


if __name__ == "__main__":
    entry_point.run(main)
