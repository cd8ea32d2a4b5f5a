import keras
import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.models.backbones.building import nested_backbones
from emotionet_tf.models.class_network import build_class_network, with_embedding
from emotionet_tf.models.cosine_logits import CosineLogits
from emotionet_tf.models.network_files import read_network, write_network


def layer_with(kernel: list) -> CosineLogits:
    layer = CosineLogits(num_classes=len(kernel[0]))
    layer.build((None, len(kernel)))
    layer.set_weights([np.array(kernel, np.float32)])
    return layer


def test_cosines_do_not_depend_on_lengths():
    # Classes at 0, 90 and 45 degrees; an embedding at 0 degrees and one at 45.
    layer = layer_with([[2.0, 0.0, 1.0], [0.0, 5.0, 1.0]])
    root = np.sqrt(0.5)
    np.testing.assert_allclose(
        layer(np.float32([[3, 0], [0.1, 0.1]])), [[1, 0, root], [root, root, 1]], atol=1e-6
    )


def test_embedding_of_zeros_has_cosines_of_zero_and_a_finite_gradient():
    layer = layer_with([[1.0, 0.0], [0.0, 1.0]])
    embedding = tf.Variable([[0.0, 0.0]])
    with tf.GradientTape() as tape:
        cosines = layer(embedding)
    np.testing.assert_array_equal(cosines, [[0, 0]])
    assert np.isfinite(tape.gradient(cosines, embedding)).all()


def build(**changes: object) -> keras.Model:
    options = dict(has_cosine_logits=True, neck="bn_dropout_fc_bn", neck_units=6, dropout=0.5)
    return build_class_network("ownnet1", 32, 5, **{**options, **changes})


def test_network_comes_back_from_its_file_with_the_backbone_inside(tmp_path):
    network = build()
    images = {"image": np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)}
    write_network(network, tmp_path / "best.keras")
    again = read_network(tmp_path / "best.keras")
    np.testing.assert_array_equal(again(images), network(images))
    (backbone,) = nested_backbones(again)
    assert backbone.name == "backbone"


@pytest.mark.parametrize(("neck", "width"), [("bn_dropout_fc_bn", 6), ("none", 128)])
def test_embedding_is_what_the_last_layer_sees(neck, width):
    network = build(neck=neck)
    images = {"image": np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)}
    outputs, embedding = with_embedding(network)(images)
    assert embedding.shape == (2, width)
    np.testing.assert_array_equal(network.get_layer("classes")(embedding), outputs)


def test_plain_network_has_a_dense_layer_with_a_bias():
    assert [weight.shape for weight in build(has_cosine_logits=False).get_layer("classes").weights] == [
        (6, 5),
        (5,),
    ]
