import dataclasses

import numpy as np
import pytest
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models import ModelConfig, build_backbone, build_model, load_model, save_model
from emotionet_tf.models.backbones.level import Level
from emotionet_tf.models.backbones.levels import level_sizes, with_levels
from emotionet_tf.models.packing import pack_model

CONFIG = ModelConfig(
    "ownnet1",
    (1, 12),
    "close_up",
    ("opt",),
    "opt",
    image_size_px=40,
    crop_size_px=40,
    levels=("relu4:2", "pool2:3"),
)
IMAGES = np.random.default_rng(0).uniform(0, 255, (3, 40, 40, 3)).astype(np.float32)


def means(maps: np.ndarray, window: int) -> np.ndarray:
    """Returns maps [images, side, side, channels] averaged over squares that may hang over the edges, flat."""
    side = maps.shape[1]
    places = -(-side // window)
    first = [max(0, number * window - (places * window - side) // 2) for number in range(places + 1)]
    rows = [maps[:, first[i] : min(first[i + 1], side)] for i in range(places)]
    found = [
        [row[:, :, first[j] : min(first[j + 1], side)].mean((1, 2)) for j in range(places)] for row in rows
    ]
    return np.stack([np.stack(row, 1) for row in found], 1).reshape(len(maps), -1)


def test_levels_follow_the_features_as_means_over_squares():
    keras.utils.set_random_seed(0)
    backbone = build_backbone("ownnet1", 40)
    wide = with_levels(backbone, ("relu4:2", "pool2:3"))
    maps = keras.Model(backbone.input, [backbone.get_layer(name).output for name in ("relu4", "pool2")])
    fourth, second = (one.numpy() for one in maps(IMAGES, training=False))
    assert fourth.shape == (3, 5, 5, 32) and second.shape == (3, 10, 10, 8)
    features = backbone(IMAGES, training=False).numpy()
    expected = np.concatenate([features, means(fourth, 2), means(second, 3)], axis=1)
    np.testing.assert_allclose(wide(IMAGES, training=False), expected, rtol=1e-5, atol=1e-6)
    assert level_sizes(wide, ("relu4:2", "pool2:3")) == [3 * 3 * 32, 4 * 4 * 8]
    assert wide.name == backbone.name


@pytest.mark.parametrize("looks", [(), ("0.95", "1.05:1:mirrored")])
def test_network_with_levels_is_saved_and_packed(tmp_path, looks):
    config = dataclasses.replace(CONFIG, looks=looks)
    keras.utils.set_random_seed(0)
    network = build_model(config)
    save_model(network, config, tmp_path / "model", "last")
    model = load_model(tmp_path / "model")
    assert model.config == config
    logits = network({"image": IMAGES}, training=False)["opt"].numpy()
    np.testing.assert_allclose(model.predict_logits(IMAGES), logits, rtol=1e-5, atol=1e-6)
    pack_model(model, tmp_path / "packed", provenance={})
    np.testing.assert_allclose(load_model(tmp_path / "packed").predict_logits(IMAGES), logits, atol=2e-2)


@pytest.mark.parametrize("text", ["relu4", "relu4:0", "relu4:100", ":2", "relu4:2:2", "relu-4:2", ""])
def test_text_that_is_no_level_is_refused(text):
    with pytest.raises(UserError, match="a level must be LAYER:WINDOW, such as relu4:2"):
        Level.from_text(text)


def test_levels_that_a_network_cannot_have_are_refused():
    with pytest.raises(UserError, match="each layer can be a level once, got relu4:2, relu4:1"):
        dataclasses.replace(CONFIG, levels=("relu4:2", "relu4:1"))
    with pytest.raises(UserError, match="one backbone and without a neck, got ownnet1.ownnet1 and none"):
        dataclasses.replace(CONFIG, backbone="ownnet1+ownnet1")
    with pytest.raises(UserError, match="got ownnet1 and bn_dropout_fc_bn"):
        dataclasses.replace(CONFIG, neck="bn_dropout_fc_bn")
    with pytest.raises(UserError, match="no layer 'features' with maps; its last ones are .*relu7"):
        build_model(dataclasses.replace(CONFIG, levels=("features:2",)))
