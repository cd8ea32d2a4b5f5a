import functools
import json
import sys

import h5py
import numpy as np
import pytest
from keras.saving import serialize_keras_object
from tensorflow import keras

from emotionet_tf import models
from emotionet_tf.errors import UserError
from emotionet_tf.keras_versions import KERAS_MAJOR
from emotionet_tf.models.backbones import efficientnet, init_weights, resnet
from emotionet_tf.models.backbones.init_weights import load_backbone_weights

MEAN, STD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
FAMILIES = {
    "mobilenet_v3_large": keras.applications.MobileNetV3Large,
    "efficientnet_b0": keras.applications.EfficientNetB0,
}
SMALL_FILTERS, SMALL_BLOCKS = [8, 8, 16, 16], [1, 1, 2, 1]


def unlike_fresh(network):
    """Gives every weight a value of its own, the moving statistics too; variances stay positive."""
    random = np.random.default_rng(0)
    network.set_weights(
        [
            (value * 0.9 + random.uniform(0.01, 0.1, value.shape)).astype(value.dtype)
            for value in network.get_weights()
        ]
    )


@pytest.fixture(scope="module")
def published():
    """A network of each family as keras.applications builds it, with other weights than fresh ones."""
    networks = {}
    for name, family in FAMILIES.items():
        networks[name] = family(input_shape=(64, 64, 3), include_top=False, weights=None, pooling="avg")
        unlike_fresh(networks[name])
    return networks


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(1).uniform(0, 255, (2, 64, 64, 3)).astype(np.float32)


@functools.cache
def au_model(backbone, number=1, image_size_px=64):
    """Returns a network, the same one for the same arguments: loading replaces what an earlier test loaded."""
    return models.build_model(
        models.ModelConfig(
            backbone, (1, 2), "close_up", ("opt",), "opt",
            image_size_px=image_size_px, crop_size_px=image_size_px,
        )
    )  # fmt: skip


def save_weights(network, path):
    """Saves weights in the format that the file's ending names; of the old one, .h5, Keras 3 has no public writer."""
    if KERAS_MAJOR == 3 and path.suffix == ".h5" and not path.name.endswith(".weights.h5"):
        from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

        with h5py.File(path, "w") as file:
            save_weights_to_hdf5_group(file, network)
    else:
        network.save_weights(path)


def backbone_of(model):
    return next(layer for layer in model.layers if isinstance(layer, keras.Model))


