import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.inference.packing.pack import pack
from emotionet_tf.inference.packing.settings import PackConfig
from emotionet_tf.models import ModelConfig, build_model, load_model, save_model
from emotionet_tf.training.adaptation.config import NormAdaptationConfig
from emotionet_tf.training.adaptation.norms import adapt_network, adapt_norms

CONFIG = ModelConfig("ownnet1", (1, 12), "close_up", ("opt",), "opt", image_size_px=32, crop_size_px=32)


def test_running_statistics_become_their_means_over_the_batches():
    image = keras.Input((4, 5, 2), name="image")
    first = keras.layers.BatchNormalization(name="first", momentum=0.7)
    # Doubles the first map and adds the second one: what comes next sees what the first normalisation made.
    mixing = keras.layers.Conv2D(1, 1, use_bias=False, name="mixing")
    second = keras.layers.BatchNormalization(name="second")
    network = keras.Model({"image": image}, second(mixing(first(image))))
    mixing.set_weights([np.array([2, 1], np.float32).reshape(1, 1, 2, 1)])
    random = np.random.default_rng(0)
    batches = [random.normal(place, 1 + place, (3, 4, 5, 2)).astype(np.float32) for place in (1, 4)]

    adapt_network(network, ({"image": tf.constant(batch)} for batch in batches))

    _, _, mean, variance = first.get_weights()
    axes = (0, 1, 2)
    np.testing.assert_allclose(mean, np.mean([batch.mean(axes) for batch in batches], 0), rtol=1e-5)
    np.testing.assert_allclose(
        variance, np.mean([batch.var(axes, ddof=1) for batch in batches], 0), rtol=1e-5
    )
    # Each batch is normalised by itself, so the mean of what the second one sees is 0.
    normalised = [(batch - batch.mean(axes)) / np.sqrt(batch.var(axes) + 1e-3) for batch in batches]
    mixed = [2 * batch[..., :1] + batch[..., 1:] for batch in normalised]
    _, _, mean, variance = second.get_weights()
    np.testing.assert_allclose(mean, [0], atol=1e-6)
    np.testing.assert_allclose(variance, np.mean([batch.var(axes, ddof=1) for batch in mixed], 0), rtol=1e-4)
    assert (first.momentum, second.momentum) == (0.7, 0.99)


@pytest.mark.parametrize("has_norm", [False, True])
def test_nothing_to_adapt_is_said(has_norm):
    image = keras.Input((4, 5, 2), name="image")
    layer = keras.layers.BatchNormalization() if has_norm else keras.layers.ReLU()
    network = keras.Model({"image": image}, layer(image))
    with pytest.raises(UserError, match="no batch to adapt to" if has_norm else "no batch normalisation"):
        adapt_network(network, [])


@pytest.fixture
def model_dir(tmp_path: Path) -> str:
    keras.utils.set_random_seed(0)
    save_model(build_model(CONFIG), CONFIG, tmp_path / "model", "last")
    return str(tmp_path / "model")


@pytest.mark.slow
def test_adapted_folder_differs_in_its_statistics_alone(model_dir, make_records, tmp_path):
    records = make_records("free", 12, size_px=32)
    config = NormAdaptationConfig(
        model_dir=model_dir, records_dir=records, output_dir=str(tmp_path / "adapted"), batch_size=4
    )
    path = adapt_norms(config)
    assert path == tmp_path / "adapted" / "last.keras"
    before, after = load_model(model_dir), load_model(tmp_path / "adapted")
    assert after.config == before.config
    differing = {
        weight.name.split("/")[-1].partition(":")[0]
        for weight, old, new in zip(
            before.network.weights, before.network.get_weights(), after.network.get_weights(), strict=True
        )
        if (old != new).any()
    }
    assert differing == {"moving_mean", "moving_variance"}
    # Twelve photos make three batches of four; once more, the same.
    content = json.loads((tmp_path / "adapted" / "adapt_norms.json").read_text())
    assert content["settings"]["batch_size"] == 4 and len(content["records_checksum"]) > 8
    adapt_norms(NormAdaptationConfig(**{**content["settings"], "output_dir": str(tmp_path / "again")}))
    assert (tmp_path / "again" / "last.keras").read_bytes() == path.read_bytes()


@pytest.mark.slow
def test_packed_model_becomes_a_folder_that_can_be_loaded(model_dir, make_records, tmp_path):
    pack(PackConfig(model_dir=model_dir, output_dir=str(tmp_path / "packed")))
    records = make_records("free", 12, size_px=32)
    config = NormAdaptationConfig(
        model_dir=str(tmp_path / "packed"),
        records_dir=records,
        output_dir=str(tmp_path / "adapted"),
        batch_size=4,
    )
    assert adapt_norms(config) == tmp_path / "adapted" / "last.keras"
    assert load_model(tmp_path / "adapted").config.aus == CONFIG.aus


@pytest.mark.slow
def test_folder_is_not_replaced_and_too_few_records_are_named(model_dir, make_records):
    records = make_records("free", 12, size_px=32)
    with pytest.raises(UserError, match="the network's own folder"):
        adapt_norms(NormAdaptationConfig(model_dir=model_dir, records_dir=records, output_dir=model_dir))
    with pytest.raises(UserError, match=r"has 12 records, too few for --batch_size=64"):
        adapt_norms(
            NormAdaptationConfig(model_dir=model_dir, records_dir=records, output_dir=f"{model_dir}-adapted")
        )


def test_crops_of_another_size_are_named(model_dir, make_records):
    records = make_records("free", 12, size_px=40)
    with pytest.raises(UserError, match="holds crops of 40 px, but the model in .* was trained on 32 px"):
        adapt_norms(NormAdaptationConfig(model_dir=model_dir, records_dir=records, output_dir="out"))
