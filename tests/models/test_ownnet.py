import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.models.backbones.ownnet import build_ownnet, ownnet_channels


def test_channels_are_4w_doubled_five_times_then_kept():
    assert ownnet_channels(3) == [12, 24, 48, 96, 192, 384, 384]
    assert ownnet_channels(8) == [32, 64, 128, 256, 512, 1024, 1024]


@pytest.mark.parametrize("width", [3, 8])
def test_layer_shapes_at_224_px_follow_the_paper(width):
    model = build_ownnet(width, 224)
    # A stride-2 pooling after each of the first five convolutions: 224, 112, 56, 28, 14, then 7 twice.
    sides = [224, 112, 56, 28, 14, 7, 7]
    for i, (side, factor) in enumerate(zip(sides, [4, 8, 16, 32, 64, 128, 128], strict=True), start=1):
        assert tuple(model.get_layer(f"relu{i}").output.shape) == (None, side, side, factor * width)
    assert [layer.name for layer in model.layers if "pool" in layer.name] == [f"pool{i}" for i in range(1, 6)]
    assert model.output_shape == (None, 128 * width)


@pytest.mark.parametrize(
    ("width", "num_parameters"),
    [
        # Convolutions 9 (3*12 + 12*24 + 24*48 + 48*96 + 96*192 + 192*384 + 384*384) = 2,211,300, and four
        # numbers of the normalisation for each of 1,140 channels.
        (3, 2_211_300 + 4 * 1_140),
        # 9 (3*32 + 32*64 + 64*128 + 128*256 + 256*512 + 512*1024 + 1024*1024) = 15,723,360; 3,040 channels.
        (8, 15_723_360 + 4 * 3_040),
    ],
)
def test_parameter_counts_equal_those_worked_out_by_hand(width, num_parameters):
    assert build_ownnet(width, 224).count_params() == num_parameters


def test_width_below_one_is_refused():
    with pytest.raises(UserError, match="width is at least 1, got 0"):
        build_ownnet(0, 64)
