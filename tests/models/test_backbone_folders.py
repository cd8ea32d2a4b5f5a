import json

import numpy as np
import pytest
from tensorflow import keras

from emotionet_tf import models
from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones.backbone_folders import (
    BackboneInfo,
    check_backbone_folders,
    load_backbone_folders,
    read_backbone_info,
    save_backbone_model,
)
from emotionet_tf.models.backbones.building import build_backbone, nested_backbones


def au_model(backbone, **changes):
    config = models.ModelConfig(
        backbone, (1, 2), "close_up", ("opt",), "opt", image_size_px=32, crop_size_px=36, **changes
    )
    return models.build_model(config), config


def unlike_fresh(network, seed):
    random = np.random.default_rng(seed)
    network.set_weights(
        [w if w.dtype == np.int32 else random.uniform(0.1, 1, w.shape) for w in network.get_weights()]
    )


def save_classifier(folder, backbone, *, which="best", seed=1):
    """Writes a pre-trained folder as `pretrain` does, of images of another size; returns its network."""
    image = keras.Input((64, 64, 3), name="image")
    features = build_backbone(backbone, 64)(image)
    network = keras.Model(image, keras.layers.Dense(3, name="classes")(features))
    unlike_fresh(network, seed)
    info = BackboneInfo(backbone, 64, 72, "close_up", "expression", ("a", "b", "c"))
    save_backbone_model(network, info, folder, which)
    return network


def assert_equal_weights(one, other):
    for expected, got in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_description_survives_its_file(tmp_path):
    save_classifier(tmp_path, "ownnet1")
    info = BackboneInfo("ownnet1", 64, 72, "close_up", "expression", ("a", "b", "c"))
    assert read_backbone_info(tmp_path) == info
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backbone.json", "best.keras"]


def test_au_models_folder_is_one_whose_task_is_action_units(tmp_path):
    network, config = au_model("ownnet1")
    models.save_model(network, config, tmp_path, "last")
    assert read_backbone_info(tmp_path) == BackboneInfo("ownnet1", 32, 36, "close_up", "action_units", ())


@pytest.mark.slow
def test_each_backbone_gets_its_folders_weights_and_the_rest_stays_fresh(tmp_path):
    one = save_classifier(tmp_path / "one", "ownnet1", seed=1)
    other, config = au_model("ownnet2")
    unlike_fresh(other, 2)
    models.save_model(other, config, tmp_path / "other", "last")
    model, _ = au_model("ownnet1+ownnet2", neck="bn_dropout_fc_bn", neck_units=4)
    behind = [layer for layer in model.layers if layer.weights and not isinstance(layer, keras.Model)]
    before = {layer.name: layer.get_weights() for layer in behind}
    load_backbone_folders(model, "ownnet1+ownnet2", [str(tmp_path / "one"), str(tmp_path / "other")])
    first, second = nested_backbones(model)
    assert_equal_weights(nested_backbones(one)[0], first)
    assert_equal_weights(nested_backbones(other)[0], second)
    assert {"neck_dense", "neck_norm_in", "neck_norm_out", "head_opt"} <= set(before)
    for layer in behind:
        for expected, got in zip(before[layer.name], layer.get_weights(), strict=True):
            np.testing.assert_array_equal(got, expected)


def test_folder_of_several_backbones_gives_all_of_them(tmp_path):
    both, config = au_model("ownnet1+ownnet1")
    unlike_fresh(both, 3)
    models.save_model(both, config, tmp_path, "last")
    model, _ = au_model("ownnet1+ownnet1")
    load_backbone_folders(model, "ownnet1+ownnet1", [str(tmp_path)])
    for expected, got in zip(nested_backbones(both), nested_backbones(model), strict=True):
        assert_equal_weights(expected, got)


def test_best_network_is_taken_where_there_is_one(tmp_path):
    save_classifier(tmp_path, "ownnet1", which="last")
    assert check_backbone_folders("ownnet1", [str(tmp_path)]) == [tmp_path / "last.keras"]
    save_classifier(tmp_path, "ownnet1")
    assert check_backbone_folders("ownnet1", [str(tmp_path)]) == [tmp_path / "best.keras"]


@pytest.mark.parametrize("backbone", ["ownnet2", "resnet18", "ownnet1+ownnet1"])
def test_other_architecture_is_refused_with_both_names(tmp_path, backbone):
    save_classifier(tmp_path, "ownnet1")
    with pytest.raises(UserError) as raised:
        check_backbone_folders(backbone, [str(tmp_path)])
    assert (
        str(raised.value)
        == f"the network's backbone is {backbone}, the folders to start from hold ownnet1 ({tmp_path})"
    )


def test_network_that_is_not_what_its_folder_says_is_refused(tmp_path):
    save_classifier(tmp_path, "ownnet1")
    content = json.loads((tmp_path / "backbone.json").read_text())
    (tmp_path / "backbone.json").write_text(json.dumps({**content, "backbone": "ownnet2"}))
    model, _ = au_model("ownnet2")
    before = nested_backbones(model)[0].get_weights()
    with pytest.raises(UserError, match=r"best\.keras does not hold ownnet2's weights: conv1 has weights of"):
        load_backbone_folders(model, "ownnet2", [str(tmp_path)])
    for expected, got in zip(before, nested_backbones(model)[0].get_weights(), strict=True):
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"holds neither a pre-trained backbone \(backbone\.json\) nor a model \(model\.json\)"),
        ("{", r"backbone\.json is not a backbone's description"),
        ('{"backbone": "ownnet1"}', r"has the keys \['backbone', .*got \['backbone'\]"),
        ("[]", "has the keys"),
    ],
)
def test_folder_without_a_description_is_named(tmp_path, content, message):
    if content is not None:
        (tmp_path / "backbone.json").write_text(content)
    with pytest.raises(UserError, match=message):
        read_backbone_info(tmp_path)


def test_folder_without_a_network_is_named(tmp_path):
    save_classifier(tmp_path, "ownnet1")
    (tmp_path / "best.keras").unlink()
    with pytest.raises(UserError, match=r"holds no best\.keras and no last\.keras"):
        check_backbone_folders("ownnet1", [str(tmp_path)])
