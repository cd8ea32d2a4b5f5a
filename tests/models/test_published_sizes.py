"""The four architectures of Werner et al. 2020 at their own size, against numbers worked out from the paper's text."""

import numpy as np
import pytest
from tensorflow import keras

from emotionet_tf import models
from emotionet_tf.action_units import EXPRESSION, POSE
from emotionet_tf.models.backbones.init_weights import refresh_normalization

# Parameters up to the global average pooling, and features behind it.
# OwnNet-w: 9 weights for each pair of channels of a 3x3 convolution, from 3 input channels through 4w, 8w, 16w, 32w,
# 64w, 128w, 128w, so 9 (12w + 32w^2 + 128w^2 + 512w^2 + 2048w^2 + 8192w^2 + 16384w^2) = 108w + 245,664w^2; and four
# numbers of the batch normalisation for each of 380w channels: 1,628w + 245,664w^2. Features: 128w.
# The two others: keras.applications' networks without the classifier (2,996,352 and 4,049,571), whose features are
# 6 x 160 and 1280; EfficientNet's 9 blocks with a shortcut have a step counter of ours each.
BACKBONES = {
    "ownnet3": (1_628 * 3 + 245_664 * 9, 384),
    "ownnet8": (1_628 * 8 + 245_664 * 64, 1024),
    "mobilenet_v3_large": (2_996_352, 960),
    "efficientnet_b0": (4_049_571 + 9, 1280),
}
# Sides and channels of OwnNet's outputs: a stride-2 pooling follows each of the first five convolutions, and none the
# last two.
OWNNET_SIDES = [224, 112, 112, 56, 56, 28, 28, 14, 14, 7, 7, 7]
OWNNET_FACTORS = [4, 4, 8, 8, 16, 16, 32, 32, 64, 64, 128, 128]


def config_of(backbone, group, image_size_px=224):
    return models.ModelConfig(
        backbone,
        group.aus,
        group.view,
        heads=("opt", "train"),
        prediction_head="opt",
        uses_angles=group.uses_angles,
        image_size_px=image_size_px,
        crop_size_px=image_size_px + 16,
    )


def logit_shapes(network):
    return {head: tuple(logits.shape) for head, logits in network.output.items()}


@pytest.mark.slow
@pytest.mark.parametrize("backbone", list(BACKBONES))
def test_both_networks_have_the_size_that_the_paper_s_text_gives(backbone):
    num_parameters, num_features = BACKBONES[backbone]
    # Expression: 17 AUs in each of two heads, a weight for each feature and a bias. The dropout has a counter.
    expression = models.build_model(config_of(backbone, EXPRESSION))
    assert tuple(expression.input["image"].shape) == (None, 224, 224, 3)
    assert logit_shapes(expression) == {"opt": (None, 17), "train": (None, 17)}
    assert expression.count_params() == num_parameters + 1 + 2 * 17 * (num_features + 1)
    # Pose: 6 AUs; the three angles pass 1,024 units with a bias each, which join the features; and the mean angles, 3.
    pose = models.build_model(config_of(backbone, POSE))
    assert logit_shapes(pose) == {"opt": (None, 6), "train": (None, 6)}
    assert tuple(pose.get_layer("angle_features").output.shape) == (None, 1024)
    assert tuple(pose.get_layer("joint_features").output.shape) == (None, num_features + 1024)
    assert pose.count_params() == num_parameters + 1 + 4 * 1024 + 3 + 2 * 6 * (num_features + 1024 + 1)
    # The sides halve five times, whichever the network; squeeze and excite has maps of one pixel.
    layers = next(layer for layer in pose.layers if isinstance(layer, keras.Model)).layers
    sides = {layer.output.shape[1] for layer in layers if isinstance(layer, keras.layers.Conv2D)}
    assert sides - {1, 224} == {112, 56, 28, 14, 7}
    assert pose.get_layer("dropout").rate == expression.get_layer("dropout").rate == 0.5


@pytest.mark.parametrize("width", [3, 8])
def test_ownnet_halves_the_side_and_doubles_the_channels_five_times(width):
    network = models.build_backbone(f"ownnet{width}", 224)
    outputs = [
        tuple(layer.output.shape)
        for layer in network.layers
        if isinstance(layer, keras.layers.Conv2D | keras.layers.MaxPooling2D)
    ]
    expected = zip(OWNNET_SIDES, OWNNET_FACTORS, strict=True)
    assert outputs == [(None, side, side, factor * width) for side, factor in expected]
    assert network.output_shape == (None, 128 * width)


@pytest.mark.slow
@pytest.mark.parametrize("group", [EXPRESSION, POSE], ids=lambda group: group.name)
@pytest.mark.parametrize("backbone", list(BACKBONES))
def test_loaded_network_predicts_what_the_saved_one_did(backbone, group, tmp_path):
    config = config_of(backbone, group, image_size_px=32)
    network = models.build_model(config, (0.1, -0.2, 0.3))
    random = np.random.default_rng(0)
    # Moving statistics and counters get values of their own too, as after training.
    network.set_weights(
        [(0.9 * w + random.uniform(0.01, 0.1, w.shape)).astype(w.dtype) for w in network.get_weights()]
    )
    refresh_normalization(network)
    models.save_model(network, config, tmp_path, "last")
    images = random.uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    # One known pose, one that is filled.
    angles, mask = random.normal(0, 0.3, (2, 3)).astype(np.float32), np.float32([[1, 1, 1], [0, 0, 0]])
    inputs = {"image": images} | ({"angles": angles, "angles_mask": mask} if group.uses_angles else {})
    expected = network(inputs)["opt"].numpy()
    loaded = models.load_model(tmp_path)
    assert np.ptp(expected, axis=0).min() > 0
    np.testing.assert_allclose(loaded.predict_logits(images, angles, mask), expected, rtol=1e-4, atol=1e-4)
