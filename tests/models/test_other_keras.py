"""Model folders that the other major version of Keras wrote."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from stack_models import FOLDER, MODELS, scores_of

from emotionet_tf.errors import UserError
from emotionet_tf.keras_versions import KERAS_MAJOR
from emotionet_tf.models import ModelConfig, build_model, load_model, save_model
from emotionet_tf.models.network_files import keras_major_of, read_network

OTHER = {2: "3.15.1", 3: "2.15.0"}[KERAS_MAJOR]
CONFIG = ModelConfig(
    "ownnet1", (1, 2), "context", ("opt",), "opt", uses_angles=True, image_size_px=32, crop_size_px=36
)


def rewrite(path: Path, **members: bytes) -> None:
    """Replaces members of an archive, named without their endings."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, members.get(name.partition(".")[0], content))


@pytest.fixture
def folder(tmp_path):
    """A model folder whose network is of the other Keras: neither its architecture nor its version serve here."""
    network = build_model(CONFIG, (0.1, 0.2, 0.3), seed=1)
    rng = np.random.default_rng(0)
    network.set_weights(
        [rng.uniform(0.01, 0.1, value.shape).astype(value.dtype) for value in network.get_weights()]
    )
    save_model(network, CONFIG, tmp_path / "own", "last")
    save_model(network, CONFIG, tmp_path / "other", "last")
    with zipfile.ZipFile(tmp_path / "other" / "last.keras") as archive:
        metadata = json.loads(archive.read("metadata.json"))
    metadata["keras_version"] = OTHER
    rewrite(
        tmp_path / "other" / "last.keras",
        metadata=json.dumps(metadata).encode(),
        config=b'{"module": "none"}',
    )
    return tmp_path / "other"


@pytest.mark.slow
def test_scores_are_those_of_the_network_that_was_saved(folder):
    images = np.random.default_rng(1).uniform(0, 255, (3, 32, 32, 3)).astype(np.float32)
    angles, known = np.full((3, 3), 0.3), np.array([[1, 1, 1], [0, 0, 0], [1, 0, 1]])
    own, other = load_model(folder.parent / "own"), load_model(folder)
    expected = own.predict_logits(images, angles, known)
    assert expected.std() > 0.1
    np.testing.assert_allclose(other.predict_logits(images, angles, known), expected, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("stack", ["keras2", "keras3"])
@pytest.mark.parametrize("name", list(MODELS))
def test_models_of_both_stacks_score_as_where_they_were_made(stack, name):
    folder = FOLDER / stack / name
    expected = np.loadtxt(folder / "scores.csv", delimiter=",")
    scores = scores_of(load_model(folder))
    assert scores.shape == expected.shape and 0.1 < np.mean(expected > 0.5) < 0.9
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    np.testing.assert_array_equal(scores > 0.5, expected > 0.5)


def test_version_is_read_from_the_file(folder):
    assert keras_major_of(folder / "last.keras") == int(OTHER[0])
    assert keras_major_of(folder.parent / "own" / "last.keras") == KERAS_MAJOR


def test_file_alone_is_refused_in_one_line_that_names_both_versions(folder):
    with pytest.raises(
        UserError, match=rf"last.keras was written by Keras {OTHER[0]}, .* Keras {KERAS_MAJOR}"
    ) as error:
        read_network(folder / "last.keras")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("damaged", ["model", "metadata"])
def test_damaged_file_is_named(folder, damaged):
    rewrite(folder / "last.keras", **{damaged: b"nothing"})
    with pytest.raises(UserError, match="last.keras is not a model that can be loaded") as error:
        load_model(folder)
    assert "\n" not in str(error.value)


def test_weights_of_another_network_are_refused(folder):
    other = ModelConfig("ownnet2", (1, 2), "context", ("opt",), "opt", image_size_px=32, crop_size_px=36)
    with pytest.raises(UserError, match="last.keras is not a model that can be loaded"):
        read_network(folder / "last.keras", build=lambda: build_model(other))
