"""What a training run is: everything that decides its result."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emotionet_tf.action_units import ACTION_UNITS, EXPRESSION, FRAMINGS, GROUPS, POSE, VIEWS, AuGroup
from emotionet_tf.data.augmentation_ranges import Augmentation
from emotionet_tf.data.sources import Source
from emotionet_tf.errors import UserError
from emotionet_tf.models.backbone_names import backbone_parts, parse_backbone
from emotionet_tf.models.config import ModelConfig
from emotionet_tf.training.config_checks import (
    SHARED_RANGES,
    check_choice,
    check_held_out,
    check_intervals,
    check_lr_decay_points,
    check_ranges,
    check_step,
    field_defaults,
)
from emotionet_tf.training.precision import FLOAT32

_ALL = AuGroup("all", ACTION_UNITS, EXPRESSION.view, EXPRESSION.damping, False)
TRAINABLE_GROUPS: Mapping[str, AuGroup] = {**GROUPS, _ALL.name: _ALL}
"""What one network can learn: a group of AUs, or all 23 (the paper's comparison of views)."""

OPTIMIZERS = ("sgd", "adam")
_LEARNING_RATES = {EXPRESSION.name: 0.1, POSE.name: 0.01, _ALL.name: 0.1}

_RANGES = {
    **SHARED_RANGES,
    "backbone_lr_factor": (0, 1),
}


@dataclass(frozen=True)
class TrainConfig:
    """A training run; the defaults are the paper's (Werner et al. 2020, sec. 2) for OwnNet8.

    Attributes:
      output_dir: The model's folder.
      sources: The datasets, in equal shares of every batch, each with the head that it trains.
      group: "expression", "pose" or "all".
      val_records_dir: Records that choose the best model; None keeps only the last.
      backbone: A name that `models.build_backbones` knows; with "+", several backbones whose features are concatenated.
      init_weights: What the backbone starts from: "imagenet", a file of weights, or None for random ones.
      init_backbone: Folders of pre-trained backbones or of AU models that the backbones start from, in the order of the
        "+" parts; excludes `init_weights`.
      freeze_backbone: Whether the backbones stay as they start, their batch normalisations' statistics too.
      backbone_lr_factor: The backbones' learning rate over that of the rest.
      neck: What stands between features and heads, one of `models.config.NECKS`.
      neck_units: Width of the neck's dense layer.
      view: The crop; None is the group's own.
      prediction_head: None is the first source's head.
      image_size_px: Side of the input image.
      num_steps: Length of the run, in batches.
      batch_size: Examples of all sources together.
      learning_rate: None is 0.1 for expression and 0.01 for pose.
      lr_decay_factor: What the learning rate is multiplied by at each of the points.
      lr_decay_points: Shares of the run, ascending, between 0 and 1.
      optimizer: "sgd", the paper's, or "adam".
      momentum: Of gradient descent, where the paper names none; Adam's beta_1.
      weight_decay: Per step and unit of learning rate, on kernels.
      label_smoothing: Share of a target that is moved to 1/2.
      dropout: Rate in front of the output layer.
      norm_momentum: Of the batch normalisations' running statistics; None is each network's own.
      damping: Exponent of the imbalance damping; None is 0.5 for expression and 0.7 for pose.
      au_weights: lambda by AU number, 1 where not given; normalised to mean 1.
      balance_sampling: Whether examples of rare AUs are shown more often: `data.balanced_sampling`.
      selective_target: Share of positives by AU number that each batch is brought to: `selective_learning`. An AU that
        is not named keeps all its labels; None is no selective learning.
      augmentation: Ranges of the random changes to images.
      precision: What the network computes in while it trains: "float32", "bfloat16" or "float16"; its weights, outputs
        and loss are float32 in all of them.
      clip_norm: Largest norm of the gradients of all variables together, to which longer ones are scaled down; None for
        none.
      ema_decay: Of the averages of the weights, which then are what is validated and saved; None for none.
      accumulation_steps: Parts of a batch that are computed one after another, so that memory holds one; batch
        normalisation sees the part.
      sync_batch_norm: Whether batch normalisations see the whole batch where several replicas share it, not each its
        share; needed for gradients that equal one device's.
      checkpoint_interval_steps: A killed run loses at most this many steps.
      validation_interval_steps: A multiple of the checkpoint interval.
      seed: Of initial weights, order, augmentation and dropout.
    Raises:
      UserError: If a value is none of the valid ones.
    """

    output_dir: str
    sources: tuple[Source, ...]
    group: str
    val_records_dir: str | None = None
    backbone: str = "ownnet8"
    init_weights: str | None = None
    init_backbone: tuple[str, ...] = ()
    freeze_backbone: bool = False
    backbone_lr_factor: float = 1.0
    neck: str = "none"
    neck_units: int = 512
    view: str | None = None
    prediction_head: str | None = None
    image_size_px: int = 224
    num_steps: int = 500_000
    batch_size: int = 16
    learning_rate: float | None = None
    lr_decay_factor: float = 0.33
    lr_decay_points: tuple[float, ...] = (0.5, 0.75)
    optimizer: str = "sgd"
    momentum: float = 0.0
    weight_decay: float = 4e-6
    label_smoothing: float = 0.2
    dropout: float = 0.5
    norm_momentum: float | None = None
    damping: float | None = None
    au_weights: Mapping[int, float] = field(default_factory=dict)
    balance_sampling: bool = False
    selective_target: Mapping[int, float] | None = None
    augmentation: Augmentation = field(default_factory=Augmentation)
    precision: str = FLOAT32
    clip_norm: float | None = None
    ema_decay: float | None = None
    accumulation_steps: int = 1
    sync_batch_norm: bool = False
    checkpoint_interval_steps: int = 1000
    validation_interval_steps: int = 5000
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("group", self.group, tuple(TRAINABLE_GROUPS))
        if self.view is not None:
            check_choice("view", self.view, VIEWS)
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        if not self.sources:
            raise UserError("a training run needs at least one source")
        for part in backbone_parts(self.backbone):
            parse_backbone(part)
        check_held_out(self.val_records_dir, [source.records_dir for source in self.sources])
        check_intervals(self)
        check_lr_decay_points(self.lr_decay_points)
        if self.init_backbone and self.init_weights:
            raise UserError("a backbone starts from init_backbone or from init_weights, not from both")
        if self.freeze_backbone and not (self.init_backbone or self.init_weights):
            raise UserError(
                "freeze_backbone needs init_backbone or init_weights: random weights would never learn"
            )
        if self.freeze_backbone and self.backbone_lr_factor != 1:
            raise UserError(
                f"backbone_lr_factor {self.backbone_lr_factor} and freeze_backbone exclude each other: a frozen "
                "backbone does not learn"
            )
        for what, aus in (("weight", self.au_weights), ("target share", self.selective_target or {})):
            strangers = [au for au in aus if au not in self.au_group.aus]
            if strangers:
                raise UserError(
                    f"AU {strangers[0]} has a {what} but the group {self.group} has only {self.au_group.aus}"
                )
        if not all(0 < share < 1 for share in (self.selective_target or {}).values()):
            raise UserError(
                f"selective_target's shares lie between 0 and 1, got {dict(self.selective_target or {})}"
            )
        if not all(0 < weight < math.inf for weight in self.au_weights.values()):
            raise UserError(f"weights of AUs are positive numbers, got {dict(self.au_weights)}")
        check_ranges(self, _RANGES)
        check_step(self, len(self.sources))

    @property
    def au_group(self) -> AuGroup:
        """The AUs and their paper's settings."""
        return TRAINABLE_GROUPS[self.group]

    @property
    def source_heads(self) -> tuple[str, ...]:
        """The head that each source trains."""
        return tuple(source.head for source in self.sources)

    @property
    def initial_learning_rate(self) -> float:
        """The learning rate, after the group's default."""
        return _LEARNING_RATES[self.group] if self.learning_rate is None else self.learning_rate

    @property
    def damping_exponent(self) -> float:
        """Alpha, after the group's default."""
        return self.au_group.damping if self.damping is None else self.damping

    def model_config(self, crop_size_px: int, framing: str = FRAMINGS[0]) -> ModelConfig:
        """Returns the network to train on crops of this size and framing."""
        return ModelConfig(
            backbone=self.backbone,
            aus=self.au_group.aus,
            view=self.view or self.au_group.view,
            heads=tuple(dict.fromkeys(self.source_heads)),
            prediction_head=self.prediction_head or self.sources[0].head,
            uses_angles=self.au_group.uses_angles,
            image_size_px=self.image_size_px,
            crop_size_px=crop_size_px,
            dropout=self.dropout,
            neck=self.neck,
            neck_units=self.neck_units,
            framing=framing,
        )

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Returns the default of each field that has one: what runs had that are older than the field."""
        return field_defaults(cls)

    def to_dict(self) -> dict[str, Any]:
        """Returns the configuration as JSON can hold it."""
        content = dataclasses.asdict(self)
        content["au_weights"] = {str(au): weight for au, weight in self.au_weights.items()}
        if self.selective_target is not None:
            content["selective_target"] = {str(au): share for au, share in self.selective_target.items()}
        content["sources"] = list(content["sources"])
        return content
