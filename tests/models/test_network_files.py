import json
import time
import zipfile

import numpy as np
import pytest
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.keras_versions import KERAS_MAJOR
from emotionet_tf.models import ModelConfig, build_model, load_model, save_model
from emotionet_tf.models.model_folders import network_path, read_model_config
from emotionet_tf.models.network_files import write_network
from emotionet_tf.storage.files import sha256_of

ZIP_CLOCK_SECONDS = 2
"""Zip archives hold even seconds only."""


def config_of(backbone="ownnet1"):
    return ModelConfig(
        backbone,
        aus=(1, 2),
        view="context",
        heads=("opt",),
        prediction_head="opt",
        uses_angles=True,
        image_size_px=32,
        crop_size_px=36,
    )


def network_of(config, seed=3):
    """A network after one step of training, so that its optimiser is saved, too."""
    keras.utils.set_random_seed(seed)
    network = build_model(config, (0.1, 0.2, 0.3), seed=seed)
    # Keras 3 numbers optimisers without a name through a process, as it does layers.
    network.compile(keras.optimizers.SGD(0.1, momentum=0.9, name="sgd"), loss="mse")
    inputs = {"image": np.ones((2, 32, 32, 3)), "angles": np.ones((2, 3)), "angles_mask": np.ones((2, 3))}
    network.train_on_batch(inputs, {"opt": np.ones((2, 2))})
    return network


@pytest.mark.slow
def test_equal_trainings_saved_at_different_times_make_equal_bytes(tmp_path):
    checksums = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        config = config_of()
        save_model(network_of(config), config, folder, "last")
        checksums.append(sha256_of(folder / "last.keras"))
        if len(checksums) == 1:
            time.sleep(ZIP_CLOCK_SECONDS + 0.1)
    assert checksums[0] == checksums[1]


@pytest.mark.slow
def test_other_weights_make_other_bytes(tmp_path):
    config = config_of()
    for seed in (3, 4):
        write_network(network_of(config, seed), tmp_path / f"{seed}.keras")
    assert sha256_of(tmp_path / "3.keras") != sha256_of(tmp_path / "4.keras")


@pytest.mark.slow
@pytest.mark.parametrize("backbone", ["mobilenet_v3_large_x0.5", "efficientnet_b0_x0.5_d0.3"])
def test_network_saved_twice_makes_equal_bytes_whatever_its_layers_are_called(tmp_path, backbone):
    network = build_model(config_of(backbone))
    for name in ("first", "second"):
        write_network(network, tmp_path / f"{name}.keras")
    assert sha256_of(tmp_path / "first.keras") == sha256_of(tmp_path / "second.keras")


def test_archive_holds_one_date_and_the_version_of_keras(tmp_path):
    write_network(build_model(config_of()), tmp_path / "network.keras")
    with zipfile.ZipFile(tmp_path / "network.keras") as archive:
        assert archive.testzip() is None
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        metadata = json.loads(archive.read("metadata.json"))
    assert metadata["date_saved"] == "1980-01-01@00:00:00"
    assert metadata["keras_version"].startswith(f"{KERAS_MAJOR}.")


@pytest.mark.slow
def test_keras_and_this_library_load_what_was_saved(tmp_path):
    config = config_of()
    network = network_of(config)
    save_model(network, config, tmp_path, "last")
    images = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    inputs = {"image": images, "angles": np.zeros((2, 3)), "angles_mask": np.zeros((2, 3))}
    expected = network(inputs)["opt"].numpy()
    by_keras = keras.models.load_model(tmp_path / "last.keras")
    np.testing.assert_allclose(by_keras(inputs)["opt"], expected, atol=1e-6)
    np.testing.assert_allclose(load_model(tmp_path).predict_logits(images), expected, atol=1e-6)
    # Keras's own way back includes the optimiser.
    assert int(by_keras.optimizer.iterations) == 1


def test_save_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    network = build_model(config_of())
    write_network(network, tmp_path / "network.keras")
    before = sha256_of(tmp_path / "network.keras")

    def fails(path):
        path.write_bytes(b"half a model")
        raise OSError("disk full")

    monkeypatch.setattr(network, "save", fails)
    with pytest.raises(OSError, match="disk full"):
        write_network(network, tmp_path / "network.keras")
    assert [path.name for path in tmp_path.iterdir()] == ["network.keras"]
    assert sha256_of(tmp_path / "network.keras") == before


def test_folder_that_holds_no_model_says_what_it_holds_and_what_makes_one(tmp_path):
    def complaint(folder):
        with pytest.raises(UserError, match="is not a model folder: ") as error:
            read_model_config(folder)
        return str(error.value)

    assert "no such folder; emotionet_tf.bin.train makes one" in complaint(tmp_path / "gone")
    assert "no readable model.json; emotionet_tf.bin.train makes one" in complaint(tmp_path)
    for name, marker in (("face", "backbone.json"), ("begun", "run.json"), ("pose", "model.json")):
        (tmp_path / name).mkdir()
        (tmp_path / name / marker).write_text("{}")
    assert f"knows no AUs; train --init_backbone={tmp_path / 'face'}" in complaint(tmp_path / "face")
    assert "run the same train command again" in complaint(tmp_path / "begun")
    assert f"did you mean {tmp_path / 'pose'}?" in complaint(tmp_path)
    (tmp_path / "pose" / "last.keras").write_text("")
    with pytest.raises(UserError, match=r"holds no best\.keras; it has last\.keras"):
        network_path(tmp_path / "pose", "best")
