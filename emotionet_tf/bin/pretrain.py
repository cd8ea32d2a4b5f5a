"""Pre-trains a backbone: `python -m emotionet_tf.bin.pretrain --task=identity --records_dir=DIR --output_dir=DIR ...`.

It learns to tell persons or expressions apart, from class records; `train --init_backbone=DIR` starts from its folder.
Running the same command again goes on with a run that was interrupted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from absl import flags

from emotionet_tf.bin import _training_flags
from emotionet_tf.cli import entry_point

if TYPE_CHECKING:
    from emotionet_tf.training.pretrain_config import PretrainConfig

flags.adopt_module_key_flags(_training_flags)
_TASK = flags.DEFINE_string(
    "task", None, "identity (persons, by an additive-margin softmax) or expression (categories, by a softmax with "
    "weighted classes).", required=True,
)  # fmt: skip
_RECORDS_DIR = flags.DEFINE_string(
    "records_dir", None, "Class records to train on, as tfrecords_tools.write_class_records made them.", required=True
)  # fmt: skip
_BACKBONE = flags.DEFINE_string(
    "backbone", "ownnet8", "Network, without '+'; an unknown name lists the known ones."
)
_NECK = flags.DEFINE_string(
    "neck", None, "What makes the embedding of the backbone's features: none, or bn_dropout_fc_bn, the layers that "
    "face recognition uses and SIAT-NTU's head. Default: our choice, bn_dropout_fc_bn for identity, none for "
    "expression.",
)  # fmt: skip
_SCALE = flags.DEFINE_float(
    "scale", 30.0, "s of the additive-margin softmax, what cosines are multiplied by; identity only. Default: Wang et "
    "al. 2018.",
)  # fmt: skip
_MARGIN = flags.DEFINE_float(
    "margin", 0.35, "m of the additive-margin softmax, by which the cosine of the own person has to lead, 0 to 1; "
    "identity only. Default: Wang et al. 2018.",
)  # fmt: skip
_VIEW = flags.DEFINE_string(
    "view", "close_up", "Crop: close_up or context. Default: our choice, that of the expression AUs."
)
_LEARNING_RATE = flags.DEFINE_float(
    "learning_rate", 0.1, "Rate before the first of --lr_decay_points; our choice."
)
_LABEL_SMOOTHING = flags.DEFINE_float(
    "label_smoothing", 0.0, "Share of a target that is spread evenly over all classes; our choice."
)
_DAMPING = flags.DEFINE_float(
    "damping", None, "Exponent alpha of the weights that rare classes get in the loss, 0 (none) to 1 (balanced). "
    "Default: our choice, 0 for identity and 1 for expression, whose sets are skewed.",
)  # fmt: skip


def config_from_flags() -> PretrainConfig:
    """Returns the run that the parsed flags describe; raises UserError for values that are none."""
    from emotionet_tf.training.pretrain_config import PretrainConfig, refuse_margin

    # Here, as a flag that says the default is not seen in the configuration.
    refuse_margin(_TASK.value, [flag.name for flag in (_SCALE, _MARGIN) if flag.present])
    return PretrainConfig(
        **_training_flags.settings(),
        task=_TASK.value,
        records_dir=_RECORDS_DIR.value,
        backbone=_BACKBONE.value,
        neck=_NECK.value,
        scale=_SCALE.value,
        margin=_MARGIN.value,
        view=_VIEW.value,
        learning_rate=_LEARNING_RATE.value,
        label_smoothing=_LABEL_SMOOTHING.value,
        damping=_DAMPING.value,
    )


def main(arguments: list[str]) -> None:
    """Turns the flags into a configuration and trains."""
    entry_point.refuse_arguments(arguments)
    config, options = config_from_flags(), _training_flags.options()

    from emotionet_tf.console.signals import interrupted_at_once

    with interrupted_at_once():
        # Brings TensorFlow, which takes seconds: a wrong flag is told before.
        from emotionet_tf.training.pretrain import pretrain

        pretrain(config, options)


if __name__ == "__main__":
    entry_point.run(main)
