from collections.abc import Iterator

import pytest
from absl import flags
from absl.testing import flagsaver

from emotionet_tf.action_units import POSE
from emotionet_tf.bin import train
from emotionet_tf.errors import UserError
from emotionet_tf.training.objectives.selective_learning import SelectiveLearning
from emotionet_tf.training.train_config import TrainConfig


@pytest.fixture
def config_of() -> Iterator:
    def parse(*arguments: str) -> TrainConfig:
        flags.FLAGS.unparse_flags()
        flags.FLAGS(["train", "--output_dir=out", "--source=opt=records", "--group=pose", *arguments])
        return train.config_from_flags()

    with flagsaver.flagsaver():
        yield parse


def test_neither_is_on_by_default(config_of):
    config = config_of()
    assert not config.balance_sampling
    assert config.selective_target is None
    assert {"balance_sampling", "selective_target"} <= set(TrainConfig.defaults())


def test_balance_sampling_is_a_switch(config_of):
    assert config_of("--balance_sampling").balance_sampling


@pytest.mark.parametrize(
    ("flag", "shares"),
    [
        ("0.5", {au: 0.5 for au in POSE.aus}),
        ("51=0.3,AU54=0.2", {51: 0.3, 54: 0.2}),
        ("0.5,54=0.2", {**{au: 0.5 for au in POSE.aus}, 54: 0.2}),
    ],
)
def test_target_is_one_share_or_one_by_au_or_both(config_of, flag, shares):
    config = config_of(f"--selective_target={flag}")
    assert config.selective_target == shares
    assert config.to_dict()["selective_target"] == {str(au): share for au, share in shares.items()}


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("half", "takes a share for all AUs, such as 0.5, or AU=share, such as 1=0.3, got 'half'"),
        ("51=", "got '51='"),
        ("51=0.5,x=0.5", "got 'x=0.5'"),
        ("0.5,0.3", "got two for all: 0.5, 0.3"),
        ("1=0.5", r"AU 1 has a target share but the AUs to learn are only 51, 52"),
        ("1", "selective_target's shares lie between 0 and 1, got"),
        ("51=nan", "selective_target's shares lie between 0 and 1, got"),
    ],
)
def test_target_that_is_none_is_refused(config_of, flag, message):
    with pytest.raises(UserError, match=message):
        config_of(f"--selective_target={flag}")


def test_target_is_described_in_one_line():
    described = SelectiveLearning({51: 0.5, 54: 0.125, 55: 0.5}, 0).describe()
    assert described == "0.5 for AU51, AU55; 0.125 for AU54"
