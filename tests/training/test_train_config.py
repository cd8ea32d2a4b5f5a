import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.train_config import TrainConfig
from emotionet_tf.training.values_by_au import parse_au_weights


def config_of(**changes):
    values = dict(output_dir="out", sources=(Source("opt", "records"),), group="expression")
    return TrainConfig(**{**values, **changes})


def test_defaults_are_the_papers():
    expression, pose = config_of(), config_of(group="pose")
    assert (expression.initial_learning_rate, pose.initial_learning_rate) == (0.1, 0.01)
    assert (expression.damping_exponent, pose.damping_exponent) == (0.5, 0.7)
    assert (expression.num_steps, expression.batch_size) == (500_000, 16)
    assert (expression.label_smoothing, expression.weight_decay, expression.dropout) == (0.2, 4e-6, 0.5)
    assert (expression.model_config(240).view, pose.model_config(240).view) == ("close_up", "context")
    assert (expression.model_config(240).uses_angles, pose.model_config(240).uses_angles) == (False, True)


def test_sources_that_share_a_name_share_a_head():
    config = config_of(sources=(Source("opt", "a"), Source("train", "b"), Source("opt", "c")))
    assert config.model_config(240).heads == ("opt", "train")
    assert config.source_heads == ("opt", "train", "opt")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"group": "smile"}, "group must be one of expression, pose, all, got 'smile'"),
        ({"backbone": "resnet18+vgg"}, "backbone 'vgg' must be one of ownnet3, .*resnet152"),
        ({"view": "side"}, "view must be one of close_up, context, got 'side'"),
        (
            {"output_dir": "./records"},
            "output_dir ./records is a folder of records; give the model a folder of",
        ),
        ({"num_steps": 0}, "num_steps must be at least 1, got 0"),
        (
            {"checkpoint_interval_steps": 300, "validation_interval_steps": 500, "val_records_dir": "v"},
            "500 is not a multiple of",
        ),
        ({"au_weights": {51: 2.0}}, "AU 51 has a weight but the AUs to learn are only"),
        ({"au_weights": {1: 0.0}}, "weights of AUs are positive"),
        ({"damping": 1.5}, "damping must be between 0 and 1, got 1.5"),
        ({"sources": ()}, "at least one source"),
        (
            {"lr_decay_points": (0.8, 0.5)},
            r"lr_decay_points must be ascending shares of the run, got \[0.8, 0.5\]",
        ),
        ({"lr_decay_points": (0.5, 1.0)}, r"lr_decay_points must be above 0 and below 1, got \(0.5, 1.0\)"),
        ({"lr_decay_factor": -0.1}, "lr_decay_factor must be between 0 and 1, got -0.1"),
        ({"backbone_lr_factor": 1.5}, "backbone_lr_factor must be between 0 and 1, got 1.5"),
        (
            {"freeze_backbone": True, "init_backbone": ("a",), "backbone_lr_factor": 0.1},
            "backbone_lr_factor 0.1 and freeze_backbone exclude each other",
        ),
        (
            {"val_records_dir": "x/../records"},
            r"val_records_dir x/\.\./records is trained on, .* --val_fraction",
        ),
        ({"freeze_backbone": True}, "freeze_backbone needs init_backbone or init_weights"),
        (
            {"init_backbone": ("a",), "init_weights": "b"},
            "from init_backbone or from init_weights, not from both",
        ),
    ],
)
def test_bad_value_names_the_offender(changes, message):
    with pytest.raises(UserError, match=message):
        config_of(**changes)


def test_au_weights_are_read_from_the_command_line():
    assert parse_au_weights(["1=1.5", "AU20=.5"]) == {1: 1.5, 20: 0.5}
    with pytest.raises(UserError, match="such as 1=1.5, got 'one'"):
        parse_au_weights(["one"])
