import numpy as np
import pytest
from tensorflow import keras

from emotionet_tf.models.shared_variable_copies import copy_network


@pytest.fixture
def network():
    """A network with a sum and a product between its layers, as MobileNetV3's activation has them."""
    given = keras.Input((4,))
    hidden = keras.layers.Dense(8, name="hidden")(given)
    gated = hidden * (keras.layers.ReLU(6.0)(hidden + 3.0) * (1 / 6))
    return keras.Model(given, keras.layers.Dense(2, name="outputs")(gated))


@pytest.mark.parametrize(
    ("policy", "tolerance"), [(None, 0), ("mixed_bfloat16", 0.05), ("mixed_float16", 0.005)]
)
def test_copy_computes_in_its_policy_on_the_networks_variables(network, policy, tolerance):
    inputs = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    copy = copy_network(network, policy=policy)
    expected = network(inputs).numpy()
    np.testing.assert_allclose(copy(inputs).numpy(), expected, atol=tolerance)
    assert copy(inputs).dtype == "float32"
    network.get_layer("outputs").set_weights([np.zeros((8, 2)), np.array([1.0, 2.0])])
    np.testing.assert_array_equal(copy(inputs).numpy(), [[1, 2]] * 5)
