import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from emotionet_tf import models
from emotionet_tf.action_units import EXPRESSION, POSE
from emotionet_tf.errors import UserError

MEAN_ANGLES = (0.1, -0.2, 0.3)


def pose_config(**changes):
    values = dict(
        backbone="ownnet1",
        aus=POSE.aus,
        view="context",
        heads=("opt", "train"),
        prediction_head="opt",
        uses_angles=True,
        image_size_px=32,
        crop_size_px=36,
    )
    return models.ModelConfig(**{**values, **changes})


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)


def test_one_logit_per_au_and_head():
    config = pose_config(aus=EXPRESSION.aus, view="close_up", uses_angles=False)
    network = models.build_model(config)
    assert {head: tuple(logits.shape) for head, logits in network.output.items()} == {
        "opt": (None, 17),
        "train": (None, 17),
    }
    assert [spec.name for spec in network.inputs] == ["image"]


def test_angles_pass_a_dense_layer_of_1024_and_join_the_features():
    network = models.build_model(pose_config())
    assert network.get_layer("angle_features").get_weights()[0].shape == (3, 1024)
    assert network.get_layer("head_opt").get_weights()[0].shape == (128 + 1024, 6)


def test_missing_angles_equal_the_mean_pose(images):
    network = models.build_model(pose_config(), MEAN_ANGLES)
    known = np.ones((2, 3), np.float32)
    mean = np.tile(np.float32(MEAN_ANGLES), (2, 1))
    missing = network({"image": images, "angles": 9 * known, "angles_mask": 0 * known})["opt"]
    at_mean = network({"image": images, "angles": mean, "angles_mask": known})["opt"]
    elsewhere = network({"image": images, "angles": mean + 0.5, "angles_mask": known})["opt"]
    np.testing.assert_array_equal(missing, at_mean)
    assert np.abs(elsewhere - at_mean).max() > 1e-4


def test_loaded_model_predicts_what_the_saved_one_did(images, tmp_path):
    config = pose_config()
    network = models.build_model(config, MEAN_ANGLES)
    models.save_model(network, config, tmp_path, "best")
    loaded = models.load_model(tmp_path)
    logits = network({"image": images, "angles": np.zeros((2, 3)), "angles_mask": np.zeros((2, 3))})["opt"]
    assert loaded.config == config
    np.testing.assert_allclose(loaded.predict_logits(images), logits, atol=1e-6)
    np.testing.assert_allclose(loaded.predict_scores(images), tf.sigmoid(logits), atol=1e-6)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.keras", "model.json"]


def test_best_is_preferred_to_last_and_each_can_be_asked_for(images, tmp_path):
    config = pose_config(uses_angles=False)
    expected = {}
    for which in ("last", "best"):
        network = models.build_model(config)
        models.save_model(network, config, tmp_path, which)
        expected[which] = network({"image": images})["opt"].numpy()
    np.testing.assert_allclose(
        models.load_model(tmp_path).predict_logits(images), expected["best"], atol=1e-6
    )
    np.testing.assert_allclose(
        models.load_model(tmp_path, "last").predict_logits(images), expected["last"], atol=1e-6
    )


def test_images_of_another_size_are_refused(images, tmp_path):
    config = pose_config(uses_angles=False)
    models.save_model(models.build_model(config), config, tmp_path, "last")
    with pytest.raises(ValueError, match=r"images are \[batch, 32, 32, 3\], got"):
        models.load_model(tmp_path).predict_scores(images[:, :20])


def test_folder_that_is_no_model_is_named(tmp_path):
    with pytest.raises(UserError, match=r"is not a model folder: it has no readable model\.json"):
        models.load_model(tmp_path)


def test_damaged_model_file_is_named(tmp_path):
    config = pose_config(uses_angles=False)
    models.save_model(models.build_model(config), config, tmp_path, "last")
    (tmp_path / "last.keras").write_bytes(b"PK not a model")
    with pytest.raises(UserError, match=r"last\.keras is not a model that can be loaded"):
        models.load_model(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"aus": (1, 3)}, r"got \[3\]"),
        ({"view": "side"}, "view 'side' must be one of close_up, context"),
        ({"prediction_head": "val"}, "'val' must be one of the distinct heads: opt, train"),
        ({"heads": ("opt", "a b")}, "'a b' has to be letters"),
        ({"image_size_px": 40}, "between 32 and the crop's side 36, got 40"),
        ({"dropout": 1.0}, r"rate in \[0, 1\), got 1.0"),
        ({"neck": "fc"}, "neck 'fc' must be one of none, bn_dropout_fc_bn"),
        ({"neck_units": 0}, "neck_units is at least 1, got 0"),
    ],
)
def test_bad_configuration_names_the_offender(changes, message):
    with pytest.raises(UserError, match=message):
        pose_config(**changes)


