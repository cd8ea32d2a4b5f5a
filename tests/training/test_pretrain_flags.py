"""Flags and flagfiles of `pretrain`, as the configuration that they become."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from absl import flags
from absl.testing import flagsaver

import emotionet_tf.configs
from emotionet_tf.errors import UserError
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION
from emotionet_tf.training.pretrain import pretrain
from emotionet_tf.training.pretrain_config import PretrainConfig

CONFIGS = Path(emotionet_tf.configs.__file__).parent
NAME, OTHER = "emotionet_tf.bin.pretrain", "emotionet_tf.bin.train"


@pytest.fixture(scope="module")
def config_from_flags() -> Iterator[Callable[[], PretrainConfig]]:
    """Returns the command's function; the flags of `train`, some with the same names, are put aside meanwhile."""
    values = flags.FLAGS
    aside = {flag.name: flag for flag in values.flags_by_module_dict().get(OTHER, ())}
    values.remove_flag_values(aside)
    try:
        yield importlib.import_module(NAME).config_from_flags
    finally:
        values.remove_flag_values([flag.name for flag in values.flags_by_module_dict()[NAME]])
        sys.modules.pop(NAME)
        for name, flag in aside.items():
            values[name] = flag
            # So that the next one, in another worker's order of tests, finds them where this one did.
            values.register_flag_by_module(OTHER, flag)


@pytest.fixture
def config_of(config_from_flags) -> Iterator[Callable[..., PretrainConfig]]:
    def parse(*arguments: object) -> PretrainConfig:
        flags.FLAGS.unparse_flags()
        flags.FLAGS(["pretrain", "--output_dir=out", "--records_dir=records", *map(str, arguments)])
        return config_from_flags()

    with flagsaver.flagsaver():
        yield parse


@pytest.mark.parametrize("task", ["identity", "expression"])
def test_flags_alone_are_the_documented_defaults(config_of, task):
    expected = PretrainConfig(task=task, records_dir="records", output_dir="out")
    assert config_of(f"--task={task}") == expected


def test_each_flag_reaches_its_field(config_of):
    config = config_of(
        "--task=identity",
        "--val_records_dir=val",
        "--backbone=resnet18",
        "--init_backbone=start",
        "--neck=none",
        "--scale=64",
        "--margin=0.4",
        "--view=context",
        "--learning_rate=0.2",
        "--label_smoothing=0.1",
        "--damping=0.5",
        "--noaugment",
        "--lr_decay_points=0.5",
    )
    assert config == PretrainConfig(
        task="identity",
        records_dir="records",
        output_dir="out",
        val_records_dir="val",
        backbone="resnet18",
        init_backbone=("start",),
        neck="none",
        scale=64,
        margin=0.4,
        view="context",
        learning_rate=0.2,
        label_smoothing=0.1,
        damping=0.5,
        augmentation=NO_AUGMENTATION,
        lr_decay_points=(0.5,),
    )


@pytest.mark.parametrize(
    ("flags_given", "message"),
    [
        (["--margin=0.35"], "^margin would change nothing: only the task identity has .*, got expression"),
        (["--scale=30", "--margin=0.2"], "^scale and margin would change nothing"),
    ],
)
def test_margin_of_a_task_without_one_is_refused(config_of, flags_given, message):
    with pytest.raises(UserError, match=message):
        config_of("--task=expression", *flags_given)


def test_margin_given_to_the_configuration_of_a_task_without_one_is_refused():
    with pytest.raises(UserError, match="margin would change nothing"):
        PretrainConfig(task="expression", records_dir="records", output_dir="out", margin=0.2)


@pytest.mark.parametrize(
    ("name", "message"),
    [("vgg", "backbone 'vgg' must be one of ownnet3"), ("ownnet1+ownnet1", "one backbone is needed")],
)
def test_backbone_that_is_none_is_refused(config_of, name, message):
    with pytest.raises(UserError, match=message):
        config_of("--task=identity", f"--backbone={name}")


def test_validation_records_that_are_trained_on_are_refused(config_of):
    with pytest.raises(UserError, match="val_records_dir records/ is trained on"):
        config_of("--task=identity", "--val_records_dir=records/")


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*_pretrain_*.flags")), ids=lambda path: path.name)
def test_flagfile_holds_flags_that_pretrain_knows(config_of, path):
    # Everything but the data is right: the first thing that pretrain misses are the records.
    more = () if "--task" in path.read_text() else ("--task=identity",)
    with pytest.raises(UserError, match="^records is not a records folder: it has no dataset.json"):
        pretrain(config_of(f"--flagfile={path}", *more))


def test_identity_flagfile_has_the_numbers_of_the_margins_authors(config_of):
    config = config_of(f"--flagfile={CONFIGS / 'siat_ntu2020_pretrain_identity.flags'}")
    assert (config.task, config.scale_and_margin, config.neck_name) == (
        "identity",
        (30, 0.35),
        "bn_dropout_fc_bn",
    )
    assert (config.learning_rate, config.momentum, config.weight_decay) == (0.1, 0.9, 5e-4)
    assert (config.batch_size, config.num_steps) == (256, 30_000)
    steps = [int(point * config.num_steps) for point in config.lr_decay_points]
    assert (steps, config.lr_decay_factor) == ([16_000, 24_000, 28_000], 0.1)
