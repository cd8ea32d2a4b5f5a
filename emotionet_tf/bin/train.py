"""Trains a teacher or a student: `python -m emotionet_tf.bin.train --flagfile=FILE --output_dir=DIR ...`.

Running the same command again goes on with a run that was interrupted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from emotionet_tf.bin import _training_flags
from emotionet_tf.cli import entry_point
from emotionet_tf.errors import UserError

if TYPE_CHECKING:
    from emotionet_tf.training.train_config import TrainConfig

flags.adopt_module_key_flags(_training_flags)
_SOURCES = flags.DEFINE_multi_string(
    "source",
    None,
    "A dataset to train on, as HEAD=RECORDS_DIR or HEAD=RECORDS_DIR@LABELS_DIR (labels by pseudo_label); repeat for "
    "more. Each has an equal share of every batch. Two sources with one HEAD share their outputs (no multi-task).",
    required=True,
)
_GROUP = flags.DEFINE_string("group", None, "AUs to learn: expression, pose or all.", required=True)
_BACKBONE = flags.DEFINE_string(
    "backbone", "ownnet8", "Network; an unknown name lists the known ones. Several, as in resnet18+resnet18, all see "
    "the image, and their features are concatenated.",
)  # fmt: skip
_FREEZE_BACKBONE = flags.DEFINE_boolean(
    "freeze_backbone", False, "Train only the layers behind the backbone, which stays as it starts, its batch "
    "normalisations' statistics too. Needs --init_backbone or --init_weights.",
)  # fmt: skip
_BACKBONE_LR_FACTOR = flags.DEFINE_float(
    "backbone_lr_factor", 1.0, "The backbone's learning rate over that of the layers behind it, 0 to 1; weight decay "
    "goes along. Default: our choice, no difference.",
)  # fmt: skip
_NECK = flags.DEFINE_enum(
    "neck", "none", ["none", "bn_dropout_fc_bn"], "Layers in front of the heads: none but the dropout, Magdeburg's, or "
    "SIAT-NTU's batch normalisation, dropout, dense layer, batch normalisation.",
)  # fmt: skip
_VIEW = flags.DEFINE_string(
    "view", None, "Crop: close_up or context. Default: the group's own, as in the paper."
)
_PREDICTION_HEAD = flags.DEFINE_string(
    "prediction_head", None, "HEAD that predicts. Default: the first source's."
)
_LEARNING_RATE = flags.DEFINE_float(
    "learning_rate", None, "Rate before the first of --lr_decay_points. Default: the paper's, 0.1 for expression and "
    "0.01 for pose AUs.",
)  # fmt: skip
_LABEL_SMOOTHING = flags.DEFINE_float("label_smoothing", 0.2, "Share of a target moved to 1/2; the paper's.")
_DAMPING = flags.DEFINE_float(
    "damping", None, "Exponent alpha of the imbalance damping, 0 (none) to 1 (balanced). Default: the paper's, 0.5 "
    "for expression and 0.7 for pose AUs.",
)  # fmt: skip
_AU_WEIGHTS = flags.DEFINE_list(
    "au_weights", [], "lambda by AU, such as 1=1.5,20=0.5; the others are 1, and all are scaled to mean 1. The paper "
    "does not print its own; propose_au_weights proposes some from a run's curves.",
)  # fmt: skip
_BALANCE_SAMPLING = flags.DEFINE_boolean(
    "balance_sampling", False, "Show the examples of rare AUs more often, by repeat factors, in each source. SIAT-NTU "
    "balances its sampling, by rules that are not published. Damping then goes by the shares that are shown.",
)  # fmt: skip
_SELECTIVE_TARGET = flags.DEFINE_list(
    "selective_target", [], "Share of positives, 0 to 1, that selective learning brings each batch to by dropping and "
    "weighting labels: one for all AUs, such as 0.5; by AU, such as 1=0.3,20=0.2, with all labels of the others; or "
    "both, such as 0.5,10=0.6. Default: no selective learning; SIAT-NTU's shares are not published.",
)  # fmt: skip


def parse_au_weights(entries: list[str]) -> dict[int, float]:
    """Returns lambda by AU number from "AU=weight" entries; raises UserError for anything else."""
    return _parse_by_au(entries, "--au_weights takes AU=weight, such as 1=1.5")


def parse_selective_target(entries: list[str], aus: Sequence[int]) -> dict[int, float] | None:
    """Returns target shares by AU number, None without an entry.

    Args:
      entries: "share" for all AUs, "AU=share", which goes before it, or both.
      aus: All AUs.
    Raises:
      UserError: For anything else.
    """
    form = "--selective_target takes a share for all AUs, such as 0.5, or AU=share, such as 1=0.3"
    for_all = [entry for entry in entries if "=" not in entry]
    if len(for_all) > 1:
        raise UserError(f"{form}, got two for all: {', '.join(for_all)}")
    shares = {au: _number(share, share, form) for share in for_all for au in aus}
    return {**shares, **_parse_by_au([entry for entry in entries if "=" in entry], form)} or None


def _parse_by_au(entries: list[str], form: str) -> dict[int, float]:
    values = {}
    for entry in entries:
        au, _, value = entry.partition("=")
        values[int(_number(au.upper().removeprefix("AU"), entry, form))] = _number(value, entry, form)
    return values


def _number(text: str, entry: str, form: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise UserError(f"{form}, got {entry!r}") from error


def _group_aus() -> tuple[int, ...]:
    """Returns the AUs to learn; those of no known group are none, and TrainConfig will refuse the group."""
    from emotionet_tf.training.train_config import TRAINABLE_GROUPS

    return TRAINABLE_GROUPS[_GROUP.value].aus if _GROUP.value in TRAINABLE_GROUPS else ()


def config_from_flags() -> TrainConfig:
    """Returns the run that the parsed flags describe; raises UserError for values that are none."""
    from emotionet_tf.stream.sources import parse_source
    from emotionet_tf.training.train_config import TrainConfig

    return TrainConfig(
        **_training_flags.settings(),
        sources=tuple(parse_source(text) for text in _SOURCES.value),
        group=_GROUP.value,
        backbone=_BACKBONE.value,
        freeze_backbone=_FREEZE_BACKBONE.value,
        backbone_lr_factor=_BACKBONE_LR_FACTOR.value,
        neck=_NECK.value,
        view=_VIEW.value,
        prediction_head=_PREDICTION_HEAD.value,
        learning_rate=_LEARNING_RATE.value,
        label_smoothing=_LABEL_SMOOTHING.value,
        damping=_DAMPING.value,
        au_weights=parse_au_weights(_AU_WEIGHTS.value),
        balance_sampling=_BALANCE_SAMPLING.value,
        selective_target=parse_selective_target(_SELECTIVE_TARGET.value, _group_aus()),
    )


def main(arguments: list[str]) -> None:
    """Turns the flags into a configuration and trains."""
    entry_point.refuse_arguments(arguments)
    config, options = config_from_flags(), _training_flags.options()

    from emotionet_tf.console.signals import interrupted_at_once

    with interrupted_at_once():
        # Brings TensorFlow, which takes seconds: a wrong flag is told before.
        from emotionet_tf.training.train import train

        train(config, options)


if __name__ == "__main__":
    entry_point.run(main)
