import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.models import build_backbone, list_backbones


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


def test_all_backbones_are_listed():
    assert set(list_backbones()) == {
        "ownnet3", "ownnet8", "mobilenet_v3_large", "efficientnet_b0", "resnet18", "resnet50", "resnet152",
    }  # fmt: skip


def test_any_width_of_ownnet_can_be_built():
    assert build_backbone("ownnet1", 32).output_shape == (None, 128)


@pytest.mark.parametrize("name", ["vgg", "ownnet", "ownnet0", "ownnet-1"])
def test_unknown_name_lists_the_known_ones(name):
    with pytest.raises(UserError, match=f"'{name}' is none of ownnet3, .*resnet152"):
        build_backbone(name, 32)
