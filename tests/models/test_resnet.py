"""ResNets are keras-cv's, layer for layer and number for number, where that package is installed."""

import numpy as np
import pytest
from tensorflow import keras

from emotionet_tf.models.backbones import resnet

STRIDES = [1, 2, 2, 2]
UNNAMED = ("InputLayer", "Rescaling")


def seeded(build):
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)
    return build()


def described(layer):
    """Returns what a layer is; an axis from behind and one from the front are one."""
    config = layer.get_config()
    if type(layer).__name__ in UNNAMED:
        config.pop("name")
    if "axis" in config:
        axes = np.atleast_1d(config["axis"]).tolist()
        config["axis"] = [axis % 4 for axis in axes]
    return type(layer).__name__, config


@pytest.mark.parametrize(
    "num_layers", [18, *(pytest.param(number, marks=pytest.mark.slow) for number in (50, 152))]
)
def test_layers_weights_and_numbers_are_keras_cvs(num_layers):
    keras_cv_models = pytest.importorskip("keras_cv.models")
    theirs = seeded(
        lambda: keras_cv_models.ResNetBackbone(
            stackwise_filters=[64, 128, 256, 512],
            stackwise_strides=STRIDES,
            stackwise_blocks={18: [2, 2, 2, 2], 50: [3, 4, 6, 3], 152: [3, 8, 36, 3]}[num_layers],
            block_type="basic_block" if num_layers == 18 else "block",
            include_rescaling=True,
            input_shape=(64, 64, 3),
        )
    )
    ours = seeded(lambda: resnet.build_resnet_maps(num_layers, 64))
    assert [layer.name for layer in ours.layers[2:]] == [layer.name for layer in theirs.layers[2:]]
    assert [described(layer) for layer in ours.layers] == [described(layer) for layer in theirs.layers]
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    images = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype(np.float32)
    np.testing.assert_array_equal(ours(images), theirs(images))
    assert np.abs(ours(images)).max() > 0.01
