import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from emotionet_tf.errors import UserError
from emotionet_tf.models import build_backbone, list_backbones
from emotionet_tf.models.backbones.building import build_backbones
from emotionet_tf.models.backbones.entry import scaled_channels


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "num_parameters", "num_features"),
    [
        ("ownnet3", 2_215_860, 384),
        ("ownnet8", 15_735_520, 1024),
        ("mobilenet_v3_large", 2_996_352, 960),
        # A step counter in each of the 9 dropouts that are its stochastic depth, besides the network itself.
        ("efficientnet_b0", 4_049_571 + 9, 1280),
        ("resnet18", 11_186_112, 512),
        ("resnet50", 23_561_152, 2048),
        ("resnet152", 58_295_232, 2048),
    ],
)
def test_every_backbone_has_the_published_size(name, num_parameters, num_features):
    backbone = build_backbone(name, 64)
    assert backbone.count_params() == num_parameters
    assert backbone.output_shape == (None, num_features)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "num_parameters", "num_features"),
    [
        # As keras.applications builds them with alpha=0.5, and with a width_coefficient of 0.5 that its public
        # functions do not offer (read off once, Keras 2.15); the features are six times the last stage's 80 channels,
        # and half of 1,280.
        ("mobilenet_v3_large_x0.5", 805_832, 480),
        ("efficientnet_b0_x0.5", 1_092_953 + 9, 640),
        ("efficientnet_b0_x.35", 550_047 + 9, 448),
        # The same with a depth_coefficient of 0.3: one block a stage, two in the sixth, and so one with a dropout.
        ("efficientnet_b0_x0.5_d0.3", 582_831 + 1, 640),
        ("efficientnet_b0_x1.0", 4_049_571 + 9, 1280),
        # By hand, from 16, 32, 64, 128 channels: 7*7*3*16 of the first convolution; two 3x3 convolutions a block, of
        # 9*16*16, 9*32*32, 9*64*64, 9*128*128 weights each, but half as many for the first of stacks 2 to 4; their
        # 1x1 shortcuts, 16*32 + 32*64 + 64*128; and 4 numbers of each batch normalisation's channel, of which there are
        # 16 + 4*16 + 5*(32 + 64 + 128).
        ("resnet18_x0.25", 2_352 + 9_216 + 32_256 + 129_024 + 516_096 + 10_752 + 4_800, 128),
    ],
)
def test_narrower_network_has_the_size_that_its_family_gives_it(name, num_parameters, num_features):
    backbone = build_backbone(name, 64)
    assert backbone.count_params() == num_parameters
    assert backbone.output_shape == (None, num_features)


@pytest.mark.slow
def test_narrower_blocks_keep_their_form():
    network = build_backbone("efficientnet_b0_x0.5", 64)
    # Stage 2's 24 channels become 12, rounded to 16; stage 3's 40 become 20, rounded to 24. Block 3a expands 16
    # channels six times and squeezes to a quarter of 16.
    filters = {
        name: network.get_layer(f"block3a_{name}").filters
        for name in ("expand_conv", "se_reduce", "se_expand", "project_conv")
    }
    assert filters == {"expand_conv": 96, "se_reduce": 4, "se_expand": 96, "project_conv": 24}
    assert tuple(network.get_layer("block3a_se_reshape").output.shape) == (None, 1, 1, 96)


@pytest.mark.slow
def test_shallower_network_has_no_repeated_blocks_but_the_sixth_stages():
    network = build_backbone("efficientnet_b0_x0.5_d0.3", 64)
    # ceil(0.3 x 1, 2, 2, 3, 3, 4, 1)
    blocks = {layer.name.split("_")[0] for layer in network.layers if layer.name.startswith("block")}
    assert blocks == {"block1a", "block2a", "block3a", "block4a", "block5a", "block6a", "block6b", "block7a"}


def test_channels_are_rounded_to_eights_but_never_below_nine_tenths():
    # 12 -> 16, 8 -> 8, 3.2 -> 8 at least; 11.2 would round to 8, which is below 10.08.
    assert [scaled_channels(24, 0.5), scaled_channels(16, 0.5), scaled_channels(32, 0.1)] == [16, 8, 8]
    assert scaled_channels(112, 0.1) == 16


def test_all_backbones_are_listed():
    assert set(list_backbones()) == {
        "ownnet3", "ownnet8", "mobilenet_v3_large", "efficientnet_b0", "resnet18", "resnet50", "resnet152",
    }  # fmt: skip


def test_several_have_numbered_names_and_a_lone_backbone_the_first():
    assert [network.name for network in build_backbones("ownnet1+ownnet1", 32)] == ["backbone", "backbone_2"]
    assert build_backbone("ownnet1", 32).name == "backbone"


def test_one_backbone_is_asked_for_where_several_make_no_sense():
    with pytest.raises(UserError, match=r"one backbone is needed here, and 'ownnet1\+ownnet1' is 2"):
        build_backbone("ownnet1+ownnet1", 32)


def test_unknown_one_of_several_is_named():
    with pytest.raises(UserError, match="backbone 'vgg' must be one of ownnet3"):
        build_backbones("ownnet1+vgg", 32)


def test_any_width_of_ownnet_can_be_built():
    assert build_backbone("ownnet1", 32).output_shape == (None, 128)


@pytest.mark.parametrize(
    "name",
    [
        "vgg",
        "ownnet",
        "ownnet0",
        "ownnet-1",
        "resnet34_x0.5",
        "resnet18_x0",
        "resnet18_x0.5_d0.5",
        "efficientnet_b0_x",
        "efficientnet_b0_x0",
        "efficientnet_b0_x0.5_d0",
        "mobilenet_v3_large_x0.5_d0.5",
        "mobilenet_v3_large_x0.0",
        "mobilenet_v3_large_x1.5",
        "mobilenet_v3_large_x-0.5",
    ],
)
def test_unknown_name_lists_the_known_ones_and_the_forms(name):
    with pytest.raises(
        UserError,
        match=f"'{name}' must be one of ownnet3, .*resnet152; or of another size, ownnet<w>, .*_x<f>",
    ):
        build_backbone(name, 32)


@pytest.mark.parametrize(
    ("name", "block", "branch"), [("resnet18_x0.125", 2, "_2_bn"), ("resnet50_x0.125", 3, "_3_bn")]
)
def test_fresh_resnet_block_passes_on_its_shortcut(name, block, branch):
    network = build_backbone(name, 32)
    stem = f"v2_stack_1_block{block}"
    before = network.get_layer(f"v2_stack_1_block{block - 1}_out").output
    after = network.get_layer(f"{stem}_out").output
    images = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    given, passed = keras.Model(network.input, [before, after])(images)
    assert np.any(given.numpy() > 0)
    np.testing.assert_array_equal(passed.numpy(), given.numpy())
    # The branch learns all the same: its last factor has a gradient.
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(network(images, training=True))
    gradient = tape.gradient(loss, network.get_layer(f"{stem}{branch}").gamma)
    assert np.any(gradient.numpy() != 0)