def test_configuration_survives_json():
    config = pose_config()
    assert models.ModelConfig.from_dict(config.to_dict()) == config


def test_configuration_from_before_there_were_necks_has_none():
    old = {name: value for name, value in pose_config().to_dict().items() if "neck" not in name}
    assert models.ModelConfig.from_dict(old) == pose_config(neck="none")


@pytest.mark.parametrize("change", [{"nek": "none"}, {"backbone": None}])
def test_configuration_with_a_wrong_key_or_without_a_needed_one_is_refused(change):
    content = {**pose_config().to_dict(), **change}
    content = {name: value for name, value in content.items() if value is not None}
    with pytest.raises(UserError, match="a model's configuration has the keys .* and may have .*; got"):
        models.ModelConfig.from_dict(content)


def test_neck_is_norm_dropout_dense_norm_in_front_of_all_heads(images):
    config = pose_config(uses_angles=False, neck="bn_dropout_fc_bn", neck_units=5)
    network = models.build_model(config)
    random = np.random.default_rng(0)
    weights = [random.uniform(0.5, 1.5, w.shape).astype(w.dtype) for w in network.get_weights()]
    network.set_weights(weights)

    def norm(x, name):
        gamma, beta, mean, variance = network.get_layer(name).get_weights()
        return (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta

    features = network.get_layer("backbone")(images).numpy()
    (kernel,) = network.get_layer("neck_dense").get_weights()
    neck = norm(norm(features, "neck_norm_in") @ kernel, "neck_norm_out")
    for head in config.heads:
        kernel, bias = network.get_layer(f"head_{head}").get_weights()
        np.testing.assert_allclose(network({"image": images})[head], neck @ kernel + bias, rtol=1e-3)
    # The dropout stands in front of the dense layer: half of what it gets is 0 in training.
    thinned = keras.Model(network.input, network.get_layer("neck_dense").input)(
        {"image": images}, training=True
    )
    assert 0.35 < np.mean(thinned == 0) < 0.65


def test_backbones_side_by_side_see_the_same_image_and_their_features_are_concatenated(images):
    config = pose_config(uses_angles=False, backbone="ownnet1+ownnet2+ownnet1")
    network = models.build_model(config)
    parts = [network.get_layer(name) for name in ("backbone", "backbone_2", "backbone_3")]
    features = np.concatenate([part(images) for part in parts], axis=1)
    assert features.shape == (2, 128 + 256 + 128)
    kernel, bias = network.get_layer("head_opt").get_weights()
    np.testing.assert_allclose(
        network({"image": images})["opt"], features @ kernel + bias, rtol=1e-4, atol=1e-5
    )
    # Each has weights of its own.
    assert np.abs(features[:, :128] - features[:, -128:]).max() > 1e-3


def test_saved_backbones_side_by_side_predict_what_they_did(images, tmp_path):
    config = pose_config(backbone="ownnet1+ownnet1", neck="bn_dropout_fc_bn", neck_units=7)
    network = models.build_model(config, MEAN_ANGLES)
    models.save_model(network, config, tmp_path, "last")
    logits = network({"image": images, "angles": np.zeros((2, 3)), "angles_mask": np.zeros((2, 3))})["opt"]
    loaded = models.load_model(tmp_path)
    assert loaded.config == config
    np.testing.assert_allclose(loaded.predict_logits(images), logits, atol=1e-5)


@pytest.mark.slow
def test_models_can_be_imported_alone_and_without_flags():
    code = (
        "import sys; from emotionet_tf.models import *; from absl import flags; assert not flags.FLAGS.is_parsed(); "
        "print(*sorted(name.split('.')[1] for name in sys.modules if name.count('.') == 1 "
        "and name.startswith('emotionet_tf.')))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.split() == [
        *("action_units", "errors", "json_fields", "keras_versions", "lazy_names", "models", "storage")
    ]
