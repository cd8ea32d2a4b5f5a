"""A backbone of your own, trained like the papers' ones.

python -m examples.new_backbone RECORDS_DIR OUTPUT_DIR [NUM_STEPS]

RECORDS_DIR is a records folder of `write_records` or `prepare`. A backbone that others should use too is a file and an
entry in `emotionet_tf/models/backbones`, as CONTRIBUTING.md says.
"""

import sys

from emotionet_tf.cli.entry_point import set_up_process

set_up_process()  # TensorFlow's fast CPU kernels, before it is imported

from tensorflow import keras  # noqa: E402

from emotionet_tf.models.backbones.entry import BackboneEntry, BackboneSize  # noqa: E402
from emotionet_tf.models.backbones.registry import BACKBONES  # noqa: E402
from emotionet_tf.stream.sources import Source  # noqa: E402
from emotionet_tf.training.train import train  # noqa: E402
from emotionet_tf.training.train_config import TrainConfig  # noqa: E402


def build(size: BackboneSize, image_size_px: int, seed: int) -> keras.Model:
    """Returns a small network of separable convolutions: images [n, side, side, 3] in 0..255 to features [n, 64]."""
    image = keras.Input((image_size_px, image_size_px, 3))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(image)
    for channels in (16, 32, 64):
        x = keras.layers.SeparableConv2D(channels, 3, strides=2, padding="same", use_bias=False)(x)
        x = keras.layers.BatchNormalization()(x)
        x = keras.layers.ReLU()(x)
    return keras.Model(image, keras.layers.GlobalAveragePooling2D()(x))


def main(records_dir: str, output_dir: str, num_steps: str = "2000") -> None:
    """Registers the backbone and trains a network for the expression AUs on it."""
    BACKBONES["separable"] = BackboneEntry("examples.new_backbone")
    train(
        TrainConfig(
            sources=(Source("mine", records_dir),),
            output_dir=output_dir,
            group="expression",
            backbone="separable",
            image_size_px=32,
            optimizer="adam",
            learning_rate=0.001,
            num_steps=int(num_steps),
            checkpoint_interval_steps=500,
            validation_interval_steps=500,
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
