from pathlib import Path

import numpy as np
import pytest
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models import ModelConfig, build_model
from emotionet_tf.models.model_folders import LoadedModel
from emotionet_tf.training.adaptation.widening import level_columns, widened

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.uniform(0, 255, (3, 32, 32, 3)).astype(np.float32)
ANGLES = RANDOM.normal(0, 0.3, (3, 3)).astype(np.float32)


def model_with(**settings) -> LoadedModel:
    config = ModelConfig(
        "ownnet1", (1, 12), "close_up", ("a", "b"), "a", image_size_px=32, crop_size_px=32, **settings
    )
    keras.utils.set_random_seed(0)
    return LoadedModel(config, build_model(config, (0.1, 0.2, 0.3)), Path("model"))


def outputs(model: LoadedModel) -> dict[str, np.ndarray]:
    inputs = {"image": IMAGES}
    if model.config.uses_angles:
        inputs |= {"angles": ANGLES, "angles_mask": np.ones((3, 3), np.float32) * [1, 0, 1]}
    return {name: one.numpy() for name, one in model.network(inputs, training=False).items()}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"uses_angles": True, "angle_units": 6},
        {"looks": ("0.95", "1.05:1")},
        {"intensities": "ordinal", "intensities_learnt": {"b": (12,)}},
    ],
)
def test_old_heads_say_the_same_and_a_new_one_nothing(settings):
    before = model_with(**settings)
    after = widened(before, ("relu1:2",), ("c",))
    old, new = outputs(before), outputs(after)
    assert set(new) == {*old, "c"} and not new["c"].any()
    for name, expected in old.items():
        np.testing.assert_allclose(new[name], expected, rtol=1e-5, atol=1e-6)
    assert after.config.learnt == {"c": ()} and before.config.levels == ()
    (columns,) = level_columns(after.network, after.config.levels)
    np.testing.assert_array_equal(columns, np.arange(8, 8 + 4 * 8))


def test_model_that_needs_nothing_is_left_and_levels_are_not_replaced():
    model = model_with()
    assert widened(model, (), ()) is model
    wide = widened(model, ("relu1:2",), ())
    assert widened(wide, (), ()) is wide and widened(wide, ("relu1:2",), ()) is wide
    with pytest.raises(UserError, match="--level: the model's heads see relu1:2 already, got relu1:4"):
        widened(wide, ("relu1:4",), ())
    with pytest.raises(UserError, match="--new_head: the model has a head 'b'"):
        widened(model, (), ("b",))
