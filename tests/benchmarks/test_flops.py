import importlib.util
import subprocess
import sys

import pytest
from tensorflow import keras

from benchmarks.flops import training_flops


def test_products_of_each_kind_of_layer_are_counted():
    image = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, strides=2, padding="same")(image)
    inner_input = keras.Input((4, 4, 4))
    inner = keras.Model(inner_input, keras.layers.DepthwiseConv2D(3, padding="same")(inner_input))
    x = keras.layers.Conv2D(6, 1)(inner(x))
    network = keras.Model(image, keras.layers.Dense(5)(keras.layers.GlobalAveragePooling2D()(x)))
    # Forward, in multiplications: 4x4 places x 3x3x3 x 4, 4x4x4 x 3x3, 4x4 x 4 x 6, 6 x 5. The first convolution needs
    # no gradient of the image.
    assert training_flops(network) == 2 * (2 * 1728 + 3 * (576 + 384 + 30))


@pytest.mark.parametrize("backbone", ["ownnet3", "mobilenet_v3_large", "efficientnet_b0", "resnet50"])
@pytest.mark.slow
def test_networks_in_pytorch_are_as_large_as_this_librarys(backbone):
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed")
    from emotionet_tf.models.backbones.building import build_backbone

    # In a process of its own: beside TensorFlow 2.21, PyTorch 2.14 ends the process while it is imported.
    counting = (
        "from benchmarks.step_pytorch import build_backbone\n"
        f"print(sum(weights.numel() for weights in build_backbone({backbone!r}).parameters()))"
    )
    theirs = int(subprocess.check_output([sys.executable, "-c", counting], text=True))
    ours = sum(weights.shape.num_elements() for weights in build_backbone(backbone, 64).trainable_weights)
    # keras-cv's convolutions have no bias but in a few layers; 0.5 % leaves room for such.
    assert theirs == pytest.approx(ours, rel=0.005)
