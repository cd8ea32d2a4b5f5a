from tensorflow import keras

from emotionet_tf.models import ModelConfig, build_model
from emotionet_tf.models.batch_norms import set_norm_momentum


def test_every_batch_normalisation_of_a_network_gets_the_momentum():
    config = ModelConfig("ownnet1", (1, 2), "close_up", ("opt",), "opt", image_size_px=32, crop_size_px=32)
    model = build_model(config)
    set_norm_momentum(model, 0.9)
    backbone = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    layers = [layer for layer in backbone.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert [layer.momentum for layer in layers] == [0.9] * 7
