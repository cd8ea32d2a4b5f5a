"""What a packed model predicts, worked out from the logits of the model that it was made from."""

import json
from pathlib import Path

import numpy as np
import pytest
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models import LoadedModel, ModelConfig, build_model, load_model, save_model
from emotionet_tf.models.packed_weights import weighted_layers
from emotionet_tf.models.packing import pack_model

AUS = (1, 2, 12, 25)
IMAGES = np.random.default_rng(0).uniform(0, 255, (3, 32, 32, 3)).astype(np.float32)
ANGLES = np.random.default_rng(1).normal(0, 0.3, (3, 3)).astype(np.float32)
KNOWN = np.array([[1, 1, 1], [1, 0, 1], [0, 0, 0]], np.float32)
TOLERANCE = 5e-3
"""For the head's kernel, which is rounded to 11 bits; the logits are of the order of 1."""


def trained(folder: Path, **changes) -> LoadedModel:
    """Returns a model with two heads, whose kernels float16 holds exactly and whose other weights are all different."""
    config = ModelConfig(
        "ownnet1",
        AUS,
        "context",
        ("opt", "auto"),
        "opt",
        **{"uses_angles": True, "image_size_px": 32, "crop_size_px": 36, "angle_units": 4, **changes},
    )
    keras.utils.set_random_seed(5)
    network = build_model(config, (0.1, 0.2, 0.3))
    random = np.random.default_rng(2)
    for layer in weighted_layers(network):
        arrays = layer.get_weights()
        kernels = [16 * array if layer.name.startswith("head_") else array for array in arrays]
        layer.set_weights(
            [
                kernel.astype(np.float16)
                if kernel.ndim >= 2
                else array + random.uniform(0.01, 0.1, array.shape)
                for kernel, array in zip(kernels, arrays, strict=True)
            ]
        )
    save_model(network, config, folder, "best")
    return load_model(folder)


def logits_of(model: LoadedModel, head: str) -> np.ndarray:
    """Returns a head's logits, [photos, AUs]."""
    inputs = {"image": IMAGES}
    if model.config.uses_angles:
        inputs |= {"angles": ANGLES, "angles_mask": KNOWN}
    return model.network(inputs)[head].numpy().astype(np.float64)


def packed_logits(folder: Path) -> np.ndarray:
    return load_model(folder).predict_logits(IMAGES, ANGLES, KNOWN)


@pytest.mark.parametrize("uses_angles", [False, True])
@pytest.mark.parametrize("neck", ["none", "bn_dropout_fc_bn"])
def test_logits_are_the_scaled_and_shifted_mean_of_the_heads(tmp_path, uses_angles, neck):
    model = trained(tmp_path / "model", uses_angles=uses_angles, neck=neck)
    opt, auto = logits_of(model, "opt"), logits_of(model, "auto")
    assert np.abs(opt - auto).max() > 0.5
    pack_model(
        model,
        tmp_path / "packed",
        heads={"opt": None, "auto": (1, 12)},
        aus=(25, 1, 12),
        scales={25: 2.0, 12: 0.5},
        offsets={1: -1.5, 12: 0.25},
        provenance={},
    )
    mean = (opt + auto) / 2
    expected = np.stack([2 * opt[:, 3], mean[:, 0] - 1.5, 0.5 * mean[:, 2] + 0.25], axis=1)
    np.testing.assert_allclose(packed_logits(tmp_path / "packed"), expected, atol=TOLERANCE)
    config = load_model(tmp_path / "packed").config
    assert (config.aus, config.heads, config.prediction_head) == ((25, 1, 12), ("mean",), "mean")
    assert (config.uses_angles, config.neck, config.view) == (uses_angles, neck, "context")


@pytest.mark.slow
def test_head_that_predicts_and_all_aus_are_packed_unless_others_are_named(tmp_path):
    model = trained(tmp_path / "model")
    assert pack_model(model, tmp_path / "opt", provenance={"hours": 3}) == tmp_path / "opt"
    pack_model(model, tmp_path / "auto", heads={"auto": None}, provenance={})
    for head in ("opt", "auto"):
        np.testing.assert_allclose(packed_logits(tmp_path / head), logits_of(model, head), atol=TOLERANCE)
        assert load_model(tmp_path / head).config.heads == (head,)
    assert load_model(tmp_path / "opt").config.aus == AUS
    assert json.loads((tmp_path / "opt/weights.json").read_text())["provenance"] == {"hours": 3}


@pytest.mark.slow
def test_angles_and_the_mean_that_fills_them_reach_the_packed_head(tmp_path):
    model = trained(tmp_path / "model")
    pack_model(model, tmp_path / "packed", provenance={})
    packed = load_model(tmp_path / "packed")
    with_angles = packed.predict_logits(IMAGES, ANGLES, np.ones((3, 3)))
    without = packed.predict_logits(IMAGES)
    np.testing.assert_allclose(without, model.predict_logits(IMAGES), atol=TOLERANCE)
    assert np.abs(with_angles - without).max() > 10 * TOLERANCE


@pytest.mark.slow
def test_packed_model_can_be_packed_again_and_replaces_itself(tmp_path):
    model = trained(tmp_path / "model")
    pack_model(model, tmp_path / "packed", offsets={2: 1.0}, provenance={})
    pack_model(load_model(tmp_path / "packed"), tmp_path / "packed", aus=(2,), provenance={})
    expected = logits_of(model, "opt")[:, 1:2] + 1
    np.testing.assert_allclose(packed_logits(tmp_path / "packed"), expected, atol=TOLERANCE)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"heads": {"opt": None, "val": None}}, "has some of the heads opt, auto, each once; got opt, val"),
        ({"heads": {"opt": (1, 4)}}, "head opt is asked for AU 4, which the model does not have"),
        ({"heads": {"opt": (1,), "auto": (1, 2)}}, "no head is asked for AU 12"),
        ({"heads": {}}, "has some of the heads opt, auto, each once; got none"),
        ({"aus": (1, 1)}, "has some of the AUs 1, 2, 12, 25, each once; got 1, 1"),
        ({"aus": (4,)}, "has some of the AUs 1, 2, 12, 25, each once; got 4"),
        ({"aus": (1,), "scales": {2: 1.0}}, "the scale of AU 2 has no use: the AUs are 1"),
        ({"scales": {2: 0.0}}, "the scale of AU 2 has to be a number above 0, got 0.0"),
        ({"offsets": {2: float("nan")}}, "the offset of AU 2 has to be a number, got nan"),
    ],
)
def test_what_the_model_does_not_have_is_refused(tmp_path, options, message):
    model = trained(tmp_path / "model")
    with pytest.raises(UserError, match=message):
        pack_model(model, tmp_path / "packed", **options, provenance={})
    assert not (tmp_path / "packed").exists()


@pytest.mark.slow
def test_folder_that_holds_something_else_is_not_replaced(tmp_path):
    model = trained(tmp_path / "model")
    with pytest.raises(UserError, match="exists and is not a packed model folder"):
        pack_model(model, tmp_path / "model", provenance={})
    assert (tmp_path / "model" / "best.keras").is_file()
