"""Flags and flagfiles of `train`, as the configuration that they become."""

from collections.abc import Iterator

import pytest
from absl import flags
from absl.testing import flagsaver

from emotionet_tf.bin import train
from emotionet_tf.data.augmentation_ranges import NO_AUGMENTATION, Augmentation
from emotionet_tf.errors import UserError
from emotionet_tf.training.config import TrainConfig


@pytest.fixture
def config_of() -> Iterator:
    def parse(*arguments: object) -> TrainConfig:
        flags.FLAGS.unparse_flags()
        flags.FLAGS(["train", "--output_dir=out", "--source=opt=records", *map(str, arguments)])
        return train.config_from_flags()

    with flagsaver.flagsaver():
        yield parse


def test_augmentation_without_flags_has_the_documented_ranges(config_of):
    assert config_of("--group=pose").augmentation == Augmentation()


def test_each_range_is_a_flag(config_of):
    config = config_of(
        "--group=pose",
        "--noaugment_random_crop",
        "--augment_flip=0.01",
        "--augment_brightness=0.02",
        "--augment_contrast=0.03",
        "--augment_cutout=0.04",
        "--augment_cutout_size_min=0.05",
        "--augment_cutout_size_max=0.06",
        "--augment_downscale=0.07",
        "--augment_downscale_factor=0.08",
        "--augment_greyscale=0.09",
    )
    assert config.augmentation == Augmentation(False, 0.01, 0.02, 0.03, 0.04, (0.05, 0.06), 0.07, 0.08, 0.09)


def test_noaugment_leaves_images_whatever_the_ranges_say(config_of):
    assert config_of("--group=pose", "--augment_flip=1", "--noaugment").augmentation == NO_AUGMENTATION


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--augment_contrast=1.5", "contrast lies between 0 and 1, got 1.5"),
        ("--augment_cutout_size_min=0.9", r"cutout_size is \(least, largest\), got \(0.9, 0.35\)"),
        ("--augment_downscale_factor=0", "downscale_factor is more than 0"),
    ],
)
def test_range_that_cannot_be_is_named(config_of, flag, message):
    with pytest.raises(UserError, match=message):
        config_of("--group=pose", flag)
