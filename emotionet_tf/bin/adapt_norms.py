"""Adapts a trained network to photos of another kind, without labels.

`python -m emotionet_tf.bin.adapt_norms --model_dir=DIR --records_dir=DIR --output_dir=DIR`

Its batch normalisations take their means and variances from the photos; nothing else changes. A network that was
trained on rendered faces sees real ones better for it.
"""

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.training.adaptation.config import NormAdaptationConfig

_CONFIG = ConfigFlags(NormAdaptationConfig)


def main(arguments: list[str]) -> None:
    """Adapts the network and prints where it is."""
    from emotionet_tf.training.adaptation.norms import adapt_norms

    entry_point.refuse_arguments(arguments)
    print(f"adapted network: {adapt_norms(_CONFIG.build())}")


if __name__ == "__main__":
    entry_point.run(main)
