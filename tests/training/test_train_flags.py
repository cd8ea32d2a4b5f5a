"""Flags and flagfiles of `train`, as the configuration that they become."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver

from emotionet_tf.bin import train
from emotionet_tf.errors import UserError
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION, Augmentation
from emotionet_tf.training.optimization.optimizer_and_schedule import stepwise_schedule
from emotionet_tf.training.train import train as run_training
from emotionet_tf.training.train_config import TrainConfig


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
        "--augment_border=0.11",
    )
    assert config.augmentation == Augmentation(
        False, 0.01, 0.02, 0.03, 0.04, (0.05, 0.06), 0.07, 0.08, 0.09, 0.11
    )


def test_noaugment_leaves_images_whatever_the_ranges_say(config_of):
    assert config_of("--group=pose", "--augment_flip=1", "--noaugment").augmentation == NO_AUGMENTATION


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--augment_contrast=1.5", "augmentation: contrast must be between 0 and 1, got 1.5"),
        ("--augment_cutout_size_min=0.9", r"cutout_size is \(least, largest\), got \(0.9, 0.35\)"),
        ("--augment_downscale_factor=0", "downscale_factor must be above 0 and at most 1, got 0"),
    ],
)
def test_range_that_cannot_be_is_named(config_of, flag, message):
    with pytest.raises(UserError, match=message):
        config_of("--group=pose", flag)


CONFIGS = Path(train.__file__).parent.parent / "configs"
# Werner et al. 2020, sec. 2, "Training": steps by network; learning rate and alpha by group.
NUM_STEPS = {
    "ownnet3": 500_000,
    "ownnet8": 500_000,
    "mobilenet_v3_large": 150_000,
    "efficientnet_b0": 300_000,
}
RATES = {"expression": 0.1, "pose": 0.01}
DAMPING = {"expression": 0.5, "pose": 0.7}


@pytest.mark.parametrize(
    "path",
    sorted(
        {*CONFIGS.glob("*.flags")} - {*CONFIGS.glob("*_pretrain_*.flags"), *CONFIGS.glob("*_refit.flags")}
    ),
    ids=lambda path: path.name,
)
def test_flagfile_holds_flags_that_train_knows(config_of, path):
    # Everything but the data is right: the first thing that train misses are the records.
    more = () if "--group" in path.read_text() else ("--group=pose",)
    with pytest.raises(UserError, match="^records is not a records folder: it has no dataset.json"):
        run_training(config_of(f"--flagfile={path}", *more))


def paper_flagfile(backbone: str, group: str) -> Path:
    return CONFIGS / f"werner2020_{backbone}_{group}.flags"


@pytest.mark.parametrize("group", RATES)
@pytest.mark.parametrize("backbone", NUM_STEPS)
def test_flagfile_has_every_number_of_the_papers_training_paragraph(config_of, backbone, group):
    config = config_of(f"--flagfile={paper_flagfile(backbone, group)}")
    assert (config.backbone, config.group) == (backbone, group)
    assert config.num_steps == NUM_STEPS[backbone]
    assert config.initial_learning_rate == RATES[group]
    assert config.damping_exponent == DAMPING[group]
    assert (config.batch_size, config.image_size_px) == (16, 224)
    assert (config.label_smoothing, config.weight_decay, config.dropout) == (0.2, 4e-6, 0.5)
    assert config.init_weights == (None if backbone.startswith("ownnet") else "imagenet")
    # All seven changes happen, and no other; plain gradient descent; lambda is for each user's data to tune.
    *seven_changes, border = dataclasses.astuple(config.augmentation)
    assert all(seven_changes) and not border
    assert config.momentum == 0
    assert config.au_weights == {}
    assert config.view is None
    schedule = stepwise_schedule(config.initial_learning_rate, config.num_steps)
    halfway, late = config.num_steps // 2, config.num_steps * 3 // 4
    factors = [float(schedule(step)) / RATES[group] for step in (0, halfway - 1, halfway, late - 1, late)]
    np.testing.assert_allclose(factors, [1, 1, 0.33, 0.33, 0.33**2], rtol=1e-6)


@pytest.mark.parametrize("backbone", ["resnet18", "resnet50", "resnet152"])
def test_flagfile_of_siat_ntu_has_every_published_number(config_of, backbone):
    config = config_of(f"--flagfile={CONFIGS / f'siat_ntu2020_{backbone}.flags'}")
    assert (config.backbone, config.group, config.view) == (backbone, "all", "close_up")
    assert (config.neck, config.neck_units, config.dropout) == ("bn_dropout_fc_bn", 512, 0.5)
    assert (config.optimizer, config.momentum, config.weight_decay) == ("sgd", 0.9, 5e-4)
    assert (config.initial_learning_rate, config.lr_decay_factor) == (0.01, 0.1)
    assert config.lr_decay_points == (0.3, 0.5, 0.8)
    assert (config.label_smoothing, config.damping_exponent, config.au_weights) == (0, 0, {})
    # 30 epochs over four fifths of 24,600 photos.
    assert config.num_steps * config.batch_size == 30 * 24_600 * 4 // 5
    assert config.model_config(240).uses_angles is False


@pytest.mark.parametrize("group", RATES)
def test_mixed_students_flagfile_differs_from_magdeburgs_in_what_is_siat_ntus(config_of, group):
    mixed = config_of(f"--flagfile={CONFIGS / f'mixed_ownnet8_{group}.flags'}")
    magdeburgs = config_of(f"--flagfile={paper_flagfile('ownnet8', group)}")
    assert mixed == dataclasses.replace(
        magdeburgs,
        neck="bn_dropout_fc_bn",
        neck_units=512,
        selective_target=dict.fromkeys(mixed.au_group.aus, 0.5),
        damping=0.0,
        batch_size=128,
        num_steps=magdeburgs.num_steps * magdeburgs.batch_size // 128,
    )


def test_transfer_flags_reach_the_run(config_of):
    config = config_of(
        "--group=all",
        "--backbone=resnet18+ownnet8",
        "--init_backbone=one",
        "--init_backbone=other",
        "--freeze_backbone",
        "--neck=bn_dropout_fc_bn",
        "--neck_units=64",
        "--lr_decay_points=",
    )
    assert config.init_backbone == ("one", "other")
    assert (config.freeze_backbone, config.lr_decay_points) == (True, ())
    assert config_of("--group=all", "--backbone_lr_factor=0.1").backbone_lr_factor == 0.1
    assert (config.neck, config.neck_units) == ("bn_dropout_fc_bn", 64)
    with pytest.raises(UserError, match="--lr_decay_points takes numbers such as 0.5,0.75, got 'half'"):
        config_of("--group=all", "--lr_decay_points=half")


@pytest.mark.parametrize("group", RATES)
def test_flags_alone_have_the_papers_numbers_for_ownnet8(config_of, group):
    with_file = config_of(f"--flagfile={paper_flagfile('ownnet8', group)}")
    without = config_of(f"--group={group}")
    assert without.damping_exponent == with_file.damping_exponent
    assert without.initial_learning_rate == with_file.initial_learning_rate
    assert with_file == dataclasses.replace(
        without, learning_rate=with_file.learning_rate, damping=with_file.damping
    )


def test_flag_behind_a_flagfile_overrides_it(config_of):
    assert config_of(f"--flagfile={paper_flagfile('ownnet3', 'pose')}", "--num_steps=9").num_steps == 9