def weights_by_layer(network):
    """Weights by layer; the one normalisation is numbered by Keras, and the step counters are ours."""
    return {
        layer.name.rstrip("_0123456789") if "normalization" in layer.name else layer.name: layer.get_weights()
        for layer in network.layers
        if layer.weights and "Dropout" not in type(layer).__name__
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backbone", "file"),
    [
        ("mobilenet_v3_large", "notop.h5"),
        ("mobilenet_v3_large", "notop.weights.h5"),
        ("mobilenet_v3_large", "alone.keras"),
        ("efficientnet_b0", "notop.h5"),
    ],
)
def test_every_weight_of_a_file_arrives_and_the_features_are_equal(
    published, images, tmp_path, backbone, file
):
    network = published[backbone]
    if file.endswith(".keras"):
        network.save(tmp_path / file)
    else:
        save_weights(network, tmp_path / file)
    model = au_model(backbone)
    head = model.get_layer("head_opt").get_weights()[0]
    load_backbone_weights(model, backbone, str(tmp_path / file))
    expected, got = weights_by_layer(network), weights_by_layer(backbone_of(model))
    assert expected.keys() == got.keys()
    for name, weights in expected.items():
        for one, other in zip(weights, got[name], strict=True):
            np.testing.assert_array_equal(one, other, err_msg=name)
    np.testing.assert_array_equal(model.get_layer("head_opt").get_weights()[0], head)
    init_weights.refresh_normalization(network)
    np.testing.assert_allclose(backbone_of(model)(images), network(images), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_published_efficientnet_sees_images_less_the_mean_over_the_standard_deviation(
    published, images, tmp_path
):
    network = published["efficientnet_b0"]
    normalization = next(layer for layer in network.layers if isinstance(layer, keras.layers.Normalization))
    before = normalization.get_weights()
    # The published file holds the standard deviations where variances belong (tensorflow issue 49930).
    normalization.set_weights([MEAN, STD, before[2]])
    save_weights(network, tmp_path / "efficientnetb0_notop.h5")
    normalization.set_weights(before)
    model = au_model("efficientnet_b0")
    load_backbone_weights(model, "efficientnet_b0", str(tmp_path / "efficientnetb0_notop.h5"))

    behind_normalization = keras.Model(network.get_layer("stem_conv_pad").input, network.output)
    expected = behind_normalization((images / 255 - MEAN) / STD)
    np.testing.assert_allclose(backbone_of(model)(images), expected, rtol=1e-4, atol=1e-5)

    config = models.ModelConfig(
        "efficientnet_b0", (1, 2), "close_up", ("opt",), "opt", image_size_px=64, crop_size_px=64
    )
    models.save_model(model, config, tmp_path / "saved", "last")
    loaded = models.load_model(tmp_path / "saved")
    np.testing.assert_allclose(
        loaded.predict_logits(images), model({"image": images})["opt"], rtol=1e-4, atol=1e-5
    )


@pytest.mark.slow
def test_backbone_of_another_model_of_ours_is_taken_and_other_widths_are_refused(tmp_path):
    narrow = "mobilenet_v3_large_x0.1"
    teacher, student = au_model(narrow, 1, 32), au_model(narrow, 2, 32)
    unlike_fresh(teacher)
    teacher.save(tmp_path / "best.keras")
    load_backbone_weights(student, narrow, str(tmp_path / "best.keras"))
    for one, other in zip(
        backbone_of(teacher).get_weights(), backbone_of(student).get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    wider = "mobilenet_v3_large_x0.5"
    with pytest.raises(UserError, match=r"best\.keras does not hold mobilenet_v3_large_x0\.5's weights: "):
        load_backbone_weights(au_model(wider, 1, 32), wider, str(tmp_path / "best.keras"))


@pytest.mark.slow
def test_file_of_another_network_is_refused_in_one_line(published, tmp_path):
    save_weights(published["mobilenet_v3_large"], tmp_path / "mobile.h5")
    whole = (tmp_path / "mobile.h5").read_bytes()
    (tmp_path / "damaged.h5").write_bytes(whole[: len(whole) // 2])
    for name in ("mobile.h5", "damaged.h5"):
        with pytest.raises(UserError, match=f"{name} does not hold efficientnet_b0's weights ") as raised:
            load_backbone_weights(None, "efficientnet_b0", str(tmp_path / name))
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("backbone", "source", "message"),
    [
        (
            "ownnet8",
            "imagenet",
            "none are published .*, only for mobilenet_v3_large, .*resnet50; --init_backbone",
        ),
        (
            "resnet18",
            "imagenet",
            "'resnet18' cannot start from ImageNet weights: none are published for it",
        ),
        (
            "resnet152",
            "imagenet",
            r"none are published .* a folder that pretrain .* a \.keras file of that",
        ),
        ("resnet18", "weights.h5", r"resnet18's weights are read from \.keras files only"),
        ("resnet50+resnet50", "imagenet", "for one backbone, .* give --init_backbone once for each of them"),
        (
            "efficientnet_b0_x0.5",
            "imagenet",
            r"'efficientnet_b0_x0\.5' cannot start from .* none are published",
        ),
        ("efficientnet_b0", "missing.h5", r"missing\.h5 is not a file; it takes 'imagenet', none, or a file"),
        ("efficientnet_b0", "weights.txt", r"weights\.txt is not an \.h5, \.weights\.h5 or \.keras file"),
        (
            "efficientnet_b0_x0.5",
            "weights.h5",
            r"efficientnet_b0_x0\.5's weights are read from \.keras files only",
        ),
    ],
)
def test_source_that_cannot_be_meant_is_refused_unread(tmp_path, monkeypatch, backbone, source, message):
    monkeypatch.chdir(tmp_path)
    for name in ("weights.h5", "weights.txt"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(UserError, match=message):
        init_weights.check_init_weights(backbone, source)


def test_damaged_keras_file_is_refused(tmp_path):
    (tmp_path / "best.keras").write_bytes(b"PK no model")
    with pytest.raises(UserError, match=r"best\.keras is not a model that can be loaded"):
        load_backbone_weights(None, "mobilenet_v3_large", str(tmp_path / "best.keras"))


def test_failed_download_names_both_ways(monkeypatch):
    def download(weights):
        assert weights == "imagenet"
        raise Exception("URL fetch failure on https://...: None -- no route\nmore")

    monkeypatch.setattr(efficientnet, "build_published", download)
    with pytest.raises(
        UserError, match=r"fetch failure .* where there is a network, or .*--init_weights=FILE$"
    ):
        load_backbone_weights(None, "efficientnet_b0", "imagenet")


@pytest.fixture
def small_resnet50(monkeypatch):
    """Makes ResNet-50 a small network of the same form, so that its files are small too."""
    monkeypatch.setattr(resnet, "_FILTERS", SMALL_FILTERS)
    monkeypatch.setitem(resnet._BLOCKS, 50, SMALL_BLOCKS)


def write_preset(folder):
    """Writes what keras-cv's `from_preset` reads: a description of its network, and weights, which are returned."""
    keras_cv_models = pytest.importorskip("keras_cv.models")
    network = keras_cv_models.ResNetBackbone(
        stackwise_filters=SMALL_FILTERS,
        stackwise_strides=[1, 2, 2, 2],
        stackwise_blocks=SMALL_BLOCKS,
        block_type="block",
        include_rescaling=True,
        input_shape=(64, 64, 3),
    )
    unlike_fresh(network)
    folder.mkdir()
    network.save_weights(folder / "model.weights.h5")
    description = {**serialize_keras_object(network), "weights": "model.weights.h5"}
    (folder / "config.json").write_text(json.dumps(description))
    return network


@pytest.mark.slow
@pytest.mark.parametrize("source", ["imagenet", "model.weights.h5", "notop.h5"])
def test_resnet50_takes_keras_cvs_preset_and_its_files(small_resnet50, images, tmp_path, monkeypatch, source):
    published = write_preset(tmp_path / "preset")
    if source == "notop.h5":
        save_weights(published, tmp_path / "preset" / source)
    monkeypatch.setattr(resnet, "_RESNET50_PRESET", str(tmp_path / "preset"))
    config = models.ModelConfig(
        "resnet50", (1, 2), "close_up", ("opt",), "opt", image_size_px=64, crop_size_px=64
    )
    model = models.build_model(config)
    load_backbone_weights(
        model, "resnet50", source if source == "imagenet" else str(tmp_path / "preset" / source)
    )
    expected, got = weights_by_layer(published), weights_by_layer(backbone_of(model))
    assert expected.keys() == got.keys()
    for name, weights in expected.items():
        for one, other in zip(weights, got[name], strict=True):
            np.testing.assert_array_equal(one, other, err_msg=name)
    # keras-cv's weights are for images in 0..255, which the network scales to [0, 1].
    features = np.mean(published(images), axis=(1, 2))
    np.testing.assert_allclose(backbone_of(model)(images), features, rtol=1e-4, atol=1e-5)


def test_missing_keras_cv_is_named_with_the_way_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_cv.models", None)
    with pytest.raises(UserError, match=r"keras-cv downloads .*: pip install 'keras-cv>=0\.9,<0\.10'$"):
        load_backbone_weights(None, "resnet50", "imagenet")


@pytest.mark.slow
def test_file_of_another_resnet_is_refused_in_one_line(small_resnet50, monkeypatch, tmp_path):
    monkeypatch.setitem(resnet._BLOCKS, 152, [1, 1, 1, 1])
    resnet.build_resnet_maps(152, 64).save_weights(tmp_path / "shallower.weights.h5")
    with pytest.raises(
        UserError, match=r"shallower\.weights\.h5 does not hold resnet50's weights "
    ) as raised:
        load_backbone_weights(None, "resnet50", str(tmp_path / "shallower.weights.h5"))
    assert "\n" not in str(raised.value)
